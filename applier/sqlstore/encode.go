package sqlstore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/promoctl/promoctl/spec"
)

// encode appends the values of a record's columns to args, in the order of s.git().
func (s *shape) encode(args []any, rec *spec.Record) ([]any, error) {
	at := len(args)
	args, err := s.encodeKey(args, rec.Key)
	if err != nil {
		return nil, err
	}
	slots := make([]any, len(s.columns))
	copy(slots, args[at:])
	var extra []byte
	err = eachMember(rec.JSON, func(name string, raw []byte) error {
		if i, ok := s.byField[name]; ok {
			return s.set(slots, i, raw)
		}
		if !s.open {
			return fmt.Errorf("field %s is not in the layout", name)
		}
		extra = appendMember(extra, name, raw)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("record %s: %w", rec.Key, err)
	}
	for i := s.keys; i < len(s.columns); i++ {
		switch c := s.columns[i]; {
		case c.extra && extra != nil:
			args = append(args, string(append(extra, '}')))
		case !c.shop:
			args = append(args, slots[i])
		}
	}
	return args, nil
}

// encodeKey appends the values of the key columns.
func (s *shape) encodeKey(args []any, key spec.Key) ([]any, error) {
	parts := key.Parts()
	if len(parts) != s.keys {
		return nil, fmt.Errorf("record %s: the key has %d parts, the layout says %d", key, len(parts), s.keys)
	}
	for i, p := range parts {
		v, err := keyValue(p, s.types[i])
		if err != nil {
			return nil, fmt.Errorf("record %s: key %s: %w", key, s.columns[i].name, err)
		}
		args = append(args, v)
	}
	return args, nil
}

// keyValue turns the text of a part of a key into the value of its column.
func keyValue(text string, t spec.FieldType) (any, error) {
	switch t {
	case spec.TypeInteger:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || strconv.FormatInt(n, 10) != text {
			return nil, fmt.Errorf("%q is not an integer of 64 bits", text)
		}
		return n, nil
	case spec.TypeBoolean:
		return booleanValue(text)
	}
	return text, nil
}

func booleanValue(text string) (any, error) {
	switch text {
	case "true":
		return int64(1), nil
	case "false":
		return int64(0), nil
	}
	return nil, fmt.Errorf("%s is not true or false", text)
}

// set puts a member of the record into its column. A field that is part of the key
// is there already and must agree.
func (s *shape) set(slots []any, i int, raw []byte) error {
	c := &s.columns[i]
	v, err := c.value(raw)
	if err != nil {
		return fmt.Errorf("field %s: %w", c.field, err)
	}
	if c.key >= 0 && slots[i] != v {
		return fmt.Errorf("field %s is %s, the key says %v", c.field, raw, slots[i])
	}
	slots[i] = v
	return nil
}

// value turns canonical JSON into what the column holds. Nil is NULL.
func (c *column) value(raw []byte) (any, error) {
	if string(raw) == "null" && (c.null || c.typ != spec.TypeJSON) {
		if !c.null {
			return nil, fmt.Errorf("null is not allowed")
		}
		return nil, nil
	}
	switch c.typ {
	case spec.TypeInteger:
		return keyValue(string(raw), spec.TypeInteger)
	case spec.TypeBoolean:
		return booleanValue(string(raw))
	case spec.TypeNumber:
		if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
			return nil, fmt.Errorf("%s is not a number", raw)
		}
		return string(raw), nil
	case spec.TypeString, spec.TypeTime:
		return stringValue(raw)
	case spec.TypeJSON:
		return string(raw), nil
	}
	return nil, fmt.Errorf("type %q is unknown to this program", c.typ)
}

func stringValue(raw []byte) (any, error) {
	if raw[0] != '"' {
		return nil, fmt.Errorf("%s is not a string", raw)
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, fmt.Errorf("not a JSON string: %w", err)
	}
	return text, nil
}

package sqlstore

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/promoctl/promoctl/spec"
)

// decode rebuilds a record from the values of its columns, in the order of s.git().
// What a column should not hold is shown as it is, so that it compares as different.
func (s *shape) decode(values []any) spec.Record {
	slots := s.slots(values)
	b := make([]byte, 0, 32*len(values))
	extra := s.extraMembers(slots)
	for _, i := range s.members {
		c := &s.columns[i]
		for len(extra) > 0 && extra[0].name < c.field {
			b, extra = appendMember(b, extra[0].name, extra[0].raw), extra[1:]
		}
		if raw := c.json(slots[i]); raw != nil {
			b = appendMember(b, c.field, raw)
		}
	}
	for _, m := range extra {
		b = appendMember(b, m.name, m.raw)
	}
	if len(b) == 0 {
		b = append(b, '{')
	}
	return spec.NewRecord(s.decodeKey(slots), append(b, '}'))
}

// slots spreads the values of the git columns over all columns.
func (s *shape) slots(values []any) []any {
	if len(values) == len(s.columns) {
		return values
	}
	slots := make([]any, len(s.columns))
	n := 0
	for i, c := range s.columns {
		if !c.shop {
			slots[i] = values[n]
			n++
		}
	}
	return slots
}

func (s *shape) decodeKey(slots []any) spec.Key {
	var few [4]string
	parts := few[:0]
	for i := range s.keys {
		parts = append(parts, keyText(slots[i], s.types[i]))
	}
	return spec.MakeKey(parts...)
}

func keyText(v any, t spec.FieldType) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		if t == spec.TypeBoolean && (v == 0 || v == 1) {
			return strconv.FormatBool(v == 1)
		}
		return strconv.FormatInt(v, 10)
	case []byte:
		return string(v)
	}
	return fmt.Sprint(v)
}

type member struct {
	name string
	raw  []byte
}

// extraMembers returns the undeclared fields, sorted by name as they were written.
// Text in _extra that is no object becomes a member of that name.
func (s *shape) extraMembers(slots []any) []member {
	if !s.open {
		return nil
	}
	v := slots[len(slots)-1]
	if v == nil {
		return nil
	}
	var out []member
	text, ok := v.(string)
	if ok && json.Valid([]byte(text)) {
		err := eachMember([]byte(text), func(name string, raw []byte) error {
			out = append(out, member{name, raw})
			return nil
		})
		if err == nil {
			return out
		}
	}
	return []member{{extraColumn, shown(v)}}
}

// json returns what the column holds as canonical JSON, nil when the field is absent.
func (c *column) json(v any) []byte {
	switch v := v.(type) {
	case nil:
		if c.null {
			return []byte("null")
		}
		return nil
	case string:
		return c.jsonOfText(v)
	case int64:
		if c.typ == spec.TypeBoolean && (v == 0 || v == 1) {
			return strconv.AppendBool(nil, v == 1)
		}
		if c.typ == spec.TypeInteger || c.typ == spec.TypeBoolean {
			return strconv.AppendInt(nil, v, 10)
		}
	}
	return shown(v)
}

func (c *column) jsonOfText(v string) []byte {
	switch c.typ {
	case spec.TypeNumber:
		if isNumber(v) {
			return []byte(v)
		}
	case spec.TypeJSON:
		if json.Valid([]byte(v)) {
			return []byte(v)
		}
	}
	return appendString(make([]byte, 0, len(v)+2), v)
}

// shown is the JSON of a value that the column should not hold.
func shown(v any) []byte {
	switch v := v.(type) {
	case []byte:
		return appendString(nil, "blob:"+hex.EncodeToString(v))
	case string:
		return appendString(nil, v)
	}
	return appendString(nil, fmt.Sprintf("%T:%v", v, v))
}

package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf8"
)

// appendCanonical appends the canonical JSON of a value that a decoder made: members
// sorted by name byte by byte, no white space, numbers as they are (canonical
// already), strings with the fewest escapes.
func appendCanonical(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		if v {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case json.Number:
		return append(b, v...)
	case string:
		return appendString(b, v)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCanonical(b, item)
		}
		return append(b, ']')
	case map[string]any:
		return appendObject(b, v)
	}
	panic(fmt.Sprintf("spec: value of type %T", v))
}

func appendObject(b []byte, object map[string]any) []byte {
	var few [16]string
	names := few[:0]
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, name)
		b = append(b, ':')
		b = appendCanonical(b, object[name])
	}
	return append(b, '}')
}

// appendString escapes the quote, the backslash and control characters, and nothing
// else, so that the bytes do not depend on a library's taste.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// Canonical returns the canonical form of JSON text from elsewhere, a store's column
// for instance: sorted members and normalized numbers. Times and nulls stay as they
// are, because only a schema knows what they mean. Text that is not one JSON value is an
// error.
func Canonical(text []byte) ([]byte, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("JSON is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more text after the JSON value")
	}
	v, _, err := normalized(v)
	if err != nil {
		return nil, err
	}
	return appendCanonical(make([]byte, 0, len(text)), v), nil
}

// CanonicalValue returns the canonical JSON of a value made of nil, bool, string,
// json.Number with a JSON number, []any and map[string]any. Anything else is an error.
// The value is not changed.
func CanonicalValue(v any) ([]byte, error) {
	v, _, err := normalized(v)
	if err != nil {
		return nil, err
	}
	return appendCanonical(nil, v), nil
}

// normalized returns a value whose numbers are canonical, and whether it is another one
// than before.
func normalized(v any) (out any, changed bool, err error) {
	switch v := v.(type) {
	case nil, bool:
		return v, false, nil
	case string:
		return v, false, checkString(v)
	case json.Number:
		n, err := canonicalNumber(v.String())
		return json.Number(n), n != v.String(), err
	case []any:
		return normalizedList(v)
	case map[string]any:
		return normalizedObject(v)
	}
	return nil, false, fmt.Errorf("a value of the Go type %T has no canonical form", v)
}

func checkString(s string) error {
	if !utf8.ValidString(s) {
		return errors.New("a text is not UTF-8")
	}
	return nil
}

func normalizedList(list []any) (any, bool, error) {
	out, copied := list, false
	for i, item := range list {
		n, changed, err := normalized(item)
		if err != nil {
			return nil, false, err
		}
		if changed && !copied {
			out, copied = slices.Clone(list), true
		}
		if changed {
			out[i] = n
		}
	}
	return out, copied, nil
}

func normalizedObject(object map[string]any) (any, bool, error) {
	out, copied := object, false
	for name, member := range object {
		n, changed, err := normalized(member)
		if err = errors.Join(err, checkString(name)); err != nil {
			return nil, false, err
		}
		if changed && !copied {
			out, copied = maps.Clone(object), true
		}
		if changed {
			out[name] = n
		}
	}
	return out, copied, nil
}

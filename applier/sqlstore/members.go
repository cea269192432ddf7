package sqlstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/promoctl/promoctl/spec"
)

var errNotCanonical = errors.New("not a canonical JSON object")

// eachMember calls fn with the members of a canonical JSON object: its name, and the
// bytes of its value. It is what makes staging fast: nothing but names is decoded.
func eachMember(object []byte, fn func(name string, raw []byte) error) error {
	if len(object) < 2 || object[0] != '{' || object[len(object)-1] != '}' {
		return errNotCanonical
	}
	rest := object[1 : len(object)-1]
	for len(rest) > 0 {
		n := valueLen(rest)
		if n < 2 || rest[0] != '"' || n >= len(rest) || rest[n] != ':' || stringLen(rest) != n {
			return errNotCanonical
		}
		name, err := memberName(rest[:n])
		if err != nil {
			return err
		}
		rest = rest[n+1:]
		if n = valueLen(rest); n == 0 || n < len(rest) && rest[n] != ',' || rest[0] == '"' && stringLen(rest) != n {
			return errNotCanonical
		}
		if err := fn(name, rest[:n]); err != nil {
			return err
		}
		rest = bytes.TrimPrefix(rest[n:], []byte{','})
	}
	return nil
}

func memberName(raw []byte) (string, error) {
	name, err := stringValue(raw)
	if err != nil {
		return "", err
	}
	return name.(string), nil
}

// valueLen returns how long the JSON value at the start of b is; 0 if there is none.
func valueLen(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			n := stringLen(b[i:])
			if n == 0 {
				return 0
			}
			i += n - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',', ':':
			if depth == 0 {
				return i
			}
			continue
		}
		if depth < 0 {
			return 0
		}
		if depth == 0 && (i+1 == len(b) || b[i+1] == ',' || b[i+1] == ':') {
			return i + 1
		}
	}
	return 0
}

// stringLen returns how long the JSON string at the start of b is, quotes included.
func stringLen(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// appendMember appends a member to an object that is not closed yet; nil starts one.
func appendMember(b []byte, name string, raw []byte) []byte {
	if len(b) == 0 {
		b = append(b, '{')
	} else {
		b = append(b, ',')
	}
	b = appendString(b, name)
	b = append(b, ':')
	return append(b, raw...)
}

// appendString appends a string as canonical JSON.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' {
			quoted, err := spec.CanonicalValue(s)
			if err != nil {
				panic(fmt.Sprintf("sqlstore: canonical form of a string: %v", err)) // strings always have one
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// isNumber reports whether text is a JSON number.
func isNumber(text string) bool {
	return text != "" && (text[0] == '-' || text[0] >= '0' && text[0] <= '9') && json.Valid([]byte(text))
}

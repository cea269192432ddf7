package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// problem words an error and finds its place: the token at which the reader stopped.
func (r *jsonReader) problem(err error) Problems {
	at, what := int(r.dec.InputOffset()), err.Error()
	var syntax *json.SyntaxError
	var own jsonTextError
	switch {
	case errors.As(err, &own) && own.token:
		at = r.offset
	case errors.As(err, &own):
		at = len(r.data) - len(bytes.TrimLeft(r.data[at:], " \t\r\n"))
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF):
		at = r.skipTo(what)
		what = "not valid JSON: " + jsonRemedy(what, r.before(at))
	}
	var ps Problems
	ps.Addf(linePos(r.file, r.data, at), "", "%s", what)
	return ps
}

// skipTo returns where the character stands that an error is about, or the next token.
func (r *jsonReader) skipTo(what string) int {
	at := int(r.dec.InputOffset())
	for ; at < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[at]) >= 0; at++ {
		if c := r.data[at]; (c == ',' || c == ':') && badCharacter(what) == c {
			return at
		}
	}
	return at
}

// before returns the last character before an offset that is no white space.
func (r *jsonReader) before(at int) byte {
	text := bytes.TrimRight(r.data[:at], " \t\r\n")
	if len(text) == 0 {
		return 0
	}
	return text[len(text)-1]
}

// badCharacter returns the character that the library complains about, or 0.
func badCharacter(what string) byte {
	rest, ok := strings.CutPrefix(what, "invalid character '")
	if !ok || rest == "" {
		return 0
	}
	if rest[0] == '\\' {
		rest = rest[1:]
	}
	return rest[0]
}

// jsonRemedy words a syntax error so that it says what to do. Before is the last
// character before the place.
func jsonRemedy(what string, before byte) string {
	bad := badCharacter(what)
	says := func(part string) bool { return strings.Contains(what, part) }
	switch {
	case says("EOF"):
		return "the text ends too early; close every bracket and quote"
	case says("in string literal"):
		return "a line break, tab or control character inside of a text; write it as \\n, \\t or \\u00..."
	case says("hexadecimal"):
		return "half an escape; write \\u and four hexadecimal digits"
	case says("in string escape code"):
		return "an escape that JSON does not have; write \\\\ for a backslash"
	case bad == '/', bad == '#':
		return "JSON has no comments; delete the comment, or rename the file to .yaml"
	case bad == ',':
		return "a comma too many; delete it"
	case (bad == ']' || bad == '}') && before == ',':
		return "a comma before the closing bracket; delete the comma"
	case bad == ':' && says("after array"):
		return "a name stands in a list; open an object with { before the name"
	case bad == ']' && says("after object"):
		return "a list is closed inside of an object; close the object with } first"
	case bad == '}' && says("after array"):
		return "an object is closed inside of a list; close the list with ] first"
	case bad >= '0' && bad <= '9' && before == '0':
		return "a number that starts with 0; write it without the zero, or in quotes if it is text"
	case says("after array element"), says("after object key:value pair"):
		return "something is missing between two values; put a comma there"
	case says("after object key"):
		return "something is missing behind a name; put a colon there"
	case says("object key"), bad == '\'', strings.HasSuffix(what, "'"):
		return "a name or text without double quotes; put it into double quotes"
	case says("in literal"):
		return "a misspelt word; write true, false or null, or put the text into double quotes"
	case says("in numeric literal"), bad == '+', bad == '.':
		return "a number that JSON does not have; write a plain decimal number such as 19.90"
	}
	return what + "; write a text in double quotes, a number, true, false, null, a list or an object"
}

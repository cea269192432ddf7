package spec

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

func (d *decoder) scalar(n Node, t *Type, path string) (any, bool) {
	text := n.Text()
	if n.Quoted() {
		if !t.kinds.has(kindString) {
			d.fail(n, path, "text in quotes where %s is wanted; %s", article(t.kinds), wanted(t))
			return nil, false
		}
		return d.text(n, text, t, path)
	}
	if isNull(text) {
		return d.null(n, text, t, path)
	}
	switch t.kinds &^ kindNull {
	case kindString: // whatever it looks like, it is the text that was written
		return d.text(n, text, t, path)
	case kindNumber, kindInteger, kindNumber | kindInteger:
		return d.number(n, text, t, path)
	case kindBool:
		return d.boolean(n, text, path)
	}
	return d.union(n, text, t, path)
}

func isNull(text string) bool {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// null reads an unquoted null. An empty value is never a null: blank is not zero, and
// not nothing either.
func (d *decoder) null(n Node, text string, t *Type, path string) (any, bool) {
	switch {
	case text == "" && t.kinds.has(kindNull):
		d.fail(n, path, "empty value; write null to say that there is none, or delete the line")
	case text == "":
		d.fail(n, path, "empty value; write %s, or delete the line", article(t.kinds))
	case t.kinds.has(kindNull):
		return nil, true
	case t.kinds.has(kindString):
		d.fail(n, path, "%s is null to YAML, where text is wanted; write %q in quotes, or delete the line", text, text)
	default:
		d.fail(n, path, "null where %s is wanted; %s, or delete the line", article(t.kinds), wanted(t))
	}
	return nil, false
}

func (d *decoder) text(n Node, text string, t *Type, path string) (any, bool) {
	if t.ref != nil {
		d.refs = append(d.refs, Ref{Target: t.ref, Key: MakeKey(text), Pos: n.At(d.file), Field: path})
	}
	if !t.time {
		return text, true
	}
	canonical, err := canonicalTime(text)
	if err != nil {
		d.fail(n, path, "%v", err)
		return nil, false
	}
	return canonical, true
}

// canonicalTime returns the instant in UTC, without trailing zeros in its fraction.
func canonicalTime(text string) (string, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err == nil {
		return at.UTC().Format(time.RFC3339Nano), nil
	}
	for _, layout := range [...]string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if at, e := time.Parse(layout, text); e == nil {
			return "", fmt.Errorf("%q has no zone, so it could start hours off; write %s, with the zone that is meant", text, at.Format("2006-01-02T15:04:05")+"+08:00")
		}
	}
	if at, e := time.Parse("2006-01-02", text); e == nil {
		return "", fmt.Errorf("%q is a date without a time and a zone; write %s, with the zone that is meant", text, at.Format("2006-01-02T15:04:05")+"+08:00")
	}
	return "", fmt.Errorf("%s is not a time of RFC 3339; write it like 2026-11-11T00:00:00+08:00", quoteText(text))
}

func (d *decoder) number(n Node, text string, t *Type, path string) (any, bool) {
	canonical, err := canonicalNumber(text)
	if err == nil && !t.kinds.has(kindNumber) {
		err = checkInteger(text, canonical)
	}
	if err != nil {
		d.fail(n, path, "%v", err)
		return nil, false
	}
	return json.Number(canonical), true
}

func checkInteger(text, canonical string) error {
	switch {
	case strings.Contains(canonical, "."):
		return fmt.Errorf("%q is not a whole number; write digits only", text)
	case len(strings.TrimPrefix(canonical, "-")) > 18:
		return fmt.Errorf("%q is too large for an integer; write at most 18 digits, or declare the field as a string", text)
	}
	return nil
}

func (d *decoder) boolean(n Node, text, path string) (any, bool) {
	switch text {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	fix := "true or false"
	switch strings.ToLower(text) {
	case "yes", "y", "on", "true":
		fix = "true"
	case "no", "n", "off", "false":
		fix = "false"
	}
	d.fail(n, path, "%s is not true or false; write %s", quoteText(text), fix)
	return nil, false
}

// union reads an unquoted scalar where several types are allowed, by the rules of
// JSON. What YAML parsers disagree about is refused.
func (d *decoder) union(n Node, text string, t *Type, path string) (any, bool) {
	switch {
	case text == "true" || text == "false":
		if t.kinds.has(kindBool) {
			return text == "true", true
		}
	case jsonNumber.MatchString(text):
		if t.kinds.has(kindNumber | kindInteger) {
			return d.number(n, text, t, path)
		}
	case ambiguous(text):
		d.fail(n, path, "%s means different things to different YAML parsers; write %q in quotes if it is text, or a plain JSON value", quoteText(text), text)
		return nil, false
	}
	if t.kinds.has(kindString) {
		return d.text(n, text, t, path)
	}
	d.fail(n, path, "%s where %s is wanted; %s", quoteText(text), article(t.kinds), wanted(t))
	return nil, false
}

// ambiguous reports whether YAML 1.1 or 1.2 would make something else of an unquoted
// text: a boolean, a number, a time.
func ambiguous(text string) bool {
	switch strings.ToLower(text) {
	case "yes", "no", "on", "off", "y", "n", "true", "false", "null",
		".nan", ".inf", "-.inf", "+.inf", "nan", "inf":
		return true
	}
	if numberLike.MatchString(text) {
		return true
	}
	if len(text) >= 8 && text[0] >= '0' && text[0] <= '9' && strings.Count(text[:8], "-") > 0 {
		_, date := time.Parse("2006-1-2", text)
		return date == nil || len(text) > 10 && text[4] == '-' && text[7] == '-'
	}
	return false
}

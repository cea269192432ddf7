package spec

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

func (d *decoder) scalar(n Node, t *Type) (any, bool) {
	text := n.Text()
	if n.Quoted() {
		if !t.kinds.has(kindString) {
			d.fail(n, "text in quotes where %s is wanted; %s", article(t.kinds), wanted(t.kinds))
			return nil, false
		}
		return d.text(n, text, t)
	}
	if isNull(text) {
		return d.null(n, text, t)
	}
	switch t.kinds &^ kindNull {
	case kindString: // whatever it looks like, it is the text that was written
		return d.text(n, text, t)
	case kindNumber, kindInteger, kindNumber | kindInteger:
		return d.number(n, text, t)
	case kindBool:
		return d.boolean(n, text)
	}
	return d.union(n, text, t)
}

func isNull(text string) bool {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// null reads an unquoted null or an empty value. Blank is not zero: an empty value is a
// null only where the schema says in so many words that there may be one.
func (d *decoder) null(n Node, text string, t *Type) (any, bool) {
	declared := t.kinds.has(kindNull) && t.kinds != kindAny
	switch {
	case declared, text != "" && t.kinds.has(kindNull):
		return nil, true
	case text == "" && t.kinds == kindAny:
		d.fail(n, "empty value; write null to say that there is none%s", d.orDelete())
	case text == "" && t.time:
		d.fail(n, "empty value; write a time like 2026-11-11T00:00:00+08:00%s", d.orDelete())
	case text == "":
		d.fail(n, "empty value; write %s%s", article(t.kinds), d.orDelete())
	case t.kinds.has(kindString):
		d.fail(n, "%s where %s is wanted; write %q in quotes if that is the text%s", showNull(text), article(t.kinds), text, d.orDelete())
	default:
		d.fail(n, "null where %s is wanted; %s%s", article(t.kinds), wanted(t.kinds), d.orDelete())
	}
	return nil, false
}

// orDelete proposes to leave the field that is being read out, where a record may.
func (d *decoder) orDelete() string {
	last := len(d.path) - 1
	if last < 0 || d.path[last].name != "" && d.scopes[d.scope].typ.required[d.path[last].name] {
		return ""
	}
	return ", or delete the line"
}

func showNull(text string) string {
	if text == "null" {
		return text
	}
	return text + " (null)"
}

func (d *decoder) text(n Node, text string, t *Type) (any, bool) {
	if strings.IndexByte(text, 0) >= 0 {
		d.fail(n, "the text has a NUL character, which databases cannot hold; remove it")
		return nil, false
	}
	if t.time {
		canonical, err := canonicalTime(text)
		if err != nil {
			d.failHidden(n, err, "a time of RFC 3339 with a zone; write it like 2026-11-11T00:00:00+08:00")
			return nil, false
		}
		text = canonical
	}
	d.noteRef(n, text, t)
	return text, true
}

// failHidden notes an error that shows the value, or for a sensitive one only what the
// value is not.
func (d *decoder) failHidden(n Node, err error, want string) {
	if d.hidden() {
		d.fail(n, "the value is not %s", want)
		return
	}
	d.fail(n, "%v", err)
}

// noteRef keeps a reference to another record. The text is canonical, as in that
// record's key.
func (d *decoder) noteRef(n Node, text string, t *Type) {
	if t.ref != nil {
		d.refs = append(d.refs, Ref{Target: t.ref, Key: MakeKey(text), Pos: n.At(d.file), Field: d.at(), Hidden: d.hidden()})
	}
}

// canonicalTime returns the instant in UTC, without trailing zeros in its fraction.
func canonicalTime(text string) (string, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err == nil {
		return utcText(text, at)
	}
	for _, layout := range [...]string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if at, e := time.Parse(layout, text); e == nil {
			return "", fmt.Errorf("%s has no zone, so it could be hours off; write %s, with the zone that is meant", quoteText(text), exampleTime(at))
		}
	}
	if at, e := time.Parse("2006-01-02", text); e == nil {
		return "", fmt.Errorf("%s is a date without a time and a zone; write %s, with the zone that is meant", quoteText(text), exampleTime(at))
	}
	return "", fmt.Errorf("%s is not a time of RFC 3339; write it like 2026-11-11T00:00:00+08:00", quoteText(text))
}

// exampleTime shows a time with a zone that somebody has to think about.
func exampleTime(at time.Time) string { return at.Format("2006-01-02T15:04:05") + "+08:00" }

// utcText spells an instant in UTC, if that loses nothing.
func utcText(text string, at time.Time) (string, error) {
	at = at.UTC()
	_, fraction, _ := strings.Cut(text, ".")
	digits, _ := cutDigits(fraction)
	switch {
	case strings.Contains(text, ","):
		return "", fmt.Errorf("%s has a comma; write a point before fractions of a second", quoteText(text))
	case len(digits) > 9:
		return "", fmt.Errorf("%s is finer than a nanosecond; write at most 9 digits after the point", quoteText(text))
	case at.Year() < 1 || at.Year() > 9999:
		return "", fmt.Errorf("%s is not in the years 1 to 9999 of UTC; write a time of this era", quoteText(text))
	}
	return at.Format(time.RFC3339Nano), nil
}

func (d *decoder) number(n Node, text string, t *Type) (any, bool) {
	canonical, err := canonicalNumber(text)
	if err == nil && !t.kinds.has(kindNumber) {
		err = checkInteger(text, canonical)
	}
	if err != nil {
		d.failHidden(n, err, article(t.kinds)+"; write digits without quotes, with a point for decimals")
		return nil, false
	}
	number := json.Number(canonical)
	if t.money != nil {
		d.noteAmount(t.money, number, n)
	}
	d.noteRef(n, canonical, t)
	return number, true
}

func checkInteger(text, canonical string) error {
	switch {
	case strings.Contains(canonical, "."):
		return fmt.Errorf("%s is not a whole number; write digits only", quoteText(text))
	case len(strings.TrimPrefix(canonical, "-")) > 18:
		return fmt.Errorf("%s is too large for an integer; write at most 18 digits, or declare the field as a string", quoteText(text))
	}
	return nil
}

func (d *decoder) boolean(n Node, text string) (any, bool) {
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
	if d.hidden() {
		fix = "true or false"
	}
	d.fail(n, "%s is not true or false; write %s", d.quote(text), fix)
	return nil, false
}

// union reads an unquoted scalar where several types are allowed, by the rules of
// JSON. What YAML parsers disagree about is refused.
func (d *decoder) union(n Node, text string, t *Type) (any, bool) {
	_, number := splitNumber(text)
	switch {
	case text == "true" || text == "false":
		if t.kinds.has(kindBool) {
			return text == "true", true
		}
	case number:
		if t.kinds.has(kindNumber | kindInteger) {
			return d.number(n, text, t)
		}
	case t.kinds.has(kindString) && ambiguous(text):
		quoted := quoteText(text)
		if d.hidden() {
			quoted = "it"
		}
		d.fail(n, "%s means different things to different YAML parsers; write %s in quotes if it is text, else true, false, null or a plain decimal number", d.quote(text), quoted)
		return nil, false
	}
	if t.kinds.has(kindString) {
		return d.text(n, text, t)
	}
	d.fail(n, "%s where %s is wanted; %s", d.quote(text), article(t.kinds), wanted(t.kinds))
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
	if c := text[0]; (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' {
		return false
	}
	return numberLike.MatchString(text) || dateLike(text)
}

// dateLike reports whether a text starts like a YAML timestamp.
func dateLike(text string) bool {
	if _, err := time.Parse("2006-1-2", text); err == nil {
		return true
	}
	const date = "2026-11-11"
	if len(text) <= len(date) || strings.IndexByte("Tt \t", text[len(date)]) < 0 {
		return false
	}
	_, err := time.Parse(time.DateOnly, text[:len(date)])
	return err == nil
}

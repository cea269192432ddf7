package planner

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/shopspring/decimal"

	"github.com/promoctl/promoctl/spec"
)

// same reports whether nothing changes.
func (s spot) same() bool { return s.was == s.is && sameValue(s.before, s.after) }

// sameValue compares values of canonical JSON.
func sameValue(a, b any) bool {
	switch a.(type) {
	case []any, map[string]any:
		return reflect.DeepEqual(a, b)
	}
	switch b.(type) {
	case []any, map[string]any:
		return false
	}
	return a == b
}

func canonicalText(v any) string {
	text, err := spec.CanonicalValue(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// plainText shows a value: strings as they are where nothing else reads like that, the
// rest as JSON.
func plainText(v any) string {
	switch v := v.(type) {
	case string:
		if readsAsItself(v) {
			return v
		}
	case json.Number:
		return v.String()
	}
	return printable(canonicalText(v))
}

// readsAsItself reports whether a text without quotes can be taken for nothing else.
func readsAsItself(s string) bool {
	switch s {
	case "", "null", "true", "false", Mask:
		return false
	}
	if strings.TrimSpace(s) != s || strings.ContainsFunc(s, notPrintable) || strings.ContainsAny(s[:1], "{[\"") {
		return false
	}
	_, err := decimal.NewFromString(s)
	return err != nil
}

// notPrintable reports whether a character could hide or move what stands around it: a
// control character, or one that turns the direction of writing.
func notPrintable(r rune) bool { return !unicode.IsPrint(r) }

// printable escapes what is not, as JSON does.
func printable(s string) string {
	if !strings.ContainsFunc(s, notPrintable) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !notPrintable(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, "\\U%08x", r)
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}

// pathName shows a field's name in a path.
func pathName(name string) string {
	if name == "" || strings.ContainsAny(name, ".[] ") {
		return printable(canonicalText(name))
	}
	return printable(name)
}

// percentText is the movement from one number to another, with at most one decimal.
func percentText(before, after decimal.Decimal) string {
	p := after.Sub(before).Mul(hundred).Div(before.Abs())
	sign := ""
	if p.IsPositive() {
		sign = "+"
	}
	if r := p.Round(1); !r.IsZero() {
		return sign + r.String() + " %"
	}
	if p.IsZero() {
		return "0 %"
	}
	return "less than 0.1 %"
}

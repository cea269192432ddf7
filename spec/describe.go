package spec

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// describe words an error of the library about a single value as "what; fix". The value
// itself is not shown when it is hidden.
func describe(v *jsonschema.ValidationError, hidden bool) string {
	show := func(x any) string {
		if hidden {
			return "the value"
		}
		return quoteText(valueText(x))
	}
	number := func(r *big.Rat) string {
		if hidden {
			return "the value"
		}
		return decimalOf(r)
	}
	switch k := v.ErrorKind.(type) {
	case *kind.Minimum:
		return number(k.Got) + " is too small; write at least " + decimalOf(k.Want)
	case *kind.Maximum:
		return number(k.Got) + " is too large; write at most " + decimalOf(k.Want)
	case *kind.ExclusiveMinimum:
		return number(k.Got) + " is too small; write more than " + decimalOf(k.Want)
	case *kind.ExclusiveMaximum:
		return number(k.Got) + " is too large; write less than " + decimalOf(k.Want)
	case *kind.MultipleOf:
		return number(k.Got) + " is not a multiple of " + decimalOf(k.Want) + "; write a multiple"
	case *kind.Enum:
		return show(k.Got) + " is not one of the allowed values; write one of " + listValues(k.Want) + suggestion(k, hidden)
	case *kind.Const:
		return show(k.Got) + " is not the expected value; write " + valueText(k.Want)
	case *kind.Pattern:
		return show(k.Got) + " does not have the right form; " + patternFix(k.Want)
	case *kind.Format:
		return show(k.Got) + " is not a valid " + k.Want + formatFix(k.Want)
	case *kind.Type:
		return fmt.Sprintf("%s where %s is wanted; %s", article(kindsNamed(k.Got)), article(kindsNamed(k.Want...)), wanted(kindsNamed(k.Want...)))
	}
	return describeSize(v)
}

// describeSize words errors that do not show the value.
func describeSize(v *jsonschema.ValidationError) string {
	switch k := v.ErrorKind.(type) {
	case *kind.MinLength:
		return fmt.Sprintf("the text is too short; write at least %s", count(k.Want, "character"))
	case *kind.MaxLength:
		return fmt.Sprintf("the text has %s; write at most %d", count(k.Got, "character"), k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("the list is too short; write at least %s", count(k.Want, "item"))
	case *kind.MaxItems:
		return fmt.Sprintf("the list has %s; write at most %d", count(k.Got, "item"), k.Want)
	case *kind.AdditionalItems:
		return fmt.Sprintf("the list has %s too many; delete the last", count(k.Count, "item"))
	case *kind.UniqueItems:
		return fmt.Sprintf("items %d and %d of the list are the same; delete one of them", k.Duplicates[0]+1, k.Duplicates[1]+1)
	case *kind.Contains, *kind.MinContains:
		return "the list lacks an item that it must have; see the schema"
	case *kind.MinProperties:
		return fmt.Sprintf("the object has too few fields; write at least %d", k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("the object has %s; write at most %d", count(k.Got, "field"), k.Want)
	case *kind.OneOf:
		return "the value matches several alternatives of the schema at once; leave out what belongs to the other"
	case *kind.Not:
		return "the schema rules out this combination; see what it says under \"not\""
	}
	return v.ErrorKind.LocalizedString(message.NewPrinter(language.English))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func formatFix(format string) string {
	switch format {
	case "date":
		return "; write it like 2026-11-11"
	case "time":
		return "; write it like 20:00:00+08:00"
	case "date-time":
		return "; write it like 2026-11-11T00:00:00+08:00"
	case "uri":
		return "; write it like https://example.com/page"
	case "email":
		return "; write it like name@example.com"
	}
	return "; correct it"
}

// decimalOf writes an exact number without a fraction bar.
func decimalOf(r *big.Rat) string {
	s := r.FloatString(MaxDigits)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// valueText shows a value as a person would write it.
func valueText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	text, err := CanonicalValue(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

func listValues(values []any) string {
	const most = 12
	var names []string
	for _, v := range values[:min(most, len(values))] {
		names = append(names, valueText(v))
	}
	if len(values) > most {
		names = append(names, "...")
	}
	return strings.Join(names, ", ")
}

// suggestion names the allowed value that was probably meant.
func suggestion(k *kind.Enum, hidden bool) string {
	got, ok := k.Got.(string)
	if !ok || hidden {
		return ""
	}
	var names []string
	for _, v := range k.Want {
		if want, ok := v.(string); ok {
			names = append(names, want)
		}
	}
	if best := nearest(got, names); best != "" {
		return " (did you mean " + best + "?)"
	}
	return ""
}

// kindsNamed returns the set of types of JSON Schema names.
func kindsNamed(names ...string) kinds {
	var k kinds
	for _, n := range kindNames {
		for _, name := range names {
			if n.name == name {
				k |= n.kind
			}
		}
	}
	return k
}

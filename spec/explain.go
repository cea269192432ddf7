package spec

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// explainer turns the errors of the JSON Schema library into problems that stand at
// the node they are about.
type explainer struct {
	file    string
	root    Node
	typ     *Type
	skip    []string // paths about which something was said already
	printer *message.Printer
}

// validate checks a record that was read against its JSON Schema.
func (d *decoder) validate(s *Schema, root Node, value any) {
	if s.json == nil {
		return
	}
	var invalid *jsonschema.ValidationError
	if err := s.json.Validate(value); err == nil {
		return
	} else if !errors.As(err, &invalid) {
		d.fail(root, "", "the schema cannot be applied: %v", err)
		return
	}
	e := explainer{d.file, root, s.root, d.failed, message.NewPrinter(language.English)}
	before := len(d.problems)
	e.explain(invalid, &d.problems)
	if len(d.problems) == 0 && before == 0 {
		d.fail(root, "", "does not match its schema: %v", invalid)
	}
}

// explain reports the innermost errors: those say what is wrong in the user's words.
func (e *explainer) explain(v *jsonschema.ValidationError, ps *Problems) {
	switch v.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		if len(v.Causes) > 0 {
			e.explainBest(v, ps)
			return
		}
	}
	if len(v.Causes) == 0 {
		e.report(v, ps)
		return
	}
	for _, c := range v.Causes {
		e.explain(c, ps)
	}
}

// explainBest reports, of alternatives that all failed, the one that got furthest:
// the one whose errors lie deepest in the record.
func (e *explainer) explainBest(v *jsonschema.ValidationError, ps *Problems) {
	best := slices.MaxFunc(v.Causes, func(a, b *jsonschema.ValidationError) int { return deepest(a) - deepest(b) })
	e.explain(best, ps)
}

func deepest(v *jsonschema.ValidationError) int {
	d := len(v.InstanceLocation)
	for _, c := range v.Causes {
		d = max(d, deepest(c))
	}
	return d
}

func (e *explainer) report(v *jsonschema.ValidationError, ps *Problems) {
	node, path, typ := e.find(v.InstanceLocation)
	for _, s := range e.skip {
		if s == path || strings.HasPrefix(s, path+".") || strings.HasPrefix(path, s+".") {
			if _, missing := v.ErrorKind.(*kind.Required); !missing {
				return
			}
		}
	}
	at := node.At(e.file)
	switch k := v.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			ps.Addf(at, joinPath(path, name), "required field is missing; add %s: ...", name)
		}
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			ps.Addf(at, joinPath(path, name), "required together with %s; add %s: ...", k.Prop, name)
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			ps.Addf(node.Member(name).At(e.file), joinPath(path, name), "unknown field; %s", unknownFix(name, typ.names))
		}
	default:
		what, fix := e.describe(v, typ)
		*ps = append(*ps, Problem{Pos: at, Field: path, What: what, Fix: fix})
	}
}

// describe words the errors about a single value.
func (e *explainer) describe(v *jsonschema.ValidationError, typ *Type) (what, fix string) {
	show := func(x any) string {
		if typ.anySensitive() {
			return "the value"
		}
		return quoteText(fmt.Sprint(x))
	}
	switch k := v.ErrorKind.(type) {
	case *kind.Enum:
		return show(k.Got) + " is not one of the allowed values", "write one of " + listValues(k.Want) + suggestion(k)
	case *kind.Const:
		return show(k.Got) + " is not the expected value", fmt.Sprintf("write %v", k.Want)
	case *kind.Minimum:
		return decimalOf(k.Got) + " is too small", "write at least " + decimalOf(k.Want)
	case *kind.Maximum:
		return decimalOf(k.Got) + " is too large", "write at most " + decimalOf(k.Want)
	case *kind.ExclusiveMinimum:
		return decimalOf(k.Got) + " is too small", "write more than " + decimalOf(k.Want)
	case *kind.ExclusiveMaximum:
		return decimalOf(k.Got) + " is too large", "write less than " + decimalOf(k.Want)
	case *kind.MinLength:
		return "the text is too short", fmt.Sprintf("write at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("the text has %d characters", k.Got), fmt.Sprintf("write at most %d", k.Want)
	case *kind.Pattern:
		return show(k.Got) + " does not have the right form", "write a text that matches " + k.Want
	case *kind.Format:
		return show(k.Got) + " is not a valid " + k.Want, formatFix(k.Want)
	case *kind.MinItems:
		return "the list is too short", fmt.Sprintf("write at least %d items", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("the list has %d items", k.Got), fmt.Sprintf("write at most %d", k.Want)
	case *kind.UniqueItems:
		return "the list holds the same item twice", "delete one of them"
	case *kind.MinProperties:
		return "the object has too few fields", fmt.Sprintf("write at least %d", k.Want)
	case *kind.Not:
		return "the schema does not allow this value here", "remove it"
	case *kind.FalseSchema:
		return "this field is not allowed here", "remove it"
	case *kind.MultipleOf:
		return decimalOf(k.Got) + " is not a multiple of " + decimalOf(k.Want), "write a multiple"
	}
	return v.ErrorKind.LocalizedString(e.printer), ""
}

func formatFix(format string) string {
	switch format {
	case "date":
		return "write it like 2026-11-11"
	case "uri":
		return "write it like https://example.com/page"
	case "email":
		return "write it like name@example.com"
	}
	return ""
}

// decimalOf writes an exact number without a fraction bar.
func decimalOf(r *big.Rat) string {
	s := r.FloatString(20)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func listValues(values []any) string {
	const most = 12
	var names []string
	for _, v := range values[:min(most, len(values))] {
		names = append(names, fmt.Sprint(v))
	}
	if len(values) > most {
		names = append(names, "...")
	}
	return strings.Join(names, ", ")
}

// suggestion names the allowed value that was probably meant.
func suggestion(k *kind.Enum) string {
	got, ok := k.Got.(string)
	if !ok {
		return ""
	}
	for _, v := range k.Want {
		if want, ok := v.(string); ok && want != got && editDistance(strings.ToLower(got), strings.ToLower(want)) <= 2 {
			return fmt.Sprintf(" (did you mean %s?)", want)
		}
	}
	return ""
}

// find returns the node, the dotted path and the type at an instance location.
func (e *explainer) find(location []string) (Node, string, *Type) {
	node, path, typ := e.root, "", e.typ
	for _, part := range location {
		next := Node{}
		if node.Kind() == SequenceNode {
			i, _ := strconv.Atoi(part)
			for j, item := range node.Items() {
				if i == j {
					next = item
				}
			}
			path, typ = path+"["+part+"]", typ.item()
		} else {
			next, path = node.Member(part), joinPath(path, part)
			if typ = typ.prop(part); typ == nil {
				typ = anyType
			}
		}
		if next.absent() {
			return node, path, typ
		}
		node = next
	}
	return node, path, typ
}

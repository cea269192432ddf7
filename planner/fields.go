package planner

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/promoctl/promoctl/spec"
)

// Mask stands for a sensitive value wherever a plan leaves the stores.
const Mask = "(sensitive)"

// FieldChange is one field of an update.
type FieldChange struct {
	Path    string `json:"path"`
	Before  string `json:"before"` // canonical JSON, strings without quotes; "" when absent
	After   string `json:"after"`
	Percent string `json:"percent,omitempty"` // "-10 %", for numbers
}

// FieldChanges returns what an update changes, field by field, with sensitive values
// masked. Creates and deletes are returned as changes from or to nothing.
func (p *Plan) FieldChanges(c Change) []FieldChange {
	var before, after map[string]any
	if c.Before != nil {
		before = c.Before.Fields()
	}
	if c.After != nil {
		after = c.After.Fields()
	}
	var out []FieldChange
	for _, name := range unionOfNames(before, after) {
		if p.hides(c.Dataset, name) {
			if !sameValue(before[name], after[name]) {
				out = append(out, FieldChange{Path: name, Before: masked(before, name), After: masked(after, name)})
			}
			continue
		}
		out = appendFieldChanges(out, name, before[name], after[name])
	}
	return out
}

func masked(fields map[string]any, name string) string {
	if _, ok := fields[name]; ok {
		return Mask
	}
	return ""
}

// hides reports whether the top-level field of a path is sensitive on either side.
func (p *Plan) hides(dataset, path string) bool {
	name := path
	if i := strings.IndexAny(path, ".["); i >= 0 {
		name = path[:i]
	}
	for _, d := range p.Datasets {
		if d.Name != dataset {
			continue
		}
		for _, l := range [...]*spec.Layout{d.Base, d.Target} {
			if l == nil {
				continue
			}
			if f := l.Field(name); f != nil && f.Sensitive {
				return true
			}
		}
	}
	return false
}

func unionOfNames(a, b map[string]any) []string {
	names := slices.Collect(maps.Keys(a))
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// appendFieldChanges descends into objects, and into lists of objects whose items can
// be told apart; other values change as a whole.
func appendFieldChanges(out []FieldChange, path string, before, after any) []FieldChange {
	if sameValue(before, after) {
		return out
	}
	was, isObject := before.(map[string]any)
	now, alsoObject := after.(map[string]any)
	if isObject && alsoObject {
		for _, name := range unionOfNames(was, now) {
			out = appendFieldChanges(out, path+"."+name, was[name], now[name])
		}
		return out
	}
	oldItems, newItems := labelled(before), labelled(after)
	if oldItems != nil && newItems != nil {
		for _, label := range unionOfNames(oldItems, newItems) {
			out = appendFieldChanges(out, path+"["+label+"]", oldItems[label], newItems[label])
		}
		return out
	}
	c := FieldChange{Path: path, Before: plainText(before), After: plainText(after)}
	a, b := toDecimal(before), toDecimal(after)
	if a != nil && b != nil && !a.IsZero() {
		c.Percent = percentText(*a, *b)
	}
	return append(out, c)
}

// labelled returns the items of a list of objects by label, or nil when labels clash.
func labelled(v any) map[string]any {
	list, ok := v.([]any)
	if !ok {
		return nil
	}
	out := make(map[string]any, len(list))
	for i, item := range list {
		if _, ok := item.(map[string]any); !ok {
			return nil
		}
		label := itemLabel(item, i)
		if _, clash := out[label]; clash {
			return nil
		}
		out[label] = item
	}
	return out
}

// itemLabel names an item of a list by its text fields, or else by its place.
func itemLabel(item any, i int) string {
	object, _ := item.(map[string]any)
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if text, ok := object[name].(string); ok && len(text) <= 40 {
			parts = append(parts, name+"="+text)
		}
	}
	if len(parts) == 0 {
		return fmt.Sprint(i)
	}
	return strings.Join(parts[:min(3, len(parts))], ",")
}

func sameValue(a, b any) bool { return canonicalText(a) == canonicalText(b) }

func canonicalText(v any) string {
	text, err := spec.CanonicalValue(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// plainText shows a value: strings as they are, the rest as JSON, absence as "".
func plainText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return canonicalText(v)
}

// percentText is the movement from one number to another, with at most one decimal.
func percentText(before, after decimal.Decimal) string {
	p := after.Sub(before).Mul(hundred).Div(before.Abs()).Round(1)
	sign := ""
	if p.IsPositive() {
		sign = "+"
	}
	return sign + p.String() + " %"
}

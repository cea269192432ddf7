package planner

import (
	"maps"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// Mask stands for a sensitive value wherever a plan leaves the stores.
const Mask = "(sensitive)"

// FieldChange is one field of an update.
type FieldChange struct {
	Path    string `json:"path"`
	Before  string `json:"before"` // canonical JSON; a string that reads like nothing else has no quotes; "" when absent
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
	hidden := p.hiddenFields(c.Dataset)
	var out []FieldChange
	root := spot{before: before, after: after}
	for _, name := range unionOfNames(before, after) {
		at := root.member(name)
		switch {
		case !hidden[name]:
			out = appendFieldChanges(out, at)
		case !at.same():
			out = append(out, FieldChange{Path: at.label, Before: masked(before, name), After: masked(after, name)})
		}
	}
	return out
}

func masked(fields map[string]any, name string) string {
	if _, ok := fields[name]; ok {
		return Mask
	}
	return ""
}

// hiddenFields returns the top-level fields of a dataset that are sensitive on either
// side; nil if there are none.
func (p *Plan) hiddenFields(dataset string) map[string]bool {
	var out map[string]bool
	for _, d := range p.Datasets {
		if d.Name != dataset {
			continue
		}
		for _, l := range [...]*spec.Layout{d.Base, d.Target} {
			if l == nil || !l.Sensitive() {
				continue
			}
			for _, f := range l.Fields {
				if f.Sensitive {
					if out == nil {
						out = map[string]bool{}
					}
					out[f.Name] = true
				}
			}
		}
	}
	return out
}

// topField returns the top-level field of a path.
func topField(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
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

// appendFieldChanges descends into objects, and into lists of objects; other values
// change as a whole.
func appendFieldChanges(out []FieldChange, at spot) []FieldChange {
	if at.same() {
		return out
	}
	was, wasObject := at.before.(map[string]any)
	is, isObject := at.after.(map[string]any)
	if wasObject && isObject {
		for _, name := range unionOfNames(was, is) {
			out = appendFieldChanges(out, at.member(name))
		}
		return out
	}
	if old, current := objects(at.before), objects(at.after); old != nil && current != nil {
		return appendItems(out, at.label, old, current)
	}
	c := FieldChange{Path: at.label}
	if at.was {
		c.Before = plainText(at.before)
	}
	if at.is {
		c.After = plainText(at.after)
	}
	a, b := toDecimal(at.before), toDecimal(at.after)
	if a != nil && b != nil && !a.IsZero() {
		c.Percent = percentText(*a, *b)
	}
	return append(out, c)
}

// objects returns a list that holds objects only, or nil.
func objects(v any) []any {
	list, _ := v.([]any)
	for _, item := range list {
		if _, ok := item.(map[string]any); !ok {
			return nil
		}
	}
	return list
}

// appendItems compares lists item by item, and says when only their order changes.
func appendItems(out []FieldChange, path string, before, after []any) []FieldChange {
	pairs := pairItems(before, after, "")
	n := len(out)
	for _, p := range pairs {
		out = appendFieldChanges(out, spot{label: path + "[" + p.label + "]", before: p.before, after: p.after, was: p.was, is: p.is})
	}
	if len(out) > n {
		return out
	}
	label := chooseLabel(before, after, "")
	order := func(list []any) string { return strings.Join(labelsOf(list, label), ", ") }
	return append(out, FieldChange{Path: path + " (order)", Before: order(before), After: order(after)})
}

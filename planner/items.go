package planner

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// itemPair is an item of a list before and after.
type itemPair struct {
	label         string // unique within the list: "tier=gold", "from=10" or the place
	before, after any
	was, is       bool // whether there is one on that side
}

// pairItems pairs the items of two lists by what they say of themselves, so that
// adding one does not shift the others, and what is left over by place. Field names
// one that does not tell items apart, because it is the one that is looked at. The
// pairs are in the order of the new list, then those that are gone.
func pairItems(before, after []any, field string) []itemPair {
	label := chooseLabel(before, after, field)
	was, is := labelsOf(before, label), labelsOf(after, label)
	at := make(map[string]int, len(was))
	for i, l := range was {
		at[l] = i
	}
	taken := make([]bool, len(before))
	out := make([]itemPair, len(after))
	for i, l := range is {
		out[i] = itemPair{label: l, after: after[i], is: true}
		if j, ok := at[l]; ok {
			out[i].before, out[i].was, taken[j] = before[j], true, true
		}
	}
	for i := range out {
		if !out[i].was && i < len(before) && !taken[i] {
			out[i].before, out[i].was, taken[i] = before[i], true, true
		}
	}
	for j, l := range was {
		if !taken[j] {
			out = append(out, itemPair{label: l, before: before[j], was: true})
		}
	}
	return out
}

// labelsOf labels the items of a list, numbering those that look the same.
func labelsOf(list []any, label func(any, int) string) []string {
	seen := make(map[string]int, len(list))
	out := make([]string, len(list))
	for i, item := range list {
		l := label(item, i)
		if seen[l]++; seen[l] > 1 {
			l = fmt.Sprintf("%s#%d", l, seen[l])
		}
		out[i] = l
	}
	return out
}

// chooseLabel finds what tells the items of two lists apart: a text, else a number
// that every item has and that has more items in common than any other; else all
// short texts of an item; else its place.
func chooseLabel(before, after []any, field string) func(any, int) string {
	place := func(_ any, i int) string { return fmt.Sprint(i) }
	texts := identities[string](before, after, field)
	if name := best(before, after, texts); name != "" {
		return func(item any, _ int) string { return fieldLabel(item, name) }
	}
	if anyTexts(before) || anyTexts(after) {
		return allTexts
	}
	if max(len(before), len(after)) > 1 {
		numbers := identities[json.Number](before, after, field)
		if name := best(before, after, numbers); name != "" {
			return func(item any, _ int) string { return fieldLabel(item, name) }
		}
	}
	return place
}

// identities returns the fields that are short values of one type in every item, with
// no value twice in a list.
func identities[T ~string](before, after []any, not string) []string {
	var names []string
	for _, list := range [...][]any{after, before} {
		if len(list) == 0 {
			continue
		}
		first, _ := list[0].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(first)) {
			if name != not && !slices.Contains(names, name) && tellsApart[T](before, name) && tellsApart[T](after, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

const maxLabel = 40 // bytes

func tellsApart[T ~string](list []any, name string) bool {
	seen := make(map[T]bool, len(list))
	for _, item := range list {
		object, _ := item.(map[string]any)
		v, ok := object[name].(T)
		if !ok || len(v) > maxLabel || seen[v] {
			return false
		}
		seen[v] = true
	}
	return true
}

// best returns the name with the most values in common, the first of equals.
func best(before, after []any, names []string) string {
	common := func(name string) int {
		old := map[any]bool{}
		for _, item := range before {
			old[item.(map[string]any)[name]] = true
		}
		n := 0
		for _, item := range after {
			if old[item.(map[string]any)[name]] {
				n++
			}
		}
		return n
	}
	if len(names) == 0 {
		return ""
	}
	return slices.MinFunc(names, func(a, b string) int { return cmp.Or(common(b)-common(a), strings.Compare(a, b)) })
}

func fieldLabel(item any, name string) string {
	return name + "=" + plainText(item.(map[string]any)[name])
}

func anyTexts(list []any) bool {
	return slices.ContainsFunc(list, func(item any) bool { return allTexts(item, -1) != "-1" })
}

// allTexts labels an item by its first short texts, or by its place.
func allTexts(item any, i int) string {
	object, _ := item.(map[string]any)
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if text, ok := object[name].(string); ok && len(text) <= maxLabel {
			parts = append(parts, fieldLabel(item, name))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprint(i)
	}
	return strings.Join(parts[:min(3, len(parts))], ",")
}

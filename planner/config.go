package planner

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/promoctl/promoctl/spec"
)

// configChanges lists what the pipeline file changes by itself, apart from records.
func configChanges(base, target *spec.Pipeline) []ConfigChange {
	if base == nil || base.ConfigDigest() == target.ConfigDigest() {
		return nil
	}
	var out []ConfigChange
	say := func(format string, args ...any) { out = append(out, ConfigChange{fmt.Sprintf(format, args...)}) }
	for _, name := range datasetNames(base, target) {
		describeDataset(say, name, base.Dataset(name), target.Dataset(name))
	}
	describeStores(say, base, target)
	describeGuardrails(say, base, target)
	if !reflect.DeepEqual(base.Release, target.Release) {
		say("release settings: changed")
	}
	if base.Name != target.Name {
		say("pipeline: renamed from %s to %s", base.Name, target.Name)
	}
	if len(out) == 0 {
		say("pipeline file: changed")
	}
	return out
}

type sayFunc func(format string, args ...any)

func describeDataset(say sayFunc, name string, from, to *spec.Dataset) {
	switch {
	case from == nil:
		say("dataset %s: new, to %s", name, strings.Join(to.Stores, ", "))
		return
	case to == nil:
		say("dataset %s: gone, all its records are deleted", name)
		return
	}
	if !slices.Equal(from.Layout.Key, to.Layout.Key) {
		say("dataset %s: key changes from %s to %s, so stores replace it as a whole", name, keyText(from), keyText(to))
	} else if !from.Layout.CarriesOver(to.Layout) {
		say("dataset %s: types change (%s), so stores replace it as a whole", name, strings.Join(fieldChanges(&from.Layout, &to.Layout), ", "))
	} else if list := fieldChanges(&from.Layout, &to.Layout); len(list) > 0 {
		say("dataset %s: %s", name, strings.Join(list, ", "))
	}
	for _, s := range to.Stores {
		if !slices.Contains(from.Stores, s) {
			say("dataset %s: new to store %s, which gets all of it", name, s)
		}
	}
	for _, s := range from.Stores {
		if !slices.Contains(to.Stores, s) {
			say("dataset %s: leaves store %s, where its records are deleted", name, s)
		}
	}
}

func keyText(d *spec.Dataset) string {
	names := make([]string, len(d.Layout.Key))
	for i, k := range d.Layout.Key {
		names[i] = k.Name
	}
	return "[" + strings.Join(names, ", ") + "]"
}

// fieldChanges says what happens to the declared fields, as columns will see it.
func fieldChanges(from, to *spec.Layout) []string {
	var out []string
	for _, f := range from.Fields {
		g := to.Field(f.Name)
		switch {
		case g == nil:
			out = append(out, "field "+f.Name+" goes")
		case g.Type != f.Type:
			out = append(out, fmt.Sprintf("field %s changes from %s to %s", f.Name, f.Type, g.Type))
		case *g != f:
			out = append(out, "field "+f.Name+" changes")
		}
	}
	for _, g := range to.Fields {
		if from.Field(g.Name) == nil {
			out = append(out, fmt.Sprintf("field %s (%s) is added", g.Name, g.Type))
		}
	}
	return out
}

func describeStores(say sayFunc, base, target *spec.Pipeline) {
	for _, s := range target.Stores {
		old := base.Store(s.Name)
		switch {
		case old == nil:
			say("store %s: new (%s), gets all datasets that it takes", s.Name, s.Driver)
		case moved(*old, s):
			say("store %s: address changed", s.Name)
		case !reflect.DeepEqual(*old, s):
			say("store %s: settings changed", s.Name)
		}
	}
	for _, s := range base.Stores {
		if target.Store(s.Name) == nil {
			say("store %s: gone, what it serves stays there as it is", s.Name)
		}
	}
}

// moved reports whether a store's data would be looked for elsewhere.
func moved(a, b spec.Store) bool {
	return a.Driver != b.Driver || a.URL != b.URL || a.Prefix != b.Prefix
}

func describeGuardrails(say sayFunc, base, target *spec.Pipeline) {
	for _, g := range target.Guardrails {
		old := guardrail(base, g.ID())
		switch {
		case old == nil:
			say("guardrail %s: new", g.ID())
		case !reflect.DeepEqual(*old, g):
			say("guardrail %s: changed", g.ID())
		}
	}
	for _, g := range base.Guardrails {
		if guardrail(target, g.ID()) == nil {
			say("guardrail %s: gone", g.ID())
		}
	}
}

func guardrail(p *spec.Pipeline, id string) *spec.Guardrail {
	for i := range p.Guardrails {
		if p.Guardrails[i].ID() == id {
			return &p.Guardrails[i]
		}
	}
	return nil
}

// configFindings are the findings about the pipeline file itself: what would let a
// pull request weaken the protection that it is under.
func configFindings(base, target *spec.Pipeline, plan *Plan) []Finding {
	if base == nil {
		return nil
	}
	var out []Finding
	add := func(rule string, level Level, before, after, format string, args ...any) {
		out = append(out, Finding{Rule: rule, Level: level, Before: before, After: after,
			Pos: spec.Pos{File: spec.PipelineFile}, Message: fmt.Sprintf(format, args...)})
	}
	for _, old := range base.Guardrails {
		if what := loosened(old, guardrail(target, old.ID())); what != "" {
			add("guardrail-loosened", Approve, old.ID(), what, "guardrail %s is loosened: %s", old.ID(), what)
		}
	}
	for _, s := range target.Stores {
		if old := base.Store(s.Name); old != nil && moved(*old, s) {
			add("store-address", Approve, s.Name, "", "store %s gets another address; what the old place serves stays there", s.Name)
		}
	}
	for _, s := range base.Stores {
		if target.Store(s.Name) == nil {
			add("store-gone", Approve, s.Name, "", "store %s is no longer released to; it keeps serving what it has", s.Name)
		}
	}
	for _, d := range plan.Datasets {
		if d.Replace {
			add("dataset-replaced", Warn, d.Name, "", "key or types of dataset %s change: stores build it anew beside the old one and swap", d.Name)
		}
	}
	return out
}

// loosened says in what a guardrail became weaker, or "".
func loosened(old spec.Guardrail, now *spec.Guardrail) string {
	switch {
	case now == nil:
		return "it is gone"
	case now.Rule != old.Rule:
		return fmt.Sprintf("rule %s instead of %s", now.Rule, old.Rule)
	case strictness(levelOf(*now)) < strictness(levelOf(old)):
		return fmt.Sprintf("level %s instead of %s", levelOf(*now), levelOf(old))
	case decimalOf(now.MaxPercent).GreaterThan(decimalOf(old.MaxPercent)):
		return fmt.Sprintf("maxPercent %s instead of %s", now.MaxPercent, old.MaxPercent)
	case narrower(old.Datasets, now.Datasets):
		return "it covers fewer datasets"
	case narrower(old.Fields, now.Fields):
		return "it covers other fields"
	}
	return ""
}

// narrower reports whether a scope lost something; an empty scope is everything.
func narrower(old, now []string) bool {
	if len(now) == 0 {
		return false
	}
	return len(old) == 0 || slices.ContainsFunc(old, func(s string) bool { return !slices.Contains(now, s) })
}

func decimalOf(n interface{ String() string }) decimal.Decimal {
	d, err := decimal.NewFromString(n.String())
	if err != nil {
		return decimal.Zero
	}
	return d
}

package planner

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// configChanges lists what the pipeline file changes by itself, apart from records.
func configChanges(b, t *snapshot) []ConfigChange {
	var out []ConfigChange
	say := func(format string, args ...any) { out = append(out, ConfigChange{fmt.Sprintf(format, args...)}) }
	base, target := b.pipeline, t.pipeline
	switch {
	case b.noEnv && target.Env == "":
		say("environments: none any more, so everything is released anew")
		return out
	case b.noEnv:
		say("environment %s: new, everything is released to it", target.Env)
		return out
	case base == nil || base.ConfigDigest() == target.ConfigDigest():
		return nil
	case base.Env != target.Env:
		say("environment %s: new, the file declared none before", target.Env)
	}
	for _, name := range datasetNames(base, target) {
		describeDataset(say, target, name, base.Dataset(name), target.Dataset(name))
	}
	describeStores(say, base, target)
	describeGuardrails(say, base, target)
	if !reflect.DeepEqual(base.Release, target.Release) {
		say("release settings: changed")
	}
	if base.DigestKey != target.DigestKey {
		say("digest key of sensitive fields: another one")
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

func describeDataset(say sayFunc, target *spec.Pipeline, name string, from, to *spec.Dataset) {
	switch {
	case from == nil:
		say("dataset %s: new, to %s", name, strings.Join(to.Stores, ", "))
		return
	case to == nil && !slices.ContainsFunc(from.Stores, func(s string) bool { return target.Store(s) != nil }):
		say("dataset %s: gone, and so are its stores, which keep it", name)
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
	} else if from.Fingerprint() != to.Fingerprint() {
		say("dataset %s: schema or place of the records changes", name)
	}
	for _, s := range to.Stores {
		if !slices.Contains(from.Stores, s) {
			say("dataset %s: new to store %s, which gets all of it", name, s)
		}
	}
	for _, s := range from.Stores {
		if !slices.Contains(to.Stores, s) && target.Store(s) != nil { // else the store is gone, not the data
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
	if from, to := lead(base), lead(target); from != to && base.Store(to) != nil {
		say("store %s: leads releases instead of %s", to, from)
	}
}

// lead returns the name of the first required store.
func lead(p *spec.Pipeline) string {
	for _, s := range p.Stores {
		if s.IsRequired() {
			return s.Name
		}
	}
	return ""
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

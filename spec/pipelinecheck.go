package spec

import (
	"slices"
	"strings"
	"time"
)

// BuiltinRules are the rules that a guardrail may name.
func BuiltinRules() []string {
	return []string{"coupon-cap", "decimal-slip", "price-change", "zero-price"}
}

// stores checks what the schema of the pipeline file can't say about stores.
func (l *pipelineLoader) stores(p *Pipeline) {
	required := false
	for i := range p.Stores {
		s := &p.Stores[i]
		at := func(name string) []any { return []any{"stores", i, name} }
		if slices.ContainsFunc(p.Stores[:i], func(o Store) bool { return o.Name == s.Name }) {
			l.fail(at("name"), "store %s is declared twice; give one of them another name", s.Name)
		}
		if s.Wave == 0 {
			s.Wave = 1
		}
		if s.MaxLag != 0 && s.IsRequired() {
			l.fail(at("maxLag"), "maxLag is for stores that may lag; add required: false, or delete maxLag")
		}
		if o := slices.IndexFunc(p.Stores[:i], func(o Store) bool { return o.URL == s.URL && o.Driver == s.Driver && o.Prefix == s.Prefix }); o >= 0 {
			l.fail(at("url"), "stores %s and %s have the same address; give one of them another url or prefix", p.Stores[o].Name, s.Name)
		}
		if s.Buckets != 0 && s.Driver != "file" {
			l.fail(at("buckets"), "the driver %s keeps no objects; delete buckets", s.Driver)
		}
		required = required || s.IsRequired()
	}
	if len(p.Stores) > 0 && !required {
		l.fail([]any{"stores"}, "no store is required, so no store could lead a release; let one be required")
	}
}

// durations refuses what looks like a duration and is beyond what time can count.
func (l *pipelineLoader) durations(fields map[string]any) {
	check := func(v any, at ...any) {
		text, ok := v.(string)
		if _, err := time.ParseDuration(text); ok && err != nil {
			l.fail(at, "not a duration; write it like 30s, 15m or 1h30m")
		}
	}
	each := func(list any, name string, path ...any) {
		entries, _ := list.([]any)
		for i, v := range entries {
			entry, _ := v.(map[string]any)
			check(entry[name], append(slices.Clone(path), i, name)...)
		}
	}
	each(fields["stores"], "maxLag", "stores")
	environments, _ := fields["environments"].(map[string]any)
	for name, v := range environments {
		overlay, _ := v.(map[string]any)
		each(overlay["stores"], "maxLag", "environments", name, "stores")
	}
	release, _ := fields["release"].(map[string]any)
	check(release["deadline"], "release", "deadline")
	check(release["lease"], "release", "lease")
	each(release["gates"], "wait", "release", "gates")
}

// release checks that gates stand before waves that there are.
func (l *pipelineLoader) release(p *Pipeline) {
	for i, g := range p.Release.Gates {
		if !slices.ContainsFunc(p.Stores, func(s Store) bool { return s.Wave == g.BeforeWave }) {
			l.fail([]any{"release", "gates", i, "beforeWave"}, "no store is in wave %d, so the gate would never be passed; give a store wave: %d, or delete the gate", g.BeforeWave, g.BeforeWave)
		}
	}
}

// guardrails checks that rules exist, and the datasets and fields that they name: a rule
// that looks at nothing would guard nothing.
func (l *pipelineLoader) guardrails(p *Pipeline, names []string) {
	for i, g := range p.Guardrails {
		at := func(name string) []any { return []any{"guardrails", i, name} }
		if g.Rule == "" {
			l.fail(at("rule"), "guardrail %s is not declared, and says no rule of its own; correct the name, or add rule: ...", g.ID())
		} else if !slices.Contains(BuiltinRules(), g.Rule) {
			l.fail(at("rule"), "unknown rule %s; %s", quoteText(g.Rule), chooseFix(g.Rule, BuiltinRules()))
		}
		if slices.ContainsFunc(p.Guardrails[:i], func(o Guardrail) bool { return o.ID() == g.ID() }) {
			l.fail(at("rule"), "guardrail %s stands twice; tell them apart with name: ...", g.ID())
		}
		if g.Rule == "price-change" && g.MaxPercent == "" {
			l.fail(at("maxPercent"), "price-change needs a limit; add maxPercent: 30")
		}
		for j, name := range g.Datasets {
			if !slices.Contains(names, name) {
				l.fail([]any{"guardrails", i, "datasets", j}, "dataset %s is not declared; %s", name, chooseFix(name, names))
			}
		}
		for j, field := range g.Fields {
			if !p.looksAt(g, field) {
				l.fail([]any{"guardrails", i, "fields", j}, "no dataset that the rule looks at has the field %s; correct it, or name the dataset under datasets", field)
			}
		}
	}
}

// looksAt reports whether a field path of a guardrail leads anywhere.
func (p *Pipeline) looksAt(g Guardrail, field string) bool {
	return slices.ContainsFunc(p.Datasets, func(d *Dataset) bool {
		return (len(g.Datasets) == 0 || slices.Contains(g.Datasets, d.Name)) && d.Schema.root.leads(field)
	})
}

// leads reports whether a path in the notation of Schema.PriceFields may lead to a value.
func (t *Type) leads(path string) bool {
	for step := range strings.SplitSeq(strings.ReplaceAll(path, "[]", ".[]"), ".") {
		switch step {
		case "[]":
			t = t.item(len(t.prefix))
		case "*":
			t = t.prop("*")
		default:
			t = t.prop(step)
		}
		if t == nil {
			return false
		}
	}
	return true
}

// refs checks that the datasets that schemas refer to by name exist.
func (l *pipelineLoader) refs(p *Pipeline, names []string) {
	for _, d := range p.Datasets {
		d.Schema.root.anywhere(func(t *Type) bool {
			if t.ref != nil && t.ref.Dataset != "" && !slices.Contains(names, t.ref.Dataset) {
				l.fail([]any{"datasets", slices.Index(names, d.Name), "schema"},
					"x-ref: dataset %s is not declared; %s", t.ref.Dataset, chooseFix(t.ref.Dataset, names))
			}
			return false
		})
	}
}

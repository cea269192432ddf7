package planner

import (
	"context"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/promoctl/promoctl/spec"
)

// configFindings are the findings about the pipeline file itself: what would let a
// pull request weaken the protection that it is under.
func (p *Planner) configFindings(ctx context.Context, b, t *snapshot, plan *Plan) ([]Finding, error) {
	if b.pipeline == nil {
		return nil, nil
	}
	f := configFinder{planner: p, base: b.pipeline, target: t.pipeline}
	for _, old := range f.base.Guardrails {
		if what := f.loosened(old, guardrail(f.target, old.ID())); what != "" {
			f.add("guardrail-loosened", Approve, old.ID(), what, "guardrail %s is loosened: %s", old.ID(), what)
		}
	}
	f.schemas()
	f.stores()
	err := f.datasets(ctx, t, plan)
	return f.out, err
}

type configFinder struct {
	planner      *Planner
	base, target *spec.Pipeline
	out          []Finding
}

// add notes a finding. Before and after tell it from other findings of the same rule
// and are not shown.
func (f *configFinder) add(rule string, level Level, before, after, format string, args ...any) {
	f.note(Finding{Rule: rule, Level: level, Message: fmt.Sprintf(format, args...)}, before, after)
}

// about notes a finding about one dataset, which a second person has to see.
func (f *configFinder) about(dataset, rule, before, after, format string, args ...any) {
	f.note(Finding{Rule: rule, Level: Approve, Dataset: dataset, Message: fmt.Sprintf(format, args...)}, before, after)
}

func (f *configFinder) note(x Finding, before, after string) {
	x.Pos = spec.Pos{File: spec.PipelineFile}
	x.Fingerprint = f.planner.fingerprint(x, before, after, false)
	f.out = append(f.out, x)
}

func (f *configFinder) stores() {
	for _, s := range f.target.Stores {
		if old := f.base.Store(s.Name); old != nil && moved(*old, s) {
			f.add("store-address", Approve, address(*old), address(s), "store %s gets another address; what the old place serves stays there", s.Name)
		}
	}
	for _, s := range f.base.Stores {
		if f.target.Store(s.Name) == nil {
			f.add("store-gone", Approve, address(s), "", "store %s is no longer released to; it keeps serving what it has", s.Name)
		}
	}
}

// address is where a store is, for fingerprints only: it may hold what nobody needs
// to read.
func address(s spec.Store) string {
	return fmt.Sprintf("%q %q %q %q", s.Name, s.Driver, s.URL, s.Prefix)
}

// schemas finds marks that a schema loses, which guardrails and masking rely on.
func (f *configFinder) schemas() {
	for _, to := range f.target.Datasets {
		from := f.base.Dataset(to.Name)
		if from == nil || from.Schema.Digest == to.Schema.Digest {
			continue
		}
		for _, path := range lost(from.Schema.PriceFields(), to.Schema.PriceFields()) {
			f.add("guardrail-loosened", Approve, to.Name, "x-price "+path, "dataset %s: the schema no longer marks %s as a price, so guardrails stop looking at it", to.Name, path)
		}
		if more := lost(to.Schema.Cap, from.Schema.Cap); len(from.Schema.Cap) > 0 && (len(more) > 0 || len(to.Schema.Cap) == 0) {
			f.add("guardrail-loosened", Approve, to.Name, fmt.Sprintf("x-cap %q", to.Schema.Cap), "dataset %s: the schema changes what counts as a cap", to.Name)
		}
		for _, path := range lost(from.Schema.SensitiveFields(), to.Schema.SensitiveFields()) {
			if to.Layout.Field(topField(path)) != nil {
				f.add("sensitive-unmarked", Approve, to.Name, path, "dataset %s: %s is no longer sensitive, so plans, logs and metrics will show it", to.Name, path)
			}
		}
	}
}

// lost returns what is in the old list only.
func lost(old, current []string) []string {
	return slices.DeleteFunc(slices.Clone(old), func(s string) bool { return slices.Contains(current, s) })
}

// loosened says in what a guardrail became weaker, or "".
func (f *configFinder) loosened(old spec.Guardrail, now *spec.Guardrail) string {
	switch {
	case now == nil:
		return "it is gone"
	case now.Rule != old.Rule:
		return fmt.Sprintf("rule %s instead of %s", now.Rule, old.Rule)
	case strictness(levelOf(*now)) < strictness(levelOf(old)):
		return fmt.Sprintf("level %s instead of %s", levelOf(*now), levelOf(old))
	case decimalOf(now.MaxPercent).GreaterThan(decimalOf(old.MaxPercent)):
		return fmt.Sprintf("maxPercent %s instead of %s", now.MaxPercent, old.MaxPercent)
	case len(now.Datasets) > 0 && len(lost(f.covered(f.base, old), now.Datasets)) > 0:
		return "it covers fewer datasets"
	case f.narrower(old, *now):
		return "it covers other fields"
	}
	return ""
}

// covered returns the datasets of a pipeline that a guardrail covers.
func (f *configFinder) covered(p *spec.Pipeline, g spec.Guardrail) []string {
	if len(g.Datasets) > 0 {
		return g.Datasets
	}
	return datasetNames(p)
}

// narrower reports whether a guardrail looks at fewer fields than before in any
// dataset that both sides have.
func (f *configFinder) narrower(old, now spec.Guardrail) bool {
	if slices.Equal(old.Fields, now.Fields) {
		return false // what the schemas mark is looked at elsewhere
	}
	for _, name := range f.covered(f.base, old) {
		from, to := f.base.Dataset(name), f.target.Dataset(name)
		if from != nil && to != nil && len(lost(fieldsOf(old, from), fieldsOf(now, to))) > 0 {
			return true
		}
	}
	return false
}

func fieldsOf(g spec.Guardrail, d *spec.Dataset) []string {
	switch {
	case len(g.Fields) > 0:
		return g.Fields
	case g.Rule == "coupon-cap":
		return d.Schema.Cap
	}
	return d.Schema.PriceFields()
}

func decimalOf(n interface{ String() string }) decimal.Decimal {
	d, err := decimal.NewFromString(n.String())
	if err != nil {
		return decimal.Zero
	}
	return d
}

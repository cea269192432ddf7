package planner

import (
	"cmp"
	"context"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/promoctl/promoctl/spec"
)

// review fills in the findings: the guardrails of both sides, and what the pipeline
// file changes about them. The stricter answer wins, so that a commit cannot loosen a
// rule and profit from it at once.
func (p *Planner) review(ctx context.Context, b, t *snapshot, plan *Plan) error {
	findings := map[string]Finding{}
	add := func(f Finding) {
		if old, ok := findings[f.Fingerprint]; !ok || strictness(f.Level) > strictness(old.Level) {
			findings[f.Fingerprint] = f
		}
	}
	for changes := range slices.Values(byDataset(plan.Changes)) {
		found, err := p.runChecks(ctx, plan, checksOf(b, t, changes[0].Dataset), rekeyed(b, t, changes))
		if err != nil {
			return err
		}
		for _, f := range found {
			add(f)
		}
	}
	about, err := p.configFindings(ctx, b, t, plan)
	if err != nil {
		return err
	}
	for _, f := range about {
		add(f)
	}
	for _, f := range findings {
		plan.Findings = append(plan.Findings, f)
	}
	sortFindings(plan.Findings)
	if err := p.forgiveReturns(ctx, t, plan); err != nil {
		return err
	}
	sortFindings(plan.Findings)
	return nil
}

func sortFindings(list []Finding) {
	slices.SortFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(strictness(b.Level), strictness(a.Level)), strings.Compare(a.Dataset, b.Dataset),
			strings.Compare(string(a.Key), string(b.Key)), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Field, b.Field),
			strings.Compare(a.Fingerprint, b.Fingerprint))
	})
}

func strictness(l Level) int {
	switch l {
	case Deny:
		return 3
	case Approve:
		return 2
	}
	return 1
}

func levelOf(g spec.Guardrail) Level {
	if g.Level == "" {
		return Deny
	}
	return Level(g.Level)
}

// byDataset cuts sorted changes into runs of one dataset.
func byDataset(changes []Change) [][]Change {
	var out [][]Change
	for len(changes) > 0 {
		n := slices.IndexFunc(changes, func(c Change) bool { return c.Dataset != changes[0].Dataset })
		if n < 0 {
			n = len(changes)
		}
		out = append(out, changes[:n])
		changes = changes[n:]
	}
	return out
}

// checksOf prepares the guardrails of both sides for a dataset, each with its own
// side's schema: taking a mark off a price must not help either. Checks that would do
// the same are made once.
func checksOf(b, t *snapshot, dataset string) []*check {
	var out []*check
	to := datasetOf(t, dataset)
	if to == nil {
		return nil // all deletes
	}
	for _, side := range [...]*snapshot{b, t} {
		if side.pipeline == nil {
			continue
		}
		d := datasetOf(side, dataset)
		if d == nil {
			d = to
		}
		for _, g := range side.pipeline.Guardrails {
			c := newCheck(g, d)
			if c != nil && !slices.ContainsFunc(out, c.same) {
				out = append(out, c)
			}
		}
	}
	return out
}

func (c *check) same(o *check) bool {
	return reflect.DeepEqual(c.guard, o.guard) && reflect.DeepEqual(c.prices, o.prices) && slices.Equal(c.caps, o.caps)
}

// runChecks applies checks to the changes of one dataset, on all cores.
func (p *Planner) runChecks(ctx context.Context, plan *Plan, checks []*check, changes []Change) ([]Finding, error) {
	if len(checks) == 0 {
		return nil, nil
	}
	const batch = 1024
	m := p.newMarker(plan, changes[0].Dataset)
	parts := make([][]Finding, (len(changes)+batch-1)/batch)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range parts {
		g.Go(func() error {
			some := changes[i*batch : min((i+1)*batch, len(changes))]
			for j := range some {
				parts[i] = append(parts[i], m.findings(checks, &some[j])...)
			}
			return gctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(parts...), nil
}

// findings applies checks to one change.
func (m *marker) findings(checks []*check, c *Change) []Finding {
	if c.After == nil {
		return nil
	}
	s := &subject{change: c}
	var out []Finding
	for _, check := range checks {
		for _, h := range check.find(check, s) {
			out = append(out, m.finding(check, c, h))
		}
	}
	return out
}

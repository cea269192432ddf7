package planner

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// review fills in the findings: the guardrails of both sides, and what the pipeline
// file changes about them. The stricter answer wins, so that a commit cannot loosen a
// rule and profit from it at once.
func (p *Planner) review(ctx context.Context, b, t *snapshot, plan *Plan) error {
	findings := map[string]Finding{}
	add := func(f Finding) {
		f.Fingerprint = p.fingerprint(f)
		if old, ok := findings[f.Fingerprint]; !ok || strictness(f.Level) > strictness(old.Level) {
			findings[f.Fingerprint] = f
		}
	}
	for _, side := range [...]*snapshot{b, t} {
		if side.pipeline == nil {
			continue
		}
		for _, g := range side.pipeline.Guardrails {
			runRule(g, b, t, plan.Changes, add)
		}
	}
	for _, f := range configFindings(b.pipeline, t.pipeline, plan) {
		add(f)
	}
	for _, f := range findings {
		plan.Findings = append(plan.Findings, f)
	}
	slices.SortFunc(plan.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(strictness(b.Level), strictness(a.Level)), strings.Compare(a.Dataset, b.Dataset),
			strings.Compare(string(a.Key), string(b.Key)), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Field, b.Field),
			strings.Compare(a.Fingerprint, b.Fingerprint))
	})
	if err := p.forgiveReturns(ctx, t, plan); err != nil {
		return err
	}
	maskFindings(plan)
	return nil
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

// fingerprint identifies a finding by rule, record, field and values, so that an
// override holds for exactly what somebody saw. Values of sensitive fields go in keyed.
func (p *Planner) fingerprint(f Finding) string {
	h := sha256.New()
	fmt.Fprintf(h, "promoctl finding 1\n%q %q %q %q %q %q %s\n", f.Rule, f.Dataset, f.Key, f.Field, f.Before, f.After, p.cfg.DigestKey)
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// runRule applies one guardrail to all changes.
func runRule(g spec.Guardrail, b, t *snapshot, changes []Change, add func(Finding)) {
	rule := ruleOf(g.Rule)
	if rule == nil {
		return // the pipeline file was refused before
	}
	for i := range changes {
		c := &changes[i]
		if c.After == nil || (len(g.Datasets) > 0 && !slices.Contains(g.Datasets, c.Dataset)) {
			continue
		}
		d := datasetOf(t, c.Dataset)
		if d == nil {
			continue
		}
		for _, f := range rule(g, d, c) {
			f.Rule, f.Level = g.ID(), levelOf(g)
			f.Dataset, f.Key, f.Pos = c.Dataset, c.Key, c.After.Pos
			add(f)
		}
	}
}

// forgiveReturns turns findings into warnings where a record goes back to what was
// live in an earlier release: nothing of ours stands in the way of a rollback.
func (p *Planner) forgiveReturns(ctx context.Context, t *snapshot, plan *Plan) error {
	const most = 10 // releases to look back
	if p.cfg.LiveBefore == nil || len(plan.Blocking()) == 0 {
		return nil
	}
	commits := p.cfg.LiveBefore(ctx)
	for _, earlier := range commits[:min(most, len(commits))] {
		if len(plan.Blocking()) == 0 {
			return nil
		}
		was, err := p.snapshot(ctx, earlier)
		if err != nil {
			continue // rewritten history: nothing to go by
		}
		differs := map[string]bool{}
		for _, name := range datasetNames(was.pipeline, t.pipeline) {
			d, err := p.diff(ctx, was, t, datasetOf(was, name), datasetOf(t, name))
			if err != nil {
				return err
			}
			for _, c := range d.changes {
				differs[c.Dataset+"\x00"+string(c.Key)] = true
			}
		}
		for i := range plan.Findings {
			f := &plan.Findings[i]
			if f.Level != Warn && f.Dataset != "" && !differs[f.Dataset+"\x00"+string(f.Key)] {
				f.Level = Warn
				f.Message += "; it was live before, in " + was.commit.Short()
			}
		}
	}
	return nil
}

// maskFindings hides the values of sensitive fields, once fingerprints are made.
func maskFindings(plan *Plan) {
	for i := range plan.Findings {
		f := &plan.Findings[i]
		if f.Field != "" && plan.hides(f.Dataset, f.Field) {
			f.Before, f.After = maskText(f.Before), maskText(f.After)
		}
	}
}

func maskText(s string) string {
	if s == "" {
		return ""
	}
	return Mask
}

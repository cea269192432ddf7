package planner

import (
	"context"

	"github.com/promoctl/promoctl/spec"
)

// HeldPlan is CommitPlan where the base is what the stores hold: the changes, sorted by
// dataset and key, that lead from there to target. Base is the commit whose guardrails
// hold beside the target's, empty if it is not known. Base of the plan is the zero Commit.
func (p *Planner) HeldPlan(ctx context.Context, base, target string, changes []Change) (*Plan, error) {
	b, t, err := p.pair(ctx, base, target)
	if err != nil {
		return nil, err
	}
	// The whole target was read to compare it; this finds what is wrong across files.
	whole, err := p.CommitPlan(ctx, "", target)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Target: t.commit, Env: t.pipeline.Env, Changes: changes, Config: configChanges(b, t)}
	plan.Datasets = summarize(changes, t.pipeline, whole)
	plan.Digest = p.planDigest(t.pipeline.ConfigDigest(), plan)
	return plan, p.review(ctx, b, t, plan)
}

// summarize counts changes by dataset.
func summarize(changes []Change, target *spec.Pipeline, whole *Plan) []DatasetPlan {
	files := map[string]int{}
	for _, d := range whole.Datasets {
		files[d.Name] = d.Files
	}
	var out []DatasetPlan
	for _, c := range changes {
		if len(out) == 0 || out[len(out)-1].Name != c.Dataset {
			layout := layoutOf(target.Dataset(c.Dataset))
			out = append(out, DatasetPlan{Name: c.Dataset, Base: layout, Target: layout, Files: files[c.Dataset]})
		}
		d := &out[len(out)-1]
		switch c.Op {
		case Create:
			d.Create++
		case Update:
			d.Update++
		case Delete:
			d.Delete++
		}
	}
	return out
}

package planner

import (
	"context"
	"slices"

	"github.com/promoctl/promoctl/spec"
)

// maxReturns bounds how many earlier releases are looked at: each costs about as much
// as the plan itself.
const maxReturns = 10

// forgiveReturns turns findings into warnings where a record, or the pipeline file,
// goes back to what was live in an earlier release: nothing of ours stands in the way
// of a rollback. A commit that cannot be read forgives nothing.
func (p *Planner) forgiveReturns(ctx context.Context, t *snapshot, plan *Plan) error {
	if p.cfg.LiveBefore == nil || len(plan.Blocking()) == 0 {
		return nil
	}
	commits := slices.Clone(p.cfg.LiveBefore(ctx))
	commits = slices.DeleteFunc(commits, func(c string) bool { return c == "" || c == plan.Base.Hash })
	for _, earlier := range commits[:min(maxReturns, len(commits))] {
		if len(plan.Blocking()) == 0 {
			break
		}
		was, err := p.base(ctx, earlier, t.pipeline.Env)
		if err == nil && was.pipeline != nil {
			p.forgive(ctx, was, t, plan)
		}
	}
	return ctx.Err()
}

// forgive turns findings into warnings where the target is as it was in an earlier commit.
func (p *Planner) forgive(ctx context.Context, was, t *snapshot, plan *Plan) {
	differs := map[string]map[spec.Key]bool{} // by dataset; nil: cannot be told
	for i := range plan.Findings {
		f := &plan.Findings[i]
		if f.Level == Warn {
			continue
		}
		if f.Dataset == "" {
			if was.pipeline.ConfigDigest() == t.pipeline.ConfigDigest() {
				f.forgive(was)
			}
			continue
		}
		keys, asked := differs[f.Dataset]
		if !asked {
			keys = p.differing(ctx, was, t, f.Dataset)
			differs[f.Dataset] = keys
		}
		switch {
		case keys == nil:
		case f.Key == "": // about the dataset as a whole, and where it goes
			if len(keys) == 0 && was.pipeline.ConfigDigest() == t.pipeline.ConfigDigest() {
				f.forgive(was)
			}
		case !keys[f.Key]:
			f.forgive(was)
		}
	}
}

func (f *Finding) forgive(was *snapshot) {
	f.Level = Warn
	f.Message += "; it was live before, in " + was.commit.Short()
}

// differing returns the keys of a dataset that differ between an earlier commit and
// the target; nil if that cannot be told.
func (p *Planner) differing(ctx context.Context, was, t *snapshot, dataset string) map[spec.Key]bool {
	d, err := p.diff(ctx, was, t, datasetOf(was, dataset), datasetOf(t, dataset))
	if err != nil || len(d.problems) > 0 {
		return nil
	}
	keys := make(map[spec.Key]bool, len(d.changes))
	for _, c := range d.changes {
		keys[c.Key] = true
	}
	return keys
}

package applier

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// storePlan is what one store lacks, and what it holds afterwards.
type storePlan struct {
	*planner.StorePlan
	target map[string]DatasetState
}

// planAll derives what each store lacks.
func (r *run) planAll(ctx context.Context) error {
	each(r.pending(), func(m *move) {
		s := r.begin(StepPlan, m.Name, Release{})
		m.err = r.planStore(ctx, m)
		s.end(m.err)
	})
	return r.sortOut(ctx)
}

// planStore derives what one store lacks from its own marker, or for a full release
// from what it holds. A store that lacks nothing is current.
func (r *run) planStore(ctx context.Context, m *move) error {
	base := m.state.Live
	there := !base.IsZero() && base.Commit == r.req.Target && samePin(base.Pin, r.req.pin(base.Pin))
	if there && !r.req.Full {
		m.current = true
		return nil
	}
	var err error
	if r.req.Full && !base.IsZero() {
		m.plan, err = r.fullPlan(ctx, m)
	} else {
		m.plan, err = r.movingPlan(ctx, m)
	}
	if err != nil {
		return err
	}
	m.current = there && len(m.plan.Changes) == 0 && sameHoldings(base.Datasets, m.plan.target)
	return r.checkPin(m)
}

// movingPlan is the plan from the commit that the store serves. Its target digests are
// the marker's, moved by what the changes put in and take out.
func (r *run) movingPlan(ctx context.Context, m *move) (*storePlan, error) {
	base := m.state.Live
	plan, err := r.planner.StorePlan(ctx, m.Name, base.Commit, r.req.Target)
	if err != nil {
		return nil, fmt.Errorf("plan from %s to %s: %w", nameCommit(base.Commit), r.req.Target, err)
	}
	plan = &planner.StorePlan{Store: plan.Store, Datasets: maps.Clone(plan.Datasets), Changes: plan.Changes}
	held := make(map[string]spec.DataDigest, len(base.Datasets))
	for name, d := range base.Datasets {
		held[name] = d.Data
		if p, ok := plan.Datasets[name]; !ok || p.Base == nil {
			return nil, fmt.Errorf("the store holds dataset %s, which commit %s does not send there; run promoctl apply --full",
				name, base.Commit)
		}
	}
	for name, d := range plan.Datasets {
		b, ok := base.Datasets[name]
		switch {
		case ok:
			d.Base = &b.Layout // what the store has counts, not what this program makes of the commit
			plan.Datasets[name] = d
		case d.Base != nil:
			return nil, fmt.Errorf("the store lacks dataset %s, which commit %s sends there; run promoctl apply --full",
				name, base.Commit)
		}
	}
	return settle(plan, held)
}

// settle completes a plan with the target state of each dataset, given the digests of
// what the store holds.
func settle(plan *planner.StorePlan, held map[string]spec.DataDigest) (*storePlan, error) {
	target := make(map[string]DatasetState, len(plan.Datasets))
	for name, d := range plan.Datasets {
		after := d.Delta.Apply(held[name])
		if d.Replace {
			after = d.Delta.Added
		}
		if d.Target != nil {
			target[name] = DatasetState{Data: after, Layout: *d.Target}
		}
		if after.Count < 0 || d.Target == nil && after != (spec.DataDigest{}) {
			return nil, fmt.Errorf("the marker's digest of dataset %s is not that of its commit; run promoctl apply --full", name)
		}
	}
	return &storePlan{StorePlan: plan, target: target}, nil
}

// describeAll writes the releases: the lead's first, which gives the others their origin.
func (r *run) describeAll() {
	r.origin = r.lead.state.Live.Release
	if !r.lead.current {
		r.describe(r.lead)
		r.origin = r.lead.rel.ID
		r.lead.rel.Target.Origin = r.origin
		r.lead.rel.Target.Behind = r.leftBehind()
	}
	for _, m := range r.pending() {
		if m != r.lead {
			r.describe(m)
		}
	}
}

// describe writes the release that moves one store.
func (r *run) describe(m *move) {
	base := m.state.Live
	target := r.template()
	target.Seq = base.Seq + 1
	target.Pin = r.req.pin(base.Pin)
	target.Datasets = m.plan.target
	m.rel = Release{
		ID:        NewReleaseID(m.Name, base, target),
		Store:     m.Name,
		Base:      base,
		Target:    target,
		Datasets:  datasetReleases(m.plan.StorePlan),
		Overwrite: r.req.overwrites(),
		Adopt:     r.req.Adopt,
	}
	m.rel.Target.Release = m.rel.ID
}

// template is what the target markers of all stores share. Where the lead serves the
// target already, the others only catch up with its release: they take over what it
// says, and so have the IDs that they would have had then.
func (r *run) template() Marker {
	lead := r.lead.state.Live
	t := Marker{
		Format: MarkerFormat, Identity: r.identity, Origin: r.origin, Commit: r.req.Target,
		Plan: r.plan.Digest, Kind: r.req.Kind, At: r.releaseTime(),
		By: r.req.By, Note: r.req.Note, Overrides: r.overrides(),
	}
	if lead.Commit == r.req.Target {
		t.Plan = lead.Plan
	}
	if r.lead.current && (r.req.Kind == KindApply || r.req.Kind == KindRollback) {
		t.Kind, t.Note, t.Overrides = lead.Kind, lead.Note, lead.Overrides
	}
	return t
}

// releasePrecision is how exact the times in markers are.
const releasePrecision = time.Millisecond

// releaseTime is what markers say: now, or when it is scheduled for.
func (r *run) releaseTime() time.Time {
	at := r.started
	if r.req.At.After(at) {
		at = r.req.At
	}
	return at.UTC().Truncate(releasePrecision)
}

func datasetReleases(p *planner.StorePlan) map[string]DatasetRelease {
	out := make(map[string]DatasetRelease, len(p.Datasets))
	for name, d := range p.Datasets {
		out[name] = DatasetRelease{Base: d.Base, Target: d.Target, Replace: d.Replace}
	}
	return out
}

func samePin(a, b *Pin) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.By == b.By && a.Reason == b.Reason && a.At.Equal(b.At)
}

func sameData(a, b map[string]DatasetState) bool {
	return maps.EqualFunc(a, b, func(x, y DatasetState) bool { return x.Data == y.Data })
}

func sameHoldings(a, b map[string]DatasetState) bool {
	return maps.EqualFunc(a, b, func(x, y DatasetState) bool { return x.Data == y.Data && sameLayout(x.Layout, y.Layout) })
}

func sameLayout(a, b spec.Layout) bool {
	return slices.Equal(a.Key, b.Key) && slices.Equal(a.Fields, b.Fields) && a.Open == b.Open
}

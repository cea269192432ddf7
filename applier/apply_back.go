package applier

import (
	"context"
	"errors"
	"fmt"

	"github.com/cenkalti/backoff/v5"

	"github.com/promoctl/promoctl/planner"
)

// noWayBack says why the release cannot be taken back; empty if it can.
func (r *run) noWayBack() string {
	switch {
	case !r.lead.moved:
		return "the lead served it before this run"
	case r.lead.rel.Base.IsZero():
		return "there is no release before it"
	case r.req.Adopt:
		return "that would delete records that were there before it"
	}
	return ""
}

// goBack releases the previous state again on the stores that moved. That is a release
// of its own, and so the lead goes first, alone: if somebody else has it by now, the
// other stores are theirs too and nothing is undone.
func (r *run) goBack(ctx context.Context, cause error) error {
	r.discardAll(ctx) // an activation that is still on its way must not come true later
	if r.takeBack(ctx, r.lead); isLost(r.lead.backErr) {
		return fmt.Errorf("store %s: %w, after this release failed: %w", r.lead.Name, r.lead.backErr, cause)
	}
	each(r.moves, func(m *move) {
		if m != r.lead && r.lead.back && (m.live || m.tried) {
			r.takeBack(ctx, m)
		}
	})
	var left []error
	for _, m := range r.moves {
		switch {
		case m.Required && m.unknown:
			left = append(left, fmt.Errorf("store %s does not answer, so nobody knows what it serves", m.Name))
		case m.Required && m.live && m.backErr != nil:
			left = append(left, fmt.Errorf("store %s still serves it: %w", m.Name, m.backErr))
		case m.Required && m.live:
			left = append(left, fmt.Errorf("store %s still serves it", m.Name))
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("%w: the release failed: %w; taking it back: %w", ErrPartial, cause, errors.Join(left...))
	}
	return fmt.Errorf("the release failed and was taken back, readers see what they saw before: %w", cause)
}

// takeBack releases a store's previous state again if it serves this release.
func (r *run) takeBack(ctx context.Context, m *move) {
	s := r.begin(StepBack, m.Name, m.rel)
	m.backErr = r.retry(ctx, m, func(ctx context.Context) error { return r.tryBack(ctx, m) })
	s.end(m.backErr)
}

func (r *run) tryBack(ctx context.Context, m *move) error {
	if err := r.readSettled(ctx, m); err != nil {
		return err
	}
	m.back = m.state.Live.Kind == KindBack && m.state.Live.Origin == r.undoing && r.undoing != ""
	m.live = r.serves(m)
	switch {
	case m.back:
		return nil // an earlier try, without an answer
	case !m.live && m == r.lead:
		return ErrConflict
	case !m.live:
		return nil
	case m.rel.Base.IsZero():
		return backoff.Permanent(errors.New("there is no release before it"))
	}
	plan, err := r.previous(ctx, m)
	if err != nil {
		return backoff.Permanent(fmt.Errorf("plan the way back to %s: %w", m.rel.Base.Commit, err))
	}
	return r.releaseBack(ctx, m, plan)
}

// releaseBack stages and activates the way back on one store.
func (r *run) releaseBack(ctx context.Context, m *move, plan *planner.StorePlan) error {
	rel := r.backRelease(m, plan)
	if m == r.lead {
		r.undoing = rel.ID
	}
	s := r.begin(StepStage, m.Name, rel)
	receipt, err := m.Store.Stage(ctx, rel, s.feed(plan.Changes))
	if err == nil {
		err = checkReceipt(plan, receipt)
	}
	s.end(err)
	if err == nil {
		s = r.begin(StepActivate, m.Name, rel)
		err = m.Store.Activate(ctx, rel)
		s.end(err)
	}
	if err != nil {
		_ = r.dropStage(ctx, m, rel) // what stays behind expires
		return hideConflict(err)     // the next try reads the marker, which has the last word
	}
	m.back, m.live, m.state.Live = true, false, rel.Target
	m.activeAt = r.now()
	return nil
}

// backRelease is the release that brings a store from where it is to where it was.
func (r *run) backRelease(m *move, plan *planner.StorePlan) Release {
	live, previous := m.state.Live, m.rel.Base
	target := previous
	target.Seq = live.Seq + 1
	target.Kind = KindBack
	target.At = r.now().UTC().Truncate(releasePrecision)
	target.By = r.req.By
	target.Note = fmt.Sprintf("commit %s could not be released everywhere", r.req.Target)
	target.Overrides = nil
	rel := Release{
		ID: NewReleaseID(m.Name, live, target), Attempt: r.attempt(), Store: m.Name,
		Base: live, Target: target, Datasets: datasetReleases(plan),
		Overwrite: true, Expires: r.now().Add(r.lease),
	}
	rel.Target.Release = rel.ID
	rel.Target.Origin = r.undoing
	if m == r.lead {
		rel.Target.Origin = rel.ID
	}
	return rel
}

// previous returns what brings the store back: the inverse of what was released, or,
// where datasets were replaced, what the planner makes of the two commits.
func (r *run) previous(ctx context.Context, m *move) (*planner.StorePlan, error) {
	if invertible(m.plan.StorePlan) {
		return inverse(m.plan.StorePlan), nil
	}
	return r.planner.StorePlan(ctx, m.Name, r.req.Target, m.rel.Base.Commit)
}

func invertible(p *planner.StorePlan) bool {
	for _, d := range p.Datasets {
		if d.Replace || d.Base != nil && d.Target != nil && !d.Target.CarriesOver(*d.Base) {
			return false
		}
	}
	return true
}

func inverse(p *planner.StorePlan) *planner.StorePlan {
	inv := &planner.StorePlan{
		Store:    p.Store,
		Datasets: make(map[string]planner.StoreDataset, len(p.Datasets)),
		Changes:  make([]planner.Change, 0, len(p.Changes)),
	}
	for name, d := range p.Datasets {
		inv.Datasets[name] = planner.StoreDataset{
			Base: d.Target, Target: d.Base,
			Delta: planner.Delta{Removed: d.Delta.Added, Added: d.Delta.Removed},
		}
	}
	for _, c := range p.Changes {
		inv.Changes = append(inv.Changes, c.Inverse())
	}
	return inv
}

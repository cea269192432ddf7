package applier

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/promoctl/promoctl/planner"
)

var (
	// errElsewhere ends the staging of the other stores once a required one failed.
	errElsewhere = errors.New("given up because another store failed")
	// errTooSlow ends the staging of optional stores that keep the others waiting.
	errTooSlow = errors.New("still staging long after the required stores were done")
)

// stageAll stages everywhere at once and compares each receipt with the plan. Drift is
// collected over all stores, so that one run shows all of it; any other failure of a
// required store ends the staging of the rest.
func (r *run) stageAll(ctx context.Context) error {
	staging, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	optional, tooSlow := context.WithCancelCause(staging)
	defer tooSlow(nil)

	var required, rest sync.WaitGroup
	for _, m := range r.pending() {
		if !m.Required {
			rest.Go(func() { r.stageFirst(optional, m) })
			continue
		}
		required.Go(func() {
			if r.stageFirst(staging, m); m.err != nil && !errors.Is(m.err, ErrDrift) {
				fail(errElsewhere)
			}
		})
	}
	required.Wait()
	if grace, waiting := r.grace(); waiting {
		timer := time.AfterFunc(grace, func() { tooSlow(errTooSlow) })
		defer timer.Stop()
	}
	rest.Wait()
	return r.stageVerdict(ctx)
}

// grace returns how much longer optional stores may stage: as long as the required
// ones took and the deadline on top, or until the scheduled time. They may take any
// time when only they are left to catch up.
func (r *run) grace() (d time.Duration, waiting bool) {
	for _, m := range r.moves {
		if m.Required && !m.current { // the optional ones are still at it
			waiting, d = true, max(d, m.stageTook)
		}
	}
	return max(d+r.deadline, r.req.At.Sub(r.now())), waiting
}

// stageVerdict says whether staging was good enough to go on.
func (r *run) stageVerdict(ctx context.Context) error {
	drifted := &DriftedError{}
	for _, m := range r.pending() {
		var d *DriftError
		switch {
		case m.Required && errors.As(m.err, &d):
			drifted.Stores = append(drifted.Stores, StoreDrift{Store: m.Name, DriftError: d})
			m.drift, m.err = d, nil
		case m.Required && errors.Is(m.err, errElsewhere):
			m.err = nil // not this store's fault
		}
	}
	if err := r.sortOut(ctx); err != nil {
		return err
	}
	if len(drifted.Stores) > 0 {
		return drifted
	}
	return nil
}

// stageFirst stages one store for the first time. When its marker moved meanwhile
// because another run is making the same release, there is nothing left to do.
func (r *run) stageFirst(ctx context.Context, m *move) {
	m.err = r.stage(ctx, m)
	switch {
	case m.err == nil:
	case isLost(m.err):
		if r.readInto(ctx, m) == nil && r.serves(m) {
			m.err, m.live = nil, true
		}
	case ctx.Err() != nil:
		m.err = fmt.Errorf("stage: %w", context.Cause(ctx))
	}
}

// stage makes a new attempt to stage a store's release.
func (r *run) stage(ctx context.Context, m *move) error {
	m.rel.Attempt = r.attempt()
	m.rel.Expires = r.expires()
	m.staged = true
	s := r.begin(StepStage, m.Name, m.rel)
	receipt, err := m.Store.Stage(ctx, m.rel, s.feed(m.plan.Changes))
	if err == nil {
		err = checkReceipt(m.plan.StorePlan, receipt)
	}
	if receipt.Drift != nil {
		m.drift = receipt.Drift
	}
	s.event.Drift = driftTotal(m.drift, err)
	m.stageTook = s.end(err)
	if err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	return nil
}

// expires returns when a stage that is written now may be thrown away: after the
// lease, which outlasts the schedule and the gates.
func (r *run) expires() time.Time {
	t := r.now()
	if r.req.At.After(t) {
		t = r.req.At
	}
	for _, g := range r.gates {
		t = t.Add(g.Wait)
	}
	return t.Add(r.lease)
}

// checkReceipt compares what a store sealed with what the plan puts in and takes out.
func checkReceipt(plan *planner.StorePlan, receipt Receipt) error {
	names := make(map[string]bool)
	for name := range plan.Datasets {
		names[name] = true
	}
	for name := range receipt.Datasets {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		want, got := plan.Datasets[name].Delta, receipt.Datasets[name]
		if want != got {
			return fmt.Errorf("dataset %s: staged %d in and %d out, but the plan puts %d in and takes %d out (digests in %s, %s; out %s, %s)",
				name, got.Added.Count, got.Removed.Count, want.Added.Count, want.Removed.Count,
				got.Added.Sum.Short(), want.Added.Sum.Short(), got.Removed.Sum.Short(), want.Removed.Sum.Short())
		}
	}
	return nil
}

func driftTotal(found *DriftError, err error) int {
	errors.As(err, &found)
	if found == nil {
		return 0
	}
	return found.Total
}

package applier

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cenkalti/backoff/v5"
)

// activateWaves makes the release live on the stores that follow the lead, wave by
// wave. It stops at the first wave that a required store fails in, and when the lead
// turns out to be somebody else's. A caller that goes away shortens the waiting only.
func (r *run) activateWaves(ctx context.Context) error {
	going := context.WithoutCancel(ctx)
	after := r.lead.Wave
	for _, wave := range r.waves() {
		if err := r.waitForWave(ctx, after, wave); err != nil {
			return err
		}
		if err := r.checkOwner(going); err != nil {
			return err
		}
		if err := r.activateWave(going, wave); err != nil {
			return err
		}
		after = max(after, wave)
	}
	return nil
}

// waves returns the waves that still have something to do, in rising order.
func (r *run) waves() []int {
	var waves []int
	for _, m := range r.pending() {
		waves = append(waves, m.Wave)
	}
	slices.Sort(waves)
	return slices.Compact(waves)
}

// activateWave makes the release live on all stores of a wave at once.
func (r *run) activateWave(ctx context.Context, wave int) error {
	members := slices.DeleteFunc(r.pending(), func(m *move) bool { return m.Wave != wave })
	each(members, func(m *move) {
		m.err = r.follow(ctx, m)
	})
	return r.sortOut(ctx)
}

// follow makes the release live on one store, whatever it takes, for as long as the
// lead is ours and the store's time is not up.
func (r *run) follow(ctx context.Context, m *move) error {
	return r.retry(ctx, m, func(ctx context.Context) error {
		err := r.activate(ctx, m)
		if !isLost(err) {
			return err
		}
		if err := r.checkOwner(ctx); err != nil {
			return err
		}
		return r.rebase(ctx, m)
	})
}

// rebase brings a store whose marker moved under us to the release all the same: the
// lead is ours, so it is planned anew from where it is now.
func (r *run) rebase(ctx context.Context, m *move) error {
	r.discard(ctx, m)
	if err := r.readSettled(ctx, m); err != nil {
		return err
	}
	if r.serves(m) {
		m.live = true
		return nil
	}
	if err := r.relate(ctx, m); err != nil {
		return backoff.Permanent(err)
	}
	if err := r.planStore(ctx, m); err != nil || m.current {
		return err
	}
	r.describe(m)
	if err := r.stage(ctx, m); err != nil {
		return hideConflict(err)
	}
	return hideConflict(r.activate(ctx, m))
}

// hideConflict makes a conflict on a store that is being followed up an error that is
// tried again: the next round looks at the lead and plans anew.
func hideConflict(err error) error {
	if isLost(err) {
		return fmt.Errorf("it keeps moving: %v", err)
	}
	return err
}

// checkOwner returns an ErrConflict when the lead serves another release than ours. It
// asks until it gets an answer or the lead's time is up.
func (r *run) checkOwner(ctx context.Context) error {
	return r.retry(ctx, r.lead, func(ctx context.Context) error {
		state, err := r.read(context.WithoutCancel(ctx), r.lead.Member)
		if err != nil {
			return fmt.Errorf("store %s: is the release still ours? %w", r.lead.Name, err)
		}
		if state.Live.Release != r.origin {
			return fmt.Errorf("store %s: %w: it serves commit %s, released by %s; the other stores are left to that release",
				r.lead.Name, ErrConflict, state.Live.Commit, state.Live.By)
		}
		return nil
	})
}

// afterFailure deals with a release that owned the lead and failed on another store. It
// returns the error of the release.
func (r *run) afterFailure(ctx context.Context, cause error) error {
	switch {
	case isLost(cause), errors.Is(cause, errInterrupted):
		return cause // somebody else's now, or nothing happened: nothing to undo
	case r.onFailure == FailureStay:
		return fmt.Errorf("%w, and the others keep the release as onFailure says: %w", ErrPartial, cause)
	}
	if reason := r.noWayBack(); reason != "" {
		return fmt.Errorf("%w, and the release is not taken back because %s: %w", ErrPartial, reason, cause)
	}
	return r.goBack(ctx, cause)
}

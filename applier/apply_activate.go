package applier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// activateLead makes the release live on the lead alone. Who does that owns it.
func (r *run) activateLead(ctx context.Context) error {
	m := r.lead
	if m.current || m.live {
		return nil
	}
	err := r.retry(ctx, m, func(ctx context.Context) error { return r.activate(ctx, m) })
	if err != nil && !isLost(err) {
		err = r.settleLead(ctx, err)
	}
	if err == nil {
		return nil
	}
	m.err = err
	return fmt.Errorf("store %s: %w", m.Name, err)
}

// settleLead finds out what became of an activation of the lead that failed for as long
// as it was tried. The stage goes first, so that a request that is still on its way
// finds nothing, and then the marker has the last word. It returns nil if the release is
// live after all.
func (r *run) settleLead(ctx context.Context, cause error) error {
	m := r.lead
	r.discard(ctx, m)
	if err := r.readInto(ctx, m); err != nil {
		return fmt.Errorf("%w: nobody knows whether it serves the release; run the same command again: %w: %w", ErrPartial, cause, err)
	}
	if r.serves(m) {
		r.markLive(m)
		return nil
	}
	if u := m.state.Unfinished; u != nil && u.ID == m.rel.ID {
		return fmt.Errorf("%w: a part of it serves the release; run the same command again to finish: %w", ErrPartial, cause)
	}
	return fmt.Errorf("nothing was released: %w", cause)
}

// activate makes a staged release live once, and finds out what happened from the
// marker when the store does not say. It returns nil if the store serves the release,
// ErrConflict if it serves somebody else's, and any other error if it may be tried again.
func (r *run) activate(ctx context.Context, m *move) error {
	m.tried = true
	s := r.begin(StepActivate, m.Name, m.rel)
	err := m.Store.Activate(ctx, m.rel)
	m.activateTook = s.end(err)
	if err == nil {
		m.state.Live = m.rel.Target
		r.markLive(m)
		return nil
	}
	err = fmt.Errorf("activate: %w", err)
	if readErr := r.readInto(context.WithoutCancel(ctx), m); readErr != nil {
		return fmt.Errorf("%w; %w", err, readErr)
	}
	switch {
	case r.serves(m):
		r.markLive(m)
		return nil
	case isLost(err):
		return err
	case errors.Is(err, ErrNotStaged) && ctx.Err() == nil:
		// The lease ended, or somebody cleaned up. What readers see is still the base.
		if stageErr := r.stage(ctx, m); stageErr != nil {
			return fmt.Errorf("%w; %w", err, stageErr)
		}
		return err
	}
	return err
}

// serves reports whether the store, as last read, serves this release: the very one,
// or another move of the store that belongs to the same release of the lead.
func (r *run) serves(m *move) bool {
	live := m.state.Live
	return live.Release == m.rel.ID || live.Origin == r.origin && live.Commit == r.req.Target
}

func (r *run) markLive(m *move) {
	m.live, m.moved, m.unknown, m.err = true, true, false, nil
	m.activeAt = r.now()
}

// retry repeats an operation on a store, with growing pauses, until it succeeds, lost
// the release, or the store's time is up. It returns the last error of the operation.
// It is the operation that ends when the time is up; retry always tries once.
func (r *run) retry(ctx context.Context, m *move, op func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.deadline+m.stageTook)
	defer cancel()
	var last error
	_, _ = backoff.Retry(ctx, func() (struct{}, error) {
		last = op(ctx)
		if isLost(last) {
			return struct{}{}, backoff.Permanent(last)
		}
		return struct{}{}, last
	}, backoff.WithBackOff(pauses()), backoff.WithMaxElapsedTime(0))
	return last
}

// pauses are short at first: most failures of a store that was just read are hiccups.
func pauses() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = 20 * time.Millisecond
	b.Multiplier = 2
	b.MaxInterval = time.Second
	return b
}

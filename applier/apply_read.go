package applier

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// each runs f for all moves at once and returns when the last is done.
func each(moves []*move, f func(*move)) {
	var wg sync.WaitGroup
	for _, m := range moves {
		wg.Go(func() { f(m) })
	}
	wg.Wait()
}

// readAll reads every store's marker. A required store that cannot be read stops the
// release before it starts; an optional one is set aside.
func (r *run) readAll(ctx context.Context) error {
	each(r.moves, func(m *move) {
		m.err = r.readSettled(ctx, m)
	})
	if err := r.sortOut(ctx); err != nil {
		return err
	}
	for _, m := range r.moves {
		m.behind = r.behindSince(r.lead.state, m.Member, m.state, m.unknown)
	}
	return nil
}

// readSettled reads a store into m. A release that only some of its partitions serve
// is finished first: nothing else can be released to it.
func (r *run) readSettled(ctx context.Context, m *move) error {
	if err := r.readInto(ctx, m); err != nil || m.state.Unfinished == nil {
		return err
	}
	unfinished := *m.state.Unfinished
	s := r.begin(StepActivate, m.Name, unfinished)
	patience := r.lease // it may be a large release, and nothing else can be done
	if !m.Required {
		patience = r.deadline
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	activateErr := m.Store.Activate(bounded, unfinished)
	s.end(activateErr)
	if err := r.readInto(ctx, m); err != nil {
		return err
	}
	if m.state.Unfinished != nil {
		return errors.Join(fmt.Errorf("release %s of commit %s is live in a part of it only and could not be finished",
			unfinished.ID, unfinished.Target.Commit), activateErr)
	}
	return nil
}

// readInto reads a store's state into m and notes whether that was possible.
func (r *run) readInto(ctx context.Context, m *move) error {
	s := r.begin(StepLive, m.Name, Release{})
	state, err := r.read(ctx, m.Member)
	if err == nil {
		m.state = state
		s.event.Release, s.event.Commit, s.event.Seq = state.Live.Release, state.Live.Commit, state.Live.Seq
	}
	s.end(err)
	m.unknown = err != nil
	return err
}

// read asks a store for its state within the store timeout, also a driver that is
// stuck in a system call and does not notice that its context ended.
func (e *Engine) read(ctx context.Context, m Member) (State, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, e.storeTimeout, fmt.Errorf("no answer within %v", e.storeTimeout))
	defer cancel()
	type answer struct {
		state State
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		state, err := m.Store.Live(ctx)
		answers <- answer{state, err}
	}()
	select {
	case a := <-answers:
		if a.err != nil && ctx.Err() != nil {
			a.err = context.Cause(ctx)
		}
		if a.err != nil {
			return State{}, fmt.Errorf("read the marker: %w", a.err)
		}
		return a.state, nil
	case <-ctx.Done():
		return State{}, fmt.Errorf("read the marker: %w", context.Cause(ctx))
	}
}

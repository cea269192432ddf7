package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/promoctl/promoctl/applier"
)

// Interrupter is the optional ability of a Place to stop its handles between any two
// steps, as a killed process or a cut connection does. A place whose store has
// partitions must have it, because only so a release gets stuck between them.
type Interrupter interface {
	// Interrupt makes the n-th boundary between two steps from now on, counted from
	// 0, and all after it fail. Resume ends that and reports whether it was reached.
	Interrupt(n int) (resume func() bool)
}

func interruptChecks() []check {
	return []check{
		{"a process that is killed between two methods is finished by running it again", killedBetweenMethods},
		{"a process that is killed within a method is finished by running it again", killedBetweenSteps},
		{"a process that is killed within its first release is finished by running it again", killedAtFirst},
		{"a half-activated release is named, blocks every other, and is finished from its stage", halfActivated},
		{"two attempts at one release leave one marker", twins},
	}
}

// deaths are ways to die on the way to m, with a handle of the dead process.
func deaths() map[string]func(r *rig, store applier.Store, m Move) {
	return map[string]func(r *rig, store applier.Store, m Move){
		"after reading the marker":  func(r *rig, store applier.Store, m Move) { r.state(store) },
		"before the first change":   func(r *rig, store applier.Store, m Move) { r.dieStaging(store, m, 0) },
		"half way in the changes":   func(r *rig, store applier.Store, m Move) { r.dieStaging(store, m, len(m.Changes)/2) },
		"before the last change":    func(r *rig, store applier.Store, m Move) { r.dieStaging(store, m, len(m.Changes)-1) },
		"after staging":             func(r *rig, store applier.Store, m Move) { r.stage(store, m) },
		"after staging many times":  dieStagingOften,
		"while activating":          dieActivating,
		"after activating":          dieActivated,
		"after discarding":          dieDiscarded,
		"while discarding an other": dieDiscardingOther,
	}
}

func dieStagingOften(r *rig, store applier.Store, m Move) {
	for i := range 4 {
		r.dieStaging(store, m.Again(), i)
		r.stage(store, m.Again())
	}
}

func dieActivating(r *rig, store applier.Store, m Move) {
	r.stage(store, m)
	ctx, cancel := context.WithCancel(r.Context())
	cancel()
	if err := store.Activate(ctx, m.Release); err != nil {
		r.unknown("activate with an ended context", err)
	}
}

func dieActivated(r *rig, store applier.Store, m Move) {
	r.stage(store, m)
	r.must("activate", store.Activate(r.Context(), m.Release)) // and nobody was told
}

func dieDiscarded(r *rig, store applier.Store, m Move) {
	r.stage(store, m)
	r.must("discard", store.Discard(r.Context(), m.Release))
}

func dieDiscardingOther(r *rig, store applier.Store, m Move) {
	other := m.Again()
	r.stage(store, m)
	r.stage(store, other)
	ctx, cancel := context.WithCancel(r.Context())
	cancel()
	if err := store.Discard(ctx, other.Release); err != nil {
		r.unknown("discard with an ended context", err)
	}
}

func killedBetweenMethods(t testing.TB, s Suite) {
	for when, die := range deaths() {
		r := serving(t, s, sale(20, 1))
		m := r.move(sale(20, 2))
		die(r, r.open(), m)
		r.finish(r.open(), m)
		r.expect("killed " + when + ", and run again")
	}
}

// edit is a small release with each operation, so that it has few boundaries.
func edit(c Content) Content {
	k, v := stock("SKU-00000", "wuhan", 5)
	return c.With("prices", "SKU-00002", price("SKU-00002", "77.7")).
		With("prices", "SKU-00003", "").
		With("prices", "new", price("new", "1")).
		With("stocks", k, v)
}

func killedBetweenSteps(t testing.TB, s Suite) {
	killEverywhere(t, s, func() (*rig, Move) {
		r := serving(t, s, sale(6, 1))
		return r, r.move(edit(r.holds))
	})
}

func killedAtFirst(t testing.TB, s Suite) {
	killEverywhere(t, s, func() (*rig, Move) {
		r := begin(t, s)
		return r, r.move(sale(4, 1))
	})
}

// killEverywhere stops a release at its first boundary, then at its second, and so on,
// and each time has another process finish it.
func killEverywhere(t testing.TB, s Suite, prepare func() (*rig, Move)) {
	for n := 0; ; n++ {
		r, m := prepare()
		interrupter, ok := r.place.(Interrupter)
		if !ok {
			if s.Partitions > 1 {
				t.Fatal("a place with partitions must be able to interrupt its stores")
			}
			t.Skip("the place does not interrupt its stores")
		}
		for name := range m.After {
			r.layouts[name] = m.After[name].Layout
		}
		resume := interrupter.Interrupt(n)
		err := r.whole(r.open(), m)
		if !resume() {
			r.must("a release that was not interrupted", err)
			if n < 5 {
				t.Errorf("a release has only %d boundaries", n)
			}
			return
		}
		r.unknown(fmt.Sprintf("interrupted at boundary %d", n), err)
		r.oneOf(fmt.Sprintf("interrupted at boundary %d", n), m)
		r.finish(r.open(), m)
		r.expect(fmt.Sprintf("interrupted at boundary %d and run again", n))
	}
}

// whole calls every method on the way of a release that is staged twice.
func (r *rig) whole(store applier.Store, m Move) error {
	if _, err := store.Live(r.Context()); err != nil {
		return err
	}
	first := m.Again()
	if _, err := store.Stage(r.Context(), first.Release, first.Seq()); err != nil {
		return err
	}
	if err := store.Discard(r.Context(), first.Release); err != nil {
		return err
	}
	return r.try(store, m, false)
}

// oneOf checks that readers see what was live or m, and that the marker agrees.
func (r *rig) oneOf(when string, m Move) {
	r.Helper()
	st := r.state(r.open())
	switch {
	case st.Unfinished != nil:
		if r.suite.Partitions == 1 || st.Unfinished.ID != m.ID || !st.Live.Equal(m.Base) {
			r.Errorf("%s: release %s is unfinished, and %v is live", when, st.Unfinished.ID, st.Live)
		}
	case st.Live.Release == m.ID:
		held, live := r.holds, r.live
		r.became(m)
		r.expect(when + ": the new release")
		r.holds, r.live = held, live
	default:
		r.expect(when + ": the old release")
	}
}

func halfActivated(t testing.TB, s Suite) {
	if s.Partitions == 1 {
		t.Skip("the store has one partition")
	}
	stuck := 0
	for n := 0; ; n++ {
		r := serving(t, s, sale(20, 1))
		m, other := r.move(sale(20, 2)), r.move(sale(20, 3))
		interrupter, ok := r.place.(Interrupter)
		if !ok {
			t.Fatal("a place with partitions must be able to interrupt its stores")
		}
		r.stage(r.store, m)
		r.stage(r.store, other)
		resume := interrupter.Interrupt(n)
		err := r.store.Activate(t.Context(), m.Release)
		if !resume() {
			r.must("activate", err)
			break
		}
		if st := r.state(r.open()); st.Unfinished != nil {
			stuck++
			r.checkStuck(st, m, other)
			r.finish(r.open(), m)
			r.expect("finished")
		}
	}
	if stuck != s.Partitions-1 {
		t.Errorf("the release got stuck between partitions at %d boundaries, want %d", stuck, s.Partitions-1)
	}
}

// checkStuck checks what a half-activated release allows and what it does not.
func (r *rig) checkStuck(st applier.State, m, other Move) {
	r.Helper()
	if st.Unfinished.ID != m.ID || !st.Live.Equal(m.Base) {
		r.Errorf("unfinished is %s, and %v is live", st.Unfinished.ID, st.Live)
	}
	r.wants("activate another release", r.open().Activate(r.Context(), other.Release), applier.ErrConflict)
	late := other.Again()
	_, err := r.open().Stage(r.Context(), late.Release, late.Seq())
	r.wants("stage another release", err, applier.ErrConflict)
	r.must("discard the half-activated release", r.open().Discard(r.Context(), m.Release))
	if after := r.state(r.open()); after.Unfinished == nil {
		r.Errorf("discard threw away a stage that is partly activated")
	}
	if errors.Is(r.open().Activate(r.Context(), m.Release), applier.ErrNotStaged) {
		r.Errorf("the partly activated stage is gone")
	}
}

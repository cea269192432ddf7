package storetest

import (
	"context"
	"testing"

	"github.com/promoctl/promoctl/applier"
)

func activateChecks() []check {
	return []check{
		{"Activate replaces the whole base marker and moves it to the history", activateMovesMarker},
		{"Activate of a release that is live is a no-op", activateIdempotent},
		{"Activate returns ErrConflict and changes nothing when the live marker is not r.Base", activateStaleBase},
		{"Activate returns ErrNotStaged and changes nothing when there is no sealed stage", activateNotStaged},
		{"a stage whose lease has ended is not activated", activateExpired},
		{"ErrConflict goes before ErrNotStaged", conflictFirst},
		{"Activate with a context that has ended leaves one release or the other", activateContextEnded},
		{"an empty release moves the marker", emptyRelease},
		{"a release to an empty store may be empty", emptyFirstRelease},
	}
}

func activateMovesMarker(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	pinned := r.release(sale(20, 2), func(s *Step) { s.Pin = &applier.Pin{By: "on call", Reason: "wrong price"} })
	r.expect("pinned")
	r.release(sale(20, 3))
	r.expect("unpinned")
	checkHistory(t, []applier.Marker{pinned.Target, pinned.Base}, r.state(r.open()).History)
}

func activateIdempotent(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	m := r.move(sale(20, 2))
	again := m.Again()
	r.stage(r.store, m)
	r.stage(r.open(), again)
	r.activate(r.store, m)
	for what, rel := range map[string]Move{"the same attempt": m, "another attempt": again, "an attempt that is not staged": m.Again()} {
		r.must("activate once more: "+what, r.open().Activate(t.Context(), rel.Release))
		r.expect("after activating once more: " + what)
	}
	checkHistory(t, []applier.Marker{m.Base}, r.state(r.store).History)
	r.must("discard the other attempt", r.store.Discard(t.Context(), again.Release))
	r.expect("after discarding the other attempt")
}

func activateStaleBase(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	for what, base := range otherBases(r.live) {
		m := r.move(sale(20, 2))
		r.stage(r.store, m)
		m.Base = base
		r.wants(what, r.store.Activate(t.Context(), m.Release), applier.ErrConflict)
		r.expect("after " + what)
	}
	m := r.move(sale(20, 3))
	r.stage(r.store, m)
	r.release(sale(20, 4))
	r.wants("after another release", r.store.Activate(t.Context(), m.Release), applier.ErrConflict)
	r.expect("after the loser")
}

func activateNotStaged(t testing.TB, s Suite) {
	empty := begin(t, s)
	m := empty.move(sale(5, 1))
	empty.wants("in a new store", empty.store.Activate(t.Context(), m.Release), applier.ErrNotStaged)
	empty.expect("after nothing")

	r := serving(t, s, sale(20, 1))
	m = r.move(sale(20, 2))
	r.wants("never staged", r.store.Activate(t.Context(), m.Release), applier.ErrNotStaged)
	r.stage(r.store, m)
	r.wants("another attempt", r.store.Activate(t.Context(), m.Again().Release), applier.ErrNotStaged)
	r.must("discard", r.store.Discard(t.Context(), m.Release))
	r.wants("discarded", r.store.Activate(t.Context(), m.Release), applier.ErrNotStaged)
	r.expect("after nothing")
}

func activateExpired(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	m := r.move(sale(20, 2), func(s *Step) { s.Lease = -1 })
	r.stage(r.store, m)
	r.wants("expired", r.store.Activate(t.Context(), m.Release), applier.ErrNotStaged)
	r.expect("after the expired stage")
	again := r.move(sale(20, 2))
	r.stage(r.store, again)
	r.activate(r.store, again)
	r.expect("after a stage in time")
}

func conflictFirst(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	m := r.move(sale(20, 2))
	r.release(sale(20, 3))
	r.wants("base and stage are gone", r.store.Activate(t.Context(), m.Release), applier.ErrConflict)
	r.expect("after the loser")
}

func activateContextEnded(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	m := r.move(sale(20, 2))
	r.stage(r.store, m)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.store.Activate(ctx, m.Release); err != nil {
		r.unknown("activate with an ended context", err)
	}
	r.finish(r.open(), m)
	r.expect("finished")
}

// finish does what the same command does when it is run again: it reads the marker,
// ends what is unfinished, and releases again unless m is live already.
func (r *rig) finish(store applier.Store, m Move) {
	r.Helper()
	st := r.state(store)
	if st.Unfinished != nil {
		r.must("finish", store.Activate(r.Context(), *st.Unfinished))
		st = r.state(store)
	}
	if st.Live.Release == m.ID {
		r.became(m)
		return
	}
	if !st.Live.Equal(m.Base) {
		r.Fatalf("the place serves %v, neither base nor target of the release", st.Live)
	}
	again := m.Again()
	r.stage(store, again)
	r.activate(store, again)
}

func emptyRelease(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	pin := &applier.Pin{By: "on call", Reason: "hold"}
	r.release(r.holds, func(s *Step) { s.Kind, s.Pin = applier.KindPin, pin })
	r.expect("pinned")
	r.release(r.holds, func(s *Step) { s.Kind = applier.KindUnpin })
	r.expect("unpinned")
	if r.live.Seq != 3 {
		t.Errorf("sequence %d after three releases", r.live.Seq)
	}
}

func emptyFirstRelease(t testing.TB, s Suite) {
	r := serving(t, s, Content{})
	r.expect("without a dataset")
	r.release(Content{"prices": {Layout: priceLayout()}})
	r.expect("with an empty dataset")
	r.release(sale(5, 1))
	r.expect("with records")
	r.release(Content{"prices": {Layout: priceLayout()}, "stocks": {Layout: stockLayout()}})
	r.expect("emptied")
	r.release(Content{})
	r.expect("without a dataset again")
}

package storetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

func stageChecks() []check {
	return []check{
		{"Stage makes the changes durable where readers do not see them", stageInvisible},
		{"Stage returns the receipt of creates, updates and deletes", stageReceipt},
		{"the receipt shows a sequence that ended half way", stageEndedHalfWay},
		{"each attempt is a stage of its own", stageAttempts},
		{"two attempts with the same changes do not disturb each other", stageSameContent},
		{"Stage returns ErrConflict when the live marker is not r.Base", stageStaleBase},
		{"Stage returns ErrConflict when the marker moved meanwhile", stageMovedMeanwhile},
		{"Stage returns ErrConflict when the marker moved there and back meanwhile", stageMovedThereAndBack},
		{"Stage removes the stages of others that have expired, and no other", stageCollects},
	}
}

func stageInvisible(t testing.TB, s Suite) {
	r := serving(t, s, sale(40, 1))
	m := r.move(sale(40, 2))
	r.stage(r.open(), m)
	r.expect("staged")
	if st := r.state(r.open()); len(st.History) != 0 {
		t.Errorf("staging moved %d markers to the history", len(st.History))
	}
	r.activate(r.open(), m)
	r.expect("activated by another process")
}

func stageReceipt(t testing.TB, s Suite) {
	r := begin(t, s)
	r.release(sale(40, 1))
	r.release(sale(40, 2))
	r.release(sale(10, 3)) // many deletes
	r.release(sale(10, 3).With("prices", "SKU-00001", price("SKU-00001", "0.99")))
	r.expect("after four releases")
	m := r.move(r.holds, func(s *Step) { s.Pin = &applier.Pin{Reason: "hold"} })
	r.stage(r.store, m) // an empty receipt
}

func stageEndedHalfWay(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	m := r.move(sale(20, 2))
	half := m
	half.Changes = m.Changes[:len(m.Changes)/2]
	receipt, err := r.store.Stage(t.Context(), m.Release, half.Seq())
	r.must("stage", err)
	r.checkReceipt(receipt, half)
	if cmp.Equal(m.Deltas(), receipt.Datasets) {
		t.Errorf("the receipt of half the changes is that of all")
	}
	r.must("discard", r.store.Discard(t.Context(), m.Release))
	r.expect("discarded")
}

func stageAttempts(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	first, other := r.move(sale(20, 2)), r.move(sale(20, 3))
	second := first.Again()
	r.stage(r.open(), first)
	r.stage(r.open(), second)
	r.stage(r.open(), other)
	if n := len(r.state(r.store).Staged); n != 3 {
		t.Errorf("%d stages, want 3", n)
	}
	r.must("discard", r.store.Discard(t.Context(), first.Release))
	r.wants("activate the discarded attempt", r.store.Activate(t.Context(), first.Release), applier.ErrNotStaged)
	r.activate(r.store, second)
	r.expect("after the second attempt")
	r.wants("activate the loser", r.store.Activate(t.Context(), other.Release), applier.ErrConflict)
	r.expect("after the loser")
}

func stageSameContent(t testing.TB, s Suite) {
	for _, discarded := range []int{0, 1} {
		r := serving(t, s, sale(20, 1))
		moves := []Move{r.move(sale(20, 2)), {}}
		moves[1] = moves[0].Again()
		r.stage(r.open(), moves[0])
		r.stage(r.open(), moves[1])
		r.must("discard", r.store.Discard(t.Context(), moves[discarded].Release))
		r.activate(r.store, moves[1-discarded])
		r.expect("after the other attempt")
	}
}

// otherBases returns markers that differ from the live one in one respect each.
func otherBases(live applier.Marker) map[string]applier.Marker {
	pinned, later, elsewhere, renamed, emptied := live, live, live, live, live
	pinned.Pin = &applier.Pin{By: "somebody", Reason: "hold"}
	later.Seq++
	elsewhere.Commit = "1111111111111111111111111111111111111111"
	renamed.Release = "22222222222222222222222222222222"
	emptied.Datasets = nil
	return map[string]applier.Marker{
		"zero": {}, "another pin": pinned, "another sequence": later,
		"another commit": elsewhere, "another release": renamed, "other digests": emptied,
	}
}

func stageStaleBase(t testing.TB, s Suite) {
	r := serving(t, s, sale(10, 1))
	for what, base := range otherBases(r.live) {
		m := r.move(sale(10, 2), func(s *Step) { s.Base = base })
		_, err := r.store.Stage(t.Context(), m.Release, m.Seq())
		r.wants(what, err, applier.ErrConflict)
	}
	r.expect("after stale bases")

	empty := begin(t, s)
	m := Step{Identity: r.id, Base: r.live, Before: r.holds, After: sale(10, 2)}.Move()
	_, err := empty.store.Stage(t.Context(), m.Release, m.Seq())
	empty.wants("a base in an empty store", err, applier.ErrConflict)
	empty.expect("after a base")
}

// stageDuring stages m and calls interrupt before the change with the index at.
func (r *rig) stageDuring(store applier.Store, m Move, at int, interrupt func()) error {
	_, err := store.Stage(r.Context(), m.Release, func(yield func(planner.Change, error) bool) {
		for i, c := range m.Changes {
			if i == at {
				interrupt()
			}
			if !yield(c, nil) {
				return
			}
		}
	})
	return err
}

func stageMovedMeanwhile(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	for version, at := range []int{0, 7, 30} {
		m := r.move(sale(40, 5+version))
		err := r.stageDuring(r.open(), m, at, func() { r.release(sale(20, 2+version)) })
		r.wants("stage", err, applier.ErrConflict)
		r.expect("after the other's release")
		r.wants("activate", r.store.Activate(t.Context(), m.Release), applier.ErrConflict)
		r.expect("after the loser")
	}
}

func stageMovedThereAndBack(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	m := r.move(sale(20, 3))
	err := r.stageDuring(r.open(), m, 5, func() {
		r.release(sale(20, 2))
		r.release(sale(20, 1))
	})
	r.wants("stage", err, applier.ErrConflict)
	r.wants("activate", r.store.Activate(t.Context(), m.Release), applier.ErrConflict)
	r.expect("after the loser")
}

func stageCollects(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	expired := r.move(sale(20, 2), func(s *Step) { s.Lease = -1 })
	waiting := r.move(sale(20, 3))
	r.stage(r.open(), expired)
	r.stage(r.open(), waiting)
	later := r.move(sale(20, 4))
	r.stage(r.open(), later)
	var got []string
	for _, staged := range r.state(r.store).Staged {
		got = append(got, staged.Attempt)
	}
	if diff := cmp.Diff([]string{waiting.Attempt, later.Attempt}, got); diff != "" {
		t.Errorf("attempts that are staged (-want +got):\n%s", diff)
	}
	r.activate(r.store, waiting)
	r.expect("after the one that waited")
}

// errChanges is what a planner that fails half way yields.
var errChanges = errors.New("the planner lost its repository")

// failingSeq yields the changes before at, and then the error.
func (m Move) failingSeq(at int) func(yield func(planner.Change, error) bool) {
	return func(yield func(planner.Change, error) bool) {
		for _, c := range m.Changes[:at] {
			if !yield(c, nil) {
				return
			}
		}
		yield(planner.Change{}, errChanges)
	}
}

// moreKeys returns a key and a record of the prices that no sale has, for i from 0 on.
func moreKeys(i int) (spec.Key, string) {
	sku := "X-" + string(rune('A'+i/1e6%26)) + digits(i)
	return spec.MakeKey(sku), price(sku, "1")
}

func digits(i int) string {
	b := []byte("000000")
	for p := len(b) - 1; p >= 0; p-- {
		b[p] = byte('0' + i%10)
		i /= 10
	}
	return string(b)
}

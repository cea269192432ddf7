package storetest

import (
	"testing"

	"github.com/promoctl/promoctl/applier"
)

func discardChecks() []check {
	return []check{
		{"Discard removes what was staged for the attempt", discardRemoves},
		{"Discard of what does not exist is a no-op", discardNothing},
		{"Discard of what was activated is a no-op", discardActivated},
		{"Discard removes nothing that is live or that another stage uses", discardKeeps},
	}
}

func discardRemoves(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	m := r.move(sale(20, 2))
	r.stage(r.store, m)
	r.must("discard", r.open().Discard(t.Context(), m.Release))
	if staged := r.state(r.store).Staged; len(staged) != 0 {
		t.Errorf("staged after discard: %+v", staged)
	}
	r.wants("activate", r.store.Activate(t.Context(), m.Release), applier.ErrNotStaged)
	r.expect("after discard")
}

func discardNothing(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	m := r.move(sale(20, 2))
	r.must("discard what was never staged", r.store.Discard(t.Context(), m.Release))
	r.stage(r.store, m)
	r.must("discard", r.store.Discard(t.Context(), m.Release))
	r.must("discard twice", r.store.Discard(t.Context(), m.Release))
	r.expect("after discard")
}

func discardActivated(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	old := r.release(sale(20, 2))
	r.must("discard the live release", r.store.Discard(t.Context(), old.Release))
	r.expect("after discarding the live release")
	r.release(sale(20, 3))
	r.must("discard an earlier release", r.store.Discard(t.Context(), old.Release))
	r.expect("after discarding an earlier release")
	r.release(sale(20, 2))
	r.expect("back")
}

func discardKeeps(t testing.TB, s Suite) {
	r := serving(t, s, sale(40, 1))
	r.release(sale(40, 2))
	// Going back shares content with the history, one edit shares it with what is live.
	back, edit := r.move(sale(40, 1)), r.move(r.holds.With("prices", "SKU-00007", price("SKU-00007", "1")))
	kept := []Move{back.Again(), edit.Again()}
	for _, m := range append([]Move{back, edit}, kept...) {
		r.stage(r.open(), m)
	}
	r.must("discard", r.store.Discard(t.Context(), back.Release))
	r.must("discard", r.store.Discard(t.Context(), edit.Release))
	r.expect("after discard")
	if staged := r.state(r.store).Staged; len(staged) != 2 {
		t.Errorf("%d stages are left, want 2", len(staged))
	}
	r.activate(r.store, kept[1])
	r.expect("after the edit")
	r.must("discard", r.store.Discard(t.Context(), kept[0].Release))
	r.release(sale(40, 1))
	r.expect("after going back")
}

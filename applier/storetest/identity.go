package storetest

import (
	"maps"
	"slices"
	"testing"

	"github.com/promoctl/promoctl/applier"
)

func identityChecks() []check {
	return []check{
		{"a store of another pipeline or environment is refused by every method", foreignRefused},
		{"a newer marker format is refused by every method", newerFormatRefused},
		{"two pipelines that meet in a new store: one gets it, the other is refused", twoPipelinesMeet},
	}
}

// everyMethod calls each method with m and returns the errors by the method's name.
func everyMethod(r *rig, store applier.Store, m Move) map[string]error {
	errs := map[string]error{}
	_, errs["Live"] = store.Live(r.Context())
	_, errs["Stage"] = store.Stage(r.Context(), m.Release, m.Seq())
	errs["Activate"] = store.Activate(r.Context(), m.Release)
	errs["Discard"] = store.Discard(r.Context(), m.Release)
	if s, ok := store.(applier.Scanner); ok {
		_, _, errs["Scan"] = scanAll(r.Context(), s, "prices", priceLayout())
	}
	return errs
}

// refused checks that every method returns the error.
func (r *rig) refused(who string, store applier.Store, m Move, want error) {
	r.Helper()
	errs := everyMethod(r, store, m)
	for _, method := range slices.Sorted(maps.Keys(errs)) {
		r.wants(who+": "+method, errs[method], want)
	}
}

func foreignRefused(t testing.TB, s Suite) {
	r := serving(t, s, sale(5, 1))
	mine := r.move(sale(5, 2))
	r.stage(r.store, mine)
	for _, id := range []applier.Identity{
		{Pipeline: "other", Env: r.id.Env},
		{Pipeline: r.id.Pipeline, Env: "production"},
		{Pipeline: r.id.Pipeline},
	} {
		theirs := Step{Identity: id, Base: r.live, Before: r.holds, After: sale(5, 3)}.Move()
		r.refused(id.String(), r.openAs(id), theirs, applier.ErrForeign)
		r.refused(id.String()+" with our stage", r.openAs(id), mine, applier.ErrForeign)
	}
	r.expect("after foreigners")
	if n := len(r.state(r.store).Staged); n != 1 {
		t.Errorf("%d stages after foreigners, want our own one", n)
	}
	r.activate(r.store, mine)
	r.expect("after our own release")
}

func newerFormatRefused(t testing.TB, s Suite) {
	r := serving(t, s, sale(5, 1))
	m := r.move(sale(5, 2))
	r.stage(r.store, m)
	next := r.move(sale(5, 3))
	r.place.SetFormat(t, applier.MarkerFormat+1)
	r.refused("a newer format", r.store, next, applier.ErrFormat)
	r.refused("a newer format, on a new handle", r.open(), next, applier.ErrFormat)
	r.wants("activate what was staged before", r.store.Activate(t.Context(), m.Release), applier.ErrFormat)
	r.place.SetFormat(t, applier.MarkerFormat)
	r.expect("the old format again")
	r.activate(r.store, m)
	r.expect("released")
}

func twoPipelinesMeet(t testing.TB, s Suite) {
	r := begin(t, s)
	other := applier.Identity{Pipeline: "other"}
	theirs := Step{Identity: other, After: sale(5, 3)}.Move()
	theirStore := r.openAs(other)
	r.stage(theirStore, theirs)
	r.release(sale(5, 1))
	r.wants("activate of the other", theirStore.Activate(t.Context(), theirs.Release), applier.ErrForeign)
	r.expect("after both")
}

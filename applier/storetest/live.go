package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
)

// Lister is the optional ability of a Place to name everything that is there: files,
// tables, keys. With it the suite sees whether a method creates what it must not.
type Lister interface {
	List(t testing.TB) []string
}

func liveChecks() []check {
	return []check{
		{"Live of a store that was never released to returns the zero marker and creates nothing", liveOfNothing},
		{"a store that was never released to belongs to nobody", nobodysStore},
		{"Live returns the marker that readers see, in every detail", liveInDetail},
		{"Live returns the last releases before it, newest first, at most HistoryLen", history},
		{"Live returns what is staged, oldest first", liveStaged},
	}
}

func liveOfNothing(t testing.TB, s Suite) {
	r := begin(t, s)
	lister, lists := r.place.(Lister)
	var before []string
	if lists {
		before = lister.List(t)
	}
	st := r.state(r.store)
	if diff := cmp.Diff(applier.State{}, st); diff != "" {
		t.Errorf("state of a new store (-want +got):\n%s", diff)
	}
	if scanner, ok := r.store.(applier.Scanner); ok {
		marker, got := r.scan(scanner, "prices", priceLayout())
		if !marker.IsZero() || len(got) > 0 {
			t.Errorf("scan of a new store: marker %v, %d records", marker, len(got))
		}
	}
	r.must("discard of a new store", r.store.Discard(t.Context(), r.move(sale(3, 1)).Release))
	if lists {
		if diff := cmp.Diff(before, lister.List(t)); diff != "" {
			t.Errorf("what is in the place (-before +after):\n%s", diff)
		}
	}
}

func nobodysStore(t testing.TB, s Suite) {
	r := begin(t, s)
	other := r.openAs(applier.Identity{Pipeline: "other"})
	if st := r.state(other); !st.Live.IsZero() {
		t.Errorf("another pipeline sees marker %v in a new store", st.Live)
	}
	r.release(sale(5, 1))
	r.expect("released")
}

func liveInDetail(t testing.TB, s Suite) {
	r := serving(t, s, sale(5, 1))
	at := time.Date(2026, 11, 11, 0, 0, 0, 123e6, time.UTC)
	m := r.move(sale(5, 2), func(s *Step) {
		s.Kind = applier.KindRollback
		s.Pin = &applier.Pin{By: "Li Lei", At: at, Reason: `wrong "price" & worse <尺寸>`}
	})
	m.Target.Note = "first line\nsecond line, 100 % 'quoted' \\ back"
	m.Target.At = at
	m.Target.By = "Han Meimei <han@example.com>"
	m.Target.Overrides = []applier.Override{{Fingerprint: "0123456789ab", By: "Li Lei", Reason: "确认"}}
	m.Target.Behind = map[string]time.Time{"archive": at}
	m.Target.Origin = "ffffffffffffffffffffffffffffffff"
	r.stage(r.store, m)
	r.activate(r.store, m)
	r.expect("released")
	if got := r.state(r.open()).Live; !got.Equal(m.Target) {
		t.Errorf("marker as another process reads it (-want +got):\n%s", cmp.Diff(m.Target, got))
	}
}

func history(t testing.TB, s Suite) {
	r := begin(t, s)
	c := sale(1, 1)
	var markers []applier.Marker // newest first
	for i := range applier.HistoryLen + 4 {
		k, v := stock("SKU-00000", "hangzhou", 1000+i)
		m := r.release(c.With("stocks", k, v))
		st := r.state(r.store)
		want := markers[:min(len(markers), applier.HistoryLen)]
		if i < 3 || i > applier.HistoryLen {
			checkHistory(t, want, st.History)
		}
		markers = append([]applier.Marker{m.Target}, markers...)
	}
	r.expect("after many releases")
}

func checkHistory(t testing.TB, want, got []applier.Marker) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("history has %d releases, want %d", len(got), len(want))
		return
	}
	for i := range want {
		if !want[i].Equal(got[i]) {
			t.Errorf("history %d of %d (-want +got):\n%s", i, len(want), cmp.Diff(want[i], got[i]))
		}
	}
}

func liveStaged(t testing.TB, s Suite) {
	r := serving(t, s, sale(8, 1))
	var want []applier.Staged
	for version := range 3 {
		m := r.move(sale(8, 2+version))
		r.stage(r.open(), m)
		want = append(want, m.Staged(true))
	}
	st := r.state(r.store)
	if diff := cmp.Diff(want, st.Staged); diff != "" {
		t.Errorf("staged (-want +got):\n%s", diff)
	}
	r.expect("with three stages")
}

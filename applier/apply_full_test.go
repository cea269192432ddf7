package applier_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/memstore"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// tamper changes a price behind promoctl's back; an empty price deletes the record.
func (w *world) tamper(store string, key spec.Key, price string) {
	w.t.Helper()
	var text []byte
	if price != "" {
		text = []byte(record(key, price))
	}
	if err := w.places[store].Tamper("prices", priceLayout(), key, text); err != nil {
		w.t.Fatal(err)
	}
}

func keysOf(d *applier.DriftError) []spec.Key {
	var keys []spec.Key
	if d != nil {
		for _, r := range d.Records {
			keys = append(keys, r.Key)
		}
	}
	return keys
}

func TestDriftIsCollectedOverAllStores(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders", "cold")
	first, second := w.sample()
	w.apply(first)
	w.tamper("hot", "a", "666")
	w.tamper("orders", "b", "667")
	w.tamper("orders", "d", "668") // is to be created
	w.tamper("cold", "a", "669")

	_, err := w.engine().Apply(t.Context(), applier.Request{Target: second})
	var drifted *applier.DriftedError
	if !errors.As(err, &drifted) || !errors.Is(err, applier.ErrDrift) {
		t.Fatalf("error %v, want %v", err, applier.ErrDrift)
	}
	if want := "store hot: " + applier.ErrDrift.Error() + ": prices a; store orders: "; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %q, want one that starts with %q", err, want)
	}
	got := make(map[string][]spec.Key)
	for _, s := range drifted.Stores {
		got[s.Store] = keysOf(s.DriftError)
	}
	if diff := cmp.Diff(map[string][]spec.Key{"hot": {"a"}, "orders": {"b", "d"}}, got); diff != "" {
		t.Errorf("drift (-want +got):\n%s", diff)
	}
	if commit := w.marker("hot").Commit; commit != first {
		t.Errorf("hot serves %s", commit)
	}
	w.unstaged("hot", "orders", "cold")
}

func TestDriftIsOverwrittenOnDemandAndByRollback(t *testing.T) {
	for _, req := range []applier.Request{{Overwrite: true}, {Kind: applier.KindRollback}} {
		w := newWorld(t, 2, "hot", "orders")
		first, second := w.sample()
		w.apply(first)
		w.tamper("orders", "a", "666")
		w.tamper("orders", "b", "")
		req.Target = second
		res := w.release(req)
		w.serves(second)
		if diff := cmp.Diff([]spec.Key{"a"}, keysOf(res.Stores[1].Drift)); diff != "" { // b is gone, as it should be
			t.Errorf("overwritten drift (-want +got):\n%s", diff)
		}
	}
}

func TestDriftOfAnOptionalStoreLeavesItBehind(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders", "cold")
	first, second := w.sample()
	w.apply(first)
	w.tamper("cold", "a", "666")
	res := w.apply(second)
	w.serves(second, "hot", "orders")
	if err := res.Stores[2].Err; !errors.Is(err, applier.ErrDrift) {
		t.Errorf("cold: error %v, want %v", err, applier.ErrDrift)
	}
}

func TestAdopt(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, _ := w.sample()
	for _, key := range []spec.Key{"a", "b", "c"} {
		w.tamper("hot", key, map[spec.Key]string{"a": "1", "b": "2", "c": "3"}[key])
	}
	if _, err := w.engine().Apply(t.Context(), applier.Request{Target: first}); !errors.Is(err, applier.ErrDrift) {
		t.Fatalf("records that are there already: error %v, want %v", err, applier.ErrDrift)
	}
	w.tamper("hot", "b", "2.5")
	_, err := w.engine().Apply(t.Context(), applier.Request{Target: first, Adopt: true})
	var drifted *applier.DriftedError
	if !errors.As(err, &drifted) || len(drifted.Stores) != 1 || !cmp.Equal(keysOf(drifted.Stores[0].DriftError), []spec.Key{"b"}) {
		t.Fatalf("a record that differs: error %v", err)
	}
	w.tamper("hot", "b", "2")
	w.release(applier.Request{Target: first, Adopt: true})
	w.serves(first)
}

func TestAdoptedRecordsAreNotTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders")
		w.h.routes["hot"] = []string{"prices", "rules"}
		base := w.h.commit("", content{}.with("rules", "r", "9"))
		w.apply(base)
		w.tamper("hot", "a", "1") // the shop's own, until now
		next := w.h.commit(base, content{}.with("rules", "r", "9").with("prices", "a", "1"))
		w.fail("orders", activating)
		_, err := w.engine().Apply(t.Context(), applier.Request{Target: next, Adopt: true})
		if !errors.Is(err, applier.ErrPartial) || !strings.Contains(err.Error(), "would delete records") {
			t.Errorf("error %v, want %v", err, applier.ErrPartial)
		}
		w.mend()
		w.serves(next, "hot")
	})
}

func TestFullMendsWhatTheStoreHolds(t *testing.T) {
	for _, partitions := range []int{1, 2} {
		w := newWorld(t, partitions, "hot", "orders")
		first, second := w.sample()
		w.apply(first)
		w.tamper("hot", "a", "666")
		w.tamper("hot", "c", "")
		w.tamper("hot", "x", "9") // in no commit
		res := w.release(applier.Request{Target: second, Full: true})
		w.serves(second)
		if got := res.Stores[0].Changes; got != 5 {
			t.Errorf("%d changes in hot, want 5: a b c d x", got)
		}
		// Now there is nothing to mend, and nothing moves.
		if res := w.release(applier.Request{Target: second, Full: true}); res.Changed {
			t.Error("a second full release changed something")
		}
	}
}

func TestFullWithAnotherLayoutReplaces(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, _ := w.sample()
	w.apply(first)
	c, _ := w.h.at(first)
	w.h.layout = textLayout()
	next := w.h.commit(first, content{"prices": c.content["prices"]}) // and rules are gone
	w.h.forget(first)
	w.release(applier.Request{Target: next, Full: true})
	w.serves(next)
	if diff := cmp.Diff(textLayout(), w.marker("orders").Datasets["prices"].Layout); diff != "" {
		t.Errorf("layout (-want +got):\n%s", diff)
	}
}

func TestRepair(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders", "cold")
	first, second := w.sample()
	if _, err := w.engine().Repair(t.Context(), "ann", ""); err == nil {
		t.Error("repairing what was never released: no error")
	}
	w.apply(first)
	mend := w.fail("cold", always)
	w.apply(second)
	mend()
	w.tamper("orders", "a", "666")
	w.tamper("orders", "c", "")
	w.tamper("orders", "x", "9")
	hot := w.marker("hot")

	res, err := w.engine().Repair(t.Context(), "ann", "somebody wrote by hand")
	if err != nil {
		t.Fatal(err)
	}
	w.serves(second) // cold has caught up as well
	if diff := cmp.Diff([]spec.Key{"a", "c", "x"}, keysOf(res.Stores[1].Drift)); diff != "" {
		t.Errorf("drift (-want +got):\n%s", diff)
	}
	m := w.marker("orders")
	if m.Kind != applier.KindRepair || m.Seq != 3 || m.Note != "somebody wrote by hand" || m.Origin != hot.Release {
		t.Errorf("marker %+v", m)
	}
	if !w.marker("hot").Equal(hot) {
		t.Error("a store without drift moved")
	}
}

func TestRepairOfTheLead(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, _ := w.sample()
	w.apply(first)
	w.tamper("hot", "a", "666")
	if _, err := w.engine().Repair(t.Context(), "ann", ""); err != nil {
		t.Fatal(err)
	}
	w.serves(first)
	// The lead has another release now; the next one brings all together again.
	c, _ := w.h.at(first)
	next := w.h.commit(first, c.content.with("prices", "a", "5"))
	w.apply(next)
	w.serves(next)
	w.sameOrigin("hot", "orders")
}

func TestFullNeedsAScanner(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, _ := w.sample()
	w.apply(first)
	blind := w.engine(holding("orders", func(string) {})) // hides the other abilities
	_, err := blind.Apply(t.Context(), applier.Request{Target: first, Full: true})
	if err == nil || !strings.Contains(err.Error(), "store orders: its driver cannot list") {
		t.Errorf("error %v", err)
	}
}

func TestScanMustBeOfTheStateThatWasRead(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(first)
	moved := false
	w.places["hot"].SetFault(func(step string) error {
		if step == "scan.before" && !moved {
			moved = true
			w.apply(second)
		}
		return nil
	})
	c, _ := w.h.at(second)
	third := w.h.commit(second, c.content.with("prices", "a", "3"))
	_, err := w.engine().Apply(t.Context(), applier.Request{Target: third, Full: true})
	if !errors.Is(err, applier.ErrConflict) {
		t.Errorf("error %v, want %v", err, applier.ErrConflict)
	}
	w.mend()
	w.serves(second)
}

// memstoreStore is the in-memory store, to be embedded.
type memstoreStore = memstore.Store

// liar is a store whose receipts or scans are wrong.
type liar struct {
	*memstoreStore
	receipt func(*applier.Receipt)
	reverse bool
}

func (l liar) Stage(ctx context.Context, r applier.Release, changes iter.Seq2[planner.Change, error]) (applier.Receipt, error) {
	receipt, err := l.memstoreStore.Stage(ctx, r, changes)
	if err == nil && l.receipt != nil {
		l.receipt(&receipt)
	}
	return receipt, err
}

func (l liar) Scan(ctx context.Context, dataset string, layout spec.Layout) (applier.Marker, iter.Seq2[spec.Record, error], error) {
	m, records, err := l.memstoreStore.Scan(ctx, dataset, layout)
	if !l.reverse {
		return m, records, err
	}
	return m, func(yield func(spec.Record, error) bool) {
		var all []spec.Record
		for r := range records {
			all = append([]spec.Record{r}, all...)
		}
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}, err
}

func TestWrongReceiptStopsTheRelease(t *testing.T) {
	lies := map[string]func(*applier.Receipt){
		"a count too high": func(r *applier.Receipt) {
			d := r.Datasets["prices"]
			d.Added.Count++
			r.Datasets["prices"] = d
		},
		"another digest": func(r *applier.Receipt) {
			d := r.Datasets["prices"]
			d.Removed.Sum[0]++
			r.Datasets["prices"] = d
		},
		"a dataset missing": func(r *applier.Receipt) { delete(r.Datasets, "prices") },
		"one too many":      func(r *applier.Receipt) { r.Datasets["more"] = r.Datasets["prices"] },
	}
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1, "hot", "orders")
			first, second := w.sample()
			w.apply(first)
			w.members[1].Store = liar{memstoreStore: open("orders", w.places["orders"]), receipt: lie}
			_, err := w.engine().Apply(t.Context(), applier.Request{Target: second})
			if err == nil || !strings.Contains(err.Error(), "but the plan puts") {
				t.Errorf("error %v", err)
			}
			w.serves(first)
			w.unstaged("hot", "orders")
		})
	}
}

func TestUnsortedScanIsAnError(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(first)
	w.members[1].Store = liar{memstoreStore: open("orders", w.places["orders"]), reverse: true}
	_, err := w.engine().Apply(t.Context(), applier.Request{Target: second, Full: true})
	if err == nil || !strings.Contains(err.Error(), `the driver yields key "b" after "c"`) {
		t.Errorf("error %v", err)
	}
	w.serves(first)
}

package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

func driftChecks() []check {
	return []check{
		{"a live record that is neither the change's Before nor its After is drift", driftRefused},
		{"a live record that is the change's After already is no drift", afterIsNoDrift},
		{"drift is overwritten when the release says so, and is listed", driftOverwritten},
		{"every drifted record counts and the first MaxDrift are listed", driftCapped},
		{"a record that exists in a store that was never released to is drift", foundIsDrift},
		{"with Adopt, a record that exists and equals After is taken over", adopt},
		{"a record that exists in a dataset that is new to the store is drift", foundInNewDataset},
		{"fields that the shop owns are no drift and never show", shopOwned},
	}
}

// drifted is a place whose live records were changed in every way that is drift, and a
// move that touches all of them.
func drifted(t testing.TB, s Suite) (*rig, Move, []applier.Drift) {
	c := Content{"prices": {Layout: priceLayout(), Records: Records{
		"d-changed": price("d-changed", "1"), "u-changed": price("u-changed", "1"),
		"u-gone": price("u-gone", "1"), "untouched": price("untouched", "1"),
		"fine": price("fine", "1"),
	}}}
	r := serving(t, s, c)
	m := r.move(c.With("prices", "d-changed", "").
		With("prices", "u-changed", price("u-changed", "2")).
		With("prices", "u-gone", price("u-gone", "2")).
		With("prices", "c-exists", price("c-exists", "2")).
		With("prices", "fine", price("fine", "2")))
	found := Records{
		"d-changed": price("d-changed", "9"), "u-changed": price("u-changed", "9"),
		"c-exists": price("c-exists", "9"), "untouched": price("untouched", "9"),
	}
	for _, k := range []spec.Key{"d-changed", "u-changed", "c-exists", "untouched"} {
		r.place.Tamper(t, "prices", priceLayout(), k, []byte(found[k]))
	}
	r.place.Tamper(t, "prices", priceLayout(), "u-gone", nil)
	var want []applier.Drift
	for _, k := range []spec.Key{"c-exists", "d-changed", "u-changed", "u-gone"} {
		want = append(want, applier.Drift{
			Dataset: "prices", Key: k,
			Want: c["prices"].Records.record(k), Found: found.record(k),
		})
	}
	return r, m, want
}

// checkDrift compares what an error or a receipt lists with what drifted.
func checkDrift(t testing.TB, want []applier.Drift, got *applier.DriftError) {
	t.Helper()
	if got == nil {
		t.Errorf("no drift is listed, want %d records", len(want))
		return
	}
	ignorePos := cmp.Transformer("text", func(r spec.Record) string { return string(r.Key) + " " + string(r.JSON) })
	if diff := cmp.Diff(want, got.Records, ignorePos); diff != "" {
		t.Errorf("drift (-want +got):\n%s", diff)
	}
	if got.Total != len(want) {
		t.Errorf("drift says %d records in total, want %d", got.Total, len(want))
	}
}

// stageDrifts stages m, which must be refused for drift, and returns what was found.
func (r *rig) stageDrifts(m Move) *applier.DriftError {
	r.Helper()
	_, err := r.store.Stage(r.Context(), m.Release, m.Seq())
	r.wants("stage over drift", err, applier.ErrDrift)
	var drift *applier.DriftError
	if !errors.As(err, &drift) {
		r.Fatalf("error %v is no *DriftError", err)
	}
	r.wants("activate what was refused", r.store.Activate(r.Context(), m.Release), applier.ErrNotStaged)
	return drift
}

func driftRefused(t testing.TB, s Suite) {
	r, m, want := drifted(t, s)
	before := r.read("prices", priceLayout())
	checkDrift(t, want, r.stageDrifts(m))
	if diff := diffRecords(before, r.read("prices", priceLayout())); diff != "" {
		t.Errorf("the refused stage changed what readers see (-want +got):\n%s", diff)
	}
	if st := r.state(r.store); !st.Live.Equal(r.live) {
		t.Errorf("the refused stage moved the marker to %v", st.Live)
	}
}

func driftOverwritten(t testing.TB, s Suite) {
	r, m, want := drifted(t, s)
	m.Overwrite = true
	receipt, err := r.store.Stage(t.Context(), m.Release, m.Seq())
	r.must("stage over drift", err)
	r.checkReceipt(receipt, m)
	checkDrift(t, want, receipt.Drift)
	r.place.Tamper(t, "prices", priceLayout(), "untouched", []byte(price("untouched", "1")))
	r.activate(r.store, m)
	r.expect("after overwriting")
}

func afterIsNoDrift(t testing.TB, s Suite) {
	c := Content{"prices": {Layout: priceLayout(), Records: Records{
		"delete": price("delete", "1"), "update": price("update", "1"),
	}}}
	r := serving(t, s, c)
	m := r.move(c.With("prices", "delete", "").
		With("prices", "update", price("update", "2")).
		With("prices", "create", price("create", "2")))
	r.place.Tamper(t, "prices", priceLayout(), "delete", nil)
	r.place.Tamper(t, "prices", priceLayout(), "update", []byte(price("update", "2")))
	r.place.Tamper(t, "prices", priceLayout(), "create", []byte(price("create", "2")))
	r.stage(r.store, m)
	r.activate(r.store, m)
	r.expect("after a release of what was there")
}

func driftCapped(t testing.TB, s Suite) {
	n := applier.MaxDrift + 150
	r := serving(t, s, manyPrices(n, "1"))
	m := r.move(manyPrices(n, "3"), func(s *Step) { s.Before = manyPrices(n, "2") })
	drift := r.stageDrifts(m)
	if drift.Total != n || len(drift.Records) != applier.MaxDrift {
		t.Errorf("drift lists %d of %d records, want %d of %d", len(drift.Records), drift.Total, applier.MaxDrift, n)
	}
	sorted := slices.IsSortedFunc(drift.Records, func(a, b applier.Drift) int {
		return slices.Compare([]byte(a.Key), []byte(b.Key))
	})
	if !sorted {
		t.Errorf("drift is not in the order of the changes")
	}
	r.expect("after the refused stage")
}

// manyPrices returns n prices of the same amount.
func manyPrices(n int, amount string) Content {
	records := Records{}
	for i := range n {
		sku := "SKU-" + digits(i)
		records[spec.MakeKey(sku)] = price(sku, amount)
	}
	return Content{"prices": {Layout: priceLayout(), Records: records}}
}

// found returns a new rig on a place with three prices that nobody released, and the
// content that has the first two of them, one with another amount, and one more.
func found(t testing.TB, s Suite) (*rig, Content) {
	r := begin(t, s)
	for _, k := range []spec.Key{"equal", "extra", "other"} {
		r.place.Tamper(t, "prices", priceLayout(), k, []byte(price(string(k), "1")))
	}
	return r, Content{"prices": {Layout: priceLayout(), Records: Records{
		"equal": price("equal", "1"), "new": price("new", "2"), "other": price("other", "2"),
	}}}
}

func foundDrift(keys ...spec.Key) []applier.Drift {
	var out []applier.Drift
	for _, k := range keys {
		out = append(out, applier.Drift{
			Dataset: "prices", Key: k, Found: Records{k: price(string(k), "1")}.record(k),
		})
	}
	return out
}

func foundIsDrift(t testing.TB, s Suite) {
	r, after := found(t, s)
	checkDrift(t, foundDrift("equal", "extra", "other"), r.stageDrifts(r.move(after)))
	if st := r.state(r.store); !st.Live.IsZero() {
		t.Errorf("the refused stage left marker %v", st.Live)
	}
	m := r.move(after)
	m.Adopt = true
	checkDrift(t, foundDrift("extra", "other"), r.stageDrifts(m))

	m = r.move(after)
	m.Overwrite = true
	receipt, err := r.store.Stage(t.Context(), m.Release, m.Seq())
	r.must("stage over what was found", err)
	checkDrift(t, foundDrift("equal", "extra", "other"), receipt.Drift)
	r.activate(r.store, m)
	r.expect("after overwriting what was found")
}

func adopt(t testing.TB, s Suite) {
	r := begin(t, s)
	for _, k := range []spec.Key{"a", "b"} {
		r.place.Tamper(t, "prices", priceLayout(), k, []byte(price(string(k), "1")))
	}
	m := r.move(Content{"prices": {Layout: priceLayout(), Records: Records{
		"a": price("a", "1"), "b": price("b", "1"), "c": price("c", "1"),
	}}})
	m.Adopt = true
	r.stage(r.store, m)
	r.activate(r.store, m)
	r.expect("after adopting")
	r.release(m.After.With("prices", "a", price("a", "2")).With("prices", "b", ""))
	r.expect("after a release over adopted records")
}

func foundInNewDataset(t testing.TB, s Suite) {
	r := serving(t, s, Content{"stocks": sale(8, 1)["stocks"]})
	for _, k := range []spec.Key{"equal", "extra", "other"} {
		r.place.Tamper(t, "prices", priceLayout(), k, []byte(price(string(k), "1")))
	}
	after := r.holds.WithDataset("prices", Dataset{Layout: priceLayout(), Records: Records{
		"equal": price("equal", "1"), "other": price("other", "2"),
	}})
	checkDrift(t, foundDrift("equal", "extra", "other"), r.stageDrifts(r.move(after)))
	r.place.Tamper(t, "prices", priceLayout(), "extra", nil)
	r.place.Tamper(t, "prices", priceLayout(), "other", nil)
	m := r.move(after)
	m.Adopt = true
	r.stage(r.store, m)
	r.activate(r.store, m)
	r.expect("after adopting a new dataset")
}

func shopOwned(t testing.TB, s Suite) {
	k, _ := stock("SKU-1", "wuhan", 0)
	at := func(allocated int) Content {
		_, v := stock("SKU-1", "wuhan", allocated)
		return Content{"stocks": {Layout: stockLayout(), Records: Records{k: v}}}
	}
	r := serving(t, s, at(100))
	sold := `{"allocated":100,"limit":null,"location":"wuhan","remaining":63,"sku":"SKU-1"}`
	r.place.Tamper(t, "stocks", stockLayout(), k, []byte(sold))
	r.expect("after the shop sold some")
	r.release(at(120)) // no drift
	r.expect("after an update")
	r.release(Content{"stocks": {Layout: stockLayout()}})
	r.expect("after the delete")
	r.release(at(7))
	r.expect("created again")
}

package storetest

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/goleak"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

func scanChecks() []check {
	return []check{
		{"Scan of a dataset that the store does not hold yields nothing", scanUnknown},
		{"a Scan that is interrupted leaves nothing behind", scanInterrupted},
		{"Scan ends with the context", scanContext},
		{"Scan shows what was changed behind promoctl's back", scanTampered},
		{"Scan yields a record that does not fit its layout, as a different one", scanMisfit},
	}
}

// scanner returns a handle that scans; the check is skipped where there is none.
func (r *rig) scanner() applier.Scanner {
	r.Helper()
	s, ok := r.open().(applier.Scanner)
	if !ok {
		r.Skip("the store does not scan")
	}
	return s
}

func scanUnknown(t testing.TB, s Suite) {
	r := serving(t, s, sale(10, 1))
	marker, got := r.scan(r.scanner(), "coupons", priceLayout())
	if len(got) != 0 {
		t.Errorf("scan of an unknown dataset yields %d records", len(got))
	}
	if !marker.Equal(r.live) {
		t.Errorf("scan of an unknown dataset returns marker %v", marker)
	}
}

func scanInterrupted(t testing.TB, s Suite) {
	r := serving(t, s, manyPrices(1500, "1"))
	scanner := r.scanner()
	r.scan(scanner, "prices", priceLayout()) // whatever a handle starts for its lifetime is started now
	before := goleak.IgnoreCurrent()
	for _, after := range []int{1, 2, 700} {
		_, seq, err := scanner.Scan(t.Context(), "prices", priceLayout())
		r.must("scan", err)
		n := 0
		for _, err := range seq {
			r.must("scan", err)
			if n++; n == after {
				break
			}
		}
	}
	if _, _, err := scanner.Scan(t.Context(), "prices", priceLayout()); err != nil { // and never drained
		t.Errorf("scan: %v", err)
	}
	if err := goleak.Find(before); err != nil {
		t.Errorf("after interrupted scans: %v", err)
	}
	r.release(manyPrices(1500, "2"))
	r.expect("after interrupted scans")
}

func scanContext(t testing.TB, s Suite) {
	r := serving(t, s, manyPrices(3000, "1"))
	scanner := r.scanner()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, seq, err := scanner.Scan(ctx, "prices", priceLayout())
	r.must("scan", err)
	var last error
	n := 0
	for _, err := range seq {
		if n++; n == 5 {
			cancel()
		}
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("a scan whose context ended yields %d records and error %v", n, last)
	}
	r.expect("after the scan")
}

func scanTampered(t testing.TB, s Suite) {
	c := sale(10, 1)
	r := serving(t, s, c)
	scanner := r.scanner()
	want := c.With("prices", "SKU-00002", "").
		With("prices", "SKU-00003", price("SKU-00003", "0.01")).
		With("prices", "zzz", price("zzz", "1"))["prices"].Records
	r.place.Tamper(t, "prices", priceLayout(), "SKU-00002", nil)
	r.place.Tamper(t, "prices", priceLayout(), "SKU-00003", []byte(want["SKU-00003"]))
	r.place.Tamper(t, "prices", priceLayout(), "zzz", []byte(want["zzz"]))
	marker, got := r.scan(scanner, "prices", priceLayout())
	if diff := diffRecords(want, got); diff != "" {
		t.Errorf("scan (-want +got):\n%s", diff)
	}
	if !marker.Equal(r.live) {
		t.Errorf("the marker of the scan is %v", marker)
	}
}

// scanMisfit puts a text where a number is declared. A place whose types make that
// impossible may keep the number instead.
func scanMisfit(t testing.TB, s Suite) {
	l := spec.Layout{Key: key("id"), Fields: []spec.Field{
		{Name: "id", Type: spec.TypeString, Required: true},
		{Name: "n", Type: spec.TypeInteger},
		{Name: "on", Type: spec.TypeBoolean},
	}}
	c := Content{"things": {Layout: l, Records: Records{
		"a": `{"id":"a","n":1}`, "b": `{"id":"b","n":2}`, "c": `{"id":"c","on":true}`,
	}}}
	r := serving(t, s, c)
	scanner := r.scanner()
	r.place.Tamper(t, "things", l, "b", []byte(`{"id":"b","n":"many"}`))
	r.place.Tamper(t, "things", l, "c", []byte(`{"id":"c","on":7}`))
	_, got := r.scan(scanner, "things", l)
	if len(got) != 3 || got["a"] != c["things"].Records["a"] {
		t.Errorf("scan yields %v", got)
	}
	for _, k := range []spec.Key{"b", "c"} {
		if got[k] == c["things"].Records[k] {
			t.Errorf("%s does not fit its layout, and is scanned as it was: %s", k, got[k])
		}
	}
	r.stageDrifts(r.move(c.With("things", "b", `{"id":"b","n":3}`)))
}

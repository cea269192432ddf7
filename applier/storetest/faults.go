package storetest

import (
	"strings"
	"testing"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

func faultChecks() []check {
	return []check{
		{"a read-only place: stage fails, readers stay, it works after mending", func(t testing.TB, s Suite) {
			stageOnBroken(t, s, FaultReadOnly)
		}},
		{"a full place: stage fails, readers stay, it works after mending", func(t testing.TB, s Suite) {
			stageOnBroken(t, s, FaultFull)
		}},
		{"a read-only place: activate fails, readers stay, it works after mending", activateOnReadOnly},
		{"a full place: activate leaves one release or the other", activateOnFull},
	}
}

// bulky returns records of about 2 KiB each, some hundred of them.
func bulky(version string) Content {
	records := Records{}
	for i := range 600 {
		sku := version + "-" + digits(i)
		filler := strings.Repeat(version+digits(i*7919), 280) // hard to share, easy to read
		records[spec.MakeKey(sku)] = `{"currency":"CNY","price":1,"sku":"` + sku + `","tags":["` + filler + `"]}`
	}
	return Content{"prices": {Layout: priceLayout(), Records: records}}
}

// broken returns the mending of a fault, or skips the check.
func (r *rig) broken(kind Fault) func() {
	r.Helper()
	mend, ok := r.place.Break(r, kind)
	if !ok {
		r.Skipf("the place cannot be made %s", kind)
	}
	return mend
}

// clear checks that the error of a fault says something about it.
func (r *rig) clear(what string, err error) {
	r.Helper()
	r.unknown(what, err)
	if err != nil && (len(err.Error()) < 15 || strings.Contains(err.Error(), "\n")) {
		r.Errorf("%s: error %q is not one clear line", what, err)
	}
}

func stageOnBroken(t testing.TB, s Suite, kind Fault) {
	before := bulky("a")
	r := serving(t, s, before)
	m := r.move(bulky("b"))
	mend := r.broken(kind)
	_, err := r.store.Stage(t.Context(), m.Release, m.Seq())
	r.clear("stage", err)
	if diff := diffRecords(before["prices"].Records, r.read("prices", priceLayout())); diff != "" {
		t.Errorf("readers of the broken place (-want +got):\n%s", diff)
	}
	mend()
	r.expect("mended")
	r.wants("activate what failed", r.store.Activate(t.Context(), m.Release), applier.ErrNotStaged)
	r.finish(r.open(), m)
	r.expect("released after mending")
}

func activateOnReadOnly(t testing.TB, s Suite) {
	before := bulky("a")
	r := serving(t, s, before)
	m := r.move(bulky("b"))
	r.stage(r.store, m)
	mend := r.broken(FaultReadOnly)
	r.clear("activate", r.store.Activate(t.Context(), m.Release))
	if diff := diffRecords(before["prices"].Records, r.read("prices", priceLayout())); diff != "" {
		t.Errorf("readers of the broken place (-want +got):\n%s", diff)
	}
	mend()
	r.expect("mended")
	r.activate(r.store, m) // its stage is as good as it was
	r.expect("released after mending")
}

// activateOnFull may succeed: a driver may need no more room for it.
func activateOnFull(t testing.TB, s Suite) {
	r := serving(t, s, bulky("a"))
	m := r.move(bulky("b"))
	r.stage(r.store, m)
	mend := r.broken(FaultFull)
	err := r.store.Activate(t.Context(), m.Release)
	if err != nil {
		r.clear("activate", err)
	}
	got := r.read("prices", priceLayout())
	if fault := torn(got, bulky("a")["prices"].Records, m.After["prices"].Records, s.Partitions); fault != "" {
		t.Errorf("after activate with error %v: %s", err, fault)
	}
	mend()
	r.finish(r.open(), m)
	r.expect("finished after mending")
}

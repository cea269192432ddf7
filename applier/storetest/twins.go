package storetest

import (
	"fmt"
	"testing"
)

// twins checks that two runs of the same release, each with a stage of its own, leave
// one marker: the loser's may say another time and person, and partitions that kept
// both would not agree on a base for the next release.
func twins(t testing.TB, s Suite) {
	for n := 0; ; n++ {
		r := serving(t, s, sale(20, 1))
		m := r.move(sale(20, 2))
		twin := m.Again()
		twin.Target.By = "twin"
		r.stage(r.store, m)
		r.stage(r.store, twin)

		interrupter, ok := r.place.(Interrupter)
		if !ok && s.Partitions > 1 {
			t.Fatal("a place with partitions must be able to interrupt its stores")
		}
		reached := false
		if ok {
			resume := interrupter.Interrupt(n)
			_ = r.store.Activate(t.Context(), m.Release) // as far as it gets
			reached = resume()
		}
		r.must("activate the twin", r.open().Activate(t.Context(), twin.Release))
		r.must("activate again", r.store.Activate(t.Context(), m.Release))

		r.became(m)
		r.live = r.state(r.store).Live
		if !r.live.Equal(m.Target) && !r.live.Equal(twin.Target) {
			r.Errorf("the marker is neither attempt's: %+v", r.live)
		}
		r.expect(fmt.Sprintf("twins, interrupted at boundary %d", n))
		r.release(sale(20, 3))
		r.expect("the release after")
		if !reached {
			return
		}
	}
}

package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
)

func unsealedChecks() []check {
	return []check{
		{"on an error that changes yields, the stage is not sealed and is never activated", changesFail},
		{"when the context ends, the stage is not sealed and is never activated", contextEnds},
		{"a context that has ended already stages nothing", contextEnded},
		{"a process that dies while it stages leaves nothing that can be activated", stagerPanics},
	}
}

// never checks that m was not sealed, is not activated, and can be released again.
func (r *rig) never(m Move) {
	r.Helper()
	for _, st := range r.state(r.open()).Staged {
		if st.Attempt == m.Attempt && st.Sealed {
			r.Errorf("the stage is sealed: %+v", st)
		}
	}
	r.expect("after the failed stage")
	r.wants("activate the failed stage", r.open().Activate(r.Context(), m.Release), applier.ErrNotStaged)
	r.expect("after the attempt to activate it")
	again := m.Again()
	r.stage(r.store, again)
	r.activate(r.store, again)
	r.expect("after a new attempt")
}

func changesFail(t testing.TB, s Suite) {
	for _, at := range []int{0, 1, 23} {
		r := serving(t, s, sale(40, 1))
		m := r.move(sale(40, 2))
		_, err := r.store.Stage(t.Context(), m.Release, m.failingSeq(at))
		r.unknown(fmt.Sprintf("stage with an error at change %d", at), err)
		if !errors.Is(err, errChanges) {
			t.Errorf("error %v does not wrap the error of the changes", err)
		}
		r.never(m)
	}
}

func contextEnds(t testing.TB, s Suite) {
	const enough = 25_000 // changes after which a method that has not returned never will
	r := serving(t, s, sale(40, 1))
	m := r.move(sale(40, 2))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := r.store.Stage(ctx, m.Release, func(yield func(planner.Change, error) bool) {
		for i, c := range m.Changes {
			if i == 10 {
				cancel()
			}
			if !yield(c, nil) {
				return
			}
		}
		for i := range enough {
			k, v := moreKeys(i)
			c, _ := planner.MakeChange("stocks", nil, Records{k: v}.record(k))
			if !yield(c, nil) {
				return
			}
		}
		t.Errorf("stage took %d changes after its context had ended", enough)
	})
	r.unknown("stage with a context that ends", err)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v does not wrap context.Canceled", err)
	}
	r.never(m)
}

func contextEnded(t testing.TB, s Suite) {
	r := serving(t, s, sale(10, 1))
	m := r.move(sale(10, 2))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.store.Stage(ctx, m.Release, m.Seq())
	r.unknown("stage with an ended context", err)
	r.never(m)
}

func stagerPanics(t testing.TB, s Suite) {
	for _, at := range []int{0, 1, 23} {
		r := serving(t, s, sale(40, 1))
		m := r.move(sale(40, 2))
		r.dieStaging(r.open(), m, at)
		r.never(m)
	}
}

// dieStaging stages m with a panic before the change with the index at.
func (r *rig) dieStaging(store applier.Store, m Move, at int) {
	r.Helper()
	type death struct{}
	defer func() {
		if p := recover(); p != (death{}) {
			r.Errorf("stage ended with panic %v, want that of the changes", p)
		}
	}()
	err := r.stageDuring(store, m, at, func() { panic(death{}) })
	r.Errorf("stage returned (error %v) although the changes panicked", err)
}

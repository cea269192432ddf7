package storetest

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// rig is a place under test with what it must serve. Its methods fail the test.
type rig struct {
	testing.TB
	suite   Suite
	place   Place
	id      applier.Identity
	store   applier.Store // one handle, for checks that need no more
	live    applier.Marker
	holds   Content
	layouts map[string]spec.Layout // of every dataset there ever was
}

// begin returns a rig on a fresh, empty place.
func begin(t testing.TB, s Suite) *rig {
	t.Helper()
	r := &rig{
		TB: t, suite: s, place: s.New(t),
		id:      applier.Identity{Pipeline: "storetest", Env: "staging"},
		layouts: map[string]spec.Layout{},
	}
	r.store = r.open()
	return r
}

// serving returns a rig on a place that serves the content.
func serving(t testing.TB, s Suite, c Content) *rig {
	t.Helper()
	r := begin(t, s)
	r.release(c)
	return r
}

// open returns a new handle on the place, as another process has.
func (r *rig) open() applier.Store { return r.openAs(r.id) }

func (r *rig) openAs(id applier.Identity) applier.Store {
	r.Helper()
	store := r.place.Open(r, id)
	if c, ok := store.(io.Closer); ok {
		r.Cleanup(func() {
			if err := c.Close(); err != nil {
				r.Errorf("close the store: %v", err)
			}
		})
	}
	return store
}

// must fails the test at once when err is not nil.
func (r *rig) must(what string, err error) {
	r.Helper()
	if err != nil {
		r.Fatalf("%s: %v", what, err)
	}
}

// wants checks that err is the wanted one of the contract's errors, and no other.
func (r *rig) wants(what string, err, want error) {
	r.Helper()
	if !errors.Is(err, want) {
		r.Errorf("%s: got error %v, want %v", what, err, want)
		return
	}
	for _, other := range sentinels() {
		if other != want && errors.Is(err, other) {
			r.Errorf("%s: error %v is also %v", what, err, other)
		}
	}
}

// unknown checks that err is an error, and none that says what the outcome is.
func (r *rig) unknown(what string, err error) {
	r.Helper()
	if err == nil {
		r.Errorf("%s: got no error", what)
		return
	}
	for _, s := range sentinels() {
		if errors.Is(err, s) {
			r.Errorf("%s: error %v is %v, which says that the store is well", what, err, s)
		}
	}
}

func sentinels() []error {
	return []error{
		applier.ErrConflict, applier.ErrNotStaged, applier.ErrDrift,
		applier.ErrForeign, applier.ErrFormat, applier.ErrNotInitialized,
	}
}

// move returns the release from what is live to the content, changed by the options.
func (r *rig) move(after Content, options ...func(*Step)) Move {
	s := Step{Identity: r.id, Base: r.live, Before: r.holds, After: after}
	for _, o := range options {
		o(&s)
	}
	return s.Move()
}

// stage stages m, which must work, and checks the receipt.
func (r *rig) stage(store applier.Store, m Move) {
	r.Helper()
	receipt, err := store.Stage(r.Context(), m.Release, m.Seq())
	r.must("stage", err)
	r.checkReceipt(receipt, m)
	if receipt.Drift != nil {
		r.Errorf("the receipt says %v, and nothing drifted", receipt.Drift)
	}
}

// checkReceipt compares a receipt with the changes. Datasets without a change count
// nothing either way.
func (r *rig) checkReceipt(receipt applier.Receipt, m Move) {
	r.Helper()
	got := map[string]planner.Delta{}
	for name, d := range receipt.Datasets {
		if d != (planner.Delta{}) {
			got[name] = d
		}
	}
	if diff := cmp.Diff(m.Deltas(), got); diff != "" {
		r.Errorf("receipt (-want +got):\n%s", diff)
	}
}

// activate activates m, which must work, and remembers that the place serves it.
func (r *rig) activate(store applier.Store, m Move) {
	r.Helper()
	r.must("activate", store.Activate(r.Context(), m.Release))
	r.became(m)
}

// became remembers that the place serves m.
func (r *rig) became(m Move) {
	for name := range r.holds {
		r.layouts[name] = r.holds[name].Layout
	}
	for name := range m.After {
		r.layouts[name] = m.After[name].Layout
	}
	r.live, r.holds = m.Target, m.After
}

// release takes the place to the content and returns how.
func (r *rig) release(after Content, options ...func(*Step)) Move {
	r.Helper()
	m := r.move(after, options...)
	r.stage(r.store, m)
	r.activate(r.store, m)
	return m
}

// state returns what the store says of itself.
func (r *rig) state(store applier.Store) applier.State {
	r.Helper()
	st, err := store.Live(r.Context())
	r.must("live", err)
	return st
}

// expect checks that readers, the marker and a scan all show what the place must serve.
func (r *rig) expect(when string) {
	r.Helper()
	st := r.state(r.store)
	if !st.Live.Equal(r.live) {
		r.Errorf("%s: the live marker is not the expected one (-want +got):\n%s", when, cmp.Diff(r.live, st.Live))
	}
	if st.Unfinished != nil {
		r.Errorf("%s: release %s is unfinished", when, st.Unfinished.ID)
	}
	for name, d := range r.holds {
		r.layouts[name] = d.Layout
	}
	for name, layout := range r.layouts {
		r.expectDataset(when, name, layout)
	}
}

func (r *rig) expectDataset(when, name string, layout spec.Layout) {
	r.Helper()
	want := r.holds[name].Records
	got := r.read(name, layout)
	if diff := diffRecords(want, got); diff != "" {
		r.Errorf("%s: %s as readers see it (-want +got):\n%s", when, name, diff)
	}
	scanner, ok := r.store.(applier.Scanner)
	if !ok {
		return
	}
	marker, scanned := r.scan(scanner, name, layout)
	if diff := diffRecords(want, scanned); diff != "" {
		r.Errorf("%s: %s as scanned (-want +got):\n%s", when, name, diff)
	}
	if !marker.Equal(r.live) {
		r.Errorf("%s: scan of %s returned another marker (-want +got):\n%s", when, name, cmp.Diff(r.live, marker))
	}
	if said, counted := marker.Datasets[name].Data, scanned.Digest(); said != counted {
		r.Errorf("%s: the marker says %v of %s, a recount %v", when, said, name, counted)
	}
}

// read returns what a plain reader sees.
func (r *rig) read(name string, layout spec.Layout) Records {
	r.Helper()
	got, err := r.place.Read(r.Context(), name, layout)
	r.must("read "+name, err)
	return got
}

// scan drains a scan, and checks what holds for each.
func (r *rig) scan(s applier.Scanner, name string, layout spec.Layout) (applier.Marker, Records) {
	r.Helper()
	marker, got, err := scanAll(r.Context(), s, name, layout)
	r.must("scan "+name, err)
	return marker, got
}

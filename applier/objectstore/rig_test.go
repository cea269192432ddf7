package objectstore_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/objectstore"
	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

// shop is a directory with what it serves.
type shop struct {
	testing.TB
	root  string
	store *objectstore.Store
	live  applier.Marker
	holds storetest.Content
}

// newShop returns a shop in a new directory on the real disk.
func newShop(t testing.TB, options ...func(*applier.StoreConfig)) *shop {
	t.Helper()
	root := filepath.Join(t.TempDir(), "shop")
	return &shop{TB: t, root: root, store: open(t, root, options...)}
}

// newFastShop returns a shop whose files are in memory where that can be had, for tests
// of many releases.
func newFastShop(t testing.TB, options ...func(*applier.StoreConfig)) *shop {
	t.Helper()
	s := newShop(t, options...)
	newFaults(t, s.root)
	return s
}

// withBuckets sets the number of buckets.
func withBuckets(n int) func(*applier.StoreConfig) {
	return func(cfg *applier.StoreConfig) { cfg.Buckets = n }
}

// prices returns n records, each with the version as its price.
func prices(n, version int) storetest.Content {
	records := storetest.Records{}
	for i := range n {
		sku := fmt.Sprintf("SKU-%d", i)
		records[spec.Key(sku)] = fmt.Sprintf(`{"price":%d,"sku":%q}`, version, sku)
	}
	return storetest.Content{"prices": {Layout: priceLayout(), Records: records}}
}

func priceLayout() spec.Layout {
	return spec.Layout{
		Key: []spec.KeyPart{{Name: "sku", Column: "sku", Field: true}},
		Fields: []spec.Field{
			{Name: "price", Type: spec.TypeNumber, Required: true},
			{Name: "sku", Type: spec.TypeString, Required: true},
		},
	}
}

// move returns the release from what is live to the content.
func (s *shop) move(after storetest.Content, options ...func(*storetest.Step)) storetest.Move {
	step := storetest.Step{Identity: testIdentity(), Base: s.live, Before: s.holds, After: after}
	for _, o := range options {
		o(&step)
	}
	return step.Move()
}

// stage stages a move.
func (s *shop) stage(m storetest.Move) {
	s.Helper()
	if _, err := s.store.Stage(s.Context(), m.Release, m.Seq()); err != nil {
		s.Fatal(err)
	}
}

// release stages and activates.
func (s *shop) release(after storetest.Content) storetest.Move {
	s.Helper()
	m := s.move(after)
	s.stage(m)
	if err := s.store.Activate(s.Context(), m.Release); err != nil {
		s.Fatal(err)
	}
	s.live, s.holds = m.Target, after
	return m
}

// expect checks what a plain reader and a scan see.
func (s *shop) expect() {
	s.Helper()
	for name, d := range s.holds {
		got, err := readPlain(s.Context(), s.root, name)
		if err != nil {
			s.Fatal(err)
		}
		if diff := cmp.Diff(map[spec.Key]string(d.Records), got); diff != "" {
			s.Errorf("%s as readers see it (-want +got):\n%s", name, diff)
		}
		marker, scanned := s.scan(name)
		if diff := cmp.Diff(maps.Clone(got), scanned); diff != "" {
			s.Errorf("%s as scanned (-read +scanned):\n%s", name, diff)
		}
		if !marker.Equal(s.live) {
			s.Errorf("sequence %d is live, want %d", marker.Seq, s.live.Seq)
		}
	}
}

func (s *shop) scan(dataset string) (applier.Marker, map[spec.Key]string) {
	s.Helper()
	marker, seq, err := s.store.Scan(s.Context(), dataset, priceLayout())
	if err != nil {
		s.Fatal(err)
	}
	got := map[spec.Key]string{}
	for r, err := range seq {
		if err != nil {
			s.Fatal(err)
		}
		got[r.Key] = string(r.JSON)
	}
	return marker, got
}

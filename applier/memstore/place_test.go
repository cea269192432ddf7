package memstore_test

import (
	"errors"
	"fmt"
	"hash/crc32"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/memstore"
	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

var id = applier.Identity{Pipeline: "test"}

// layout has a field that the shop owns.
func layout() spec.Layout {
	return spec.Layout{
		Key: []spec.KeyPart{{Name: "sku", Column: "sku", Field: true}},
		Fields: []spec.Field{
			{Name: "n", Type: spec.TypeInteger, Required: true},
			{Name: "remaining", Type: spec.TypeInteger, Owner: spec.OwnerShop},
			{Name: "sku", Type: spec.TypeString, Required: true},
		},
	}
}

// content returns records a to h with the value n.
func content(n int) storetest.Content {
	records := storetest.Records{}
	for _, sku := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		records[spec.Key(sku)] = fmt.Sprintf(`{"n":%d,"sku":%q}`, n, sku)
	}
	return storetest.Content{"stocks": {Layout: layout(), Records: records}}
}

func move(base applier.Marker, before, after storetest.Content) storetest.Move {
	return storetest.Step{Identity: id, Base: base, Before: before, After: after}.Move()
}

func open(p *memstore.Place, now func() time.Time) *memstore.Store {
	return memstore.New(applier.StoreConfig{Name: "test", Identity: id, Create: true, Now: now}, p)
}

// release takes the place to a content and returns how.
func release(t *testing.T, s *memstore.Store, base applier.Marker, before, after storetest.Content) storetest.Move {
	t.Helper()
	m := move(base, before, after)
	if _, err := s.Stage(t.Context(), m.Release, m.Seq()); err != nil {
		t.Fatal(err)
	}
	if err := s.Activate(t.Context(), m.Release); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPartlyActivatedStageNeverExpires(t *testing.T) {
	place := memstore.NewPlace(2)
	clock := time.Now()
	s := open(place, func() time.Time { return clock })
	first := release(t, s, applier.Marker{}, nil, content(1))

	m := move(first.Target, content(1), content(2))
	if _, err := s.Stage(t.Context(), m.Release, m.Seq()); err != nil {
		t.Fatal(err)
	}
	failAt(place, "activate.partition:1")
	if err := s.Activate(t.Context(), m.Release); !errors.Is(err, errKilled) {
		t.Fatalf("activate: %v", err)
	}
	place.SetFault(nil)
	clock = clock.AddDate(1, 0, 0)

	other := move(first.Target, content(1), content(3))
	if _, err := s.Stage(t.Context(), other.Release, other.Seq()); !errors.Is(err, applier.ErrConflict) {
		t.Errorf("stage of another release: %v", err)
	}
	st, err := s.Live(t.Context())
	if err != nil || st.Unfinished == nil {
		t.Fatalf("unfinished %v, error %v", st.Unfinished, err)
	}
	if err := open(place, nil).Activate(t.Context(), *st.Unfinished); err != nil {
		t.Fatalf("finish: %v", err)
	}
	checkRecords(t, place, content(2))
}

func checkRecords(t *testing.T, p *memstore.Place, want storetest.Content) {
	t.Helper()
	got, err := p.Read(t.Context(), "stocks")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want["stocks"].Records, storetest.Records(got)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// failAt makes every method die at a boundary.
func failAt(p *memstore.Place, at string) {
	p.SetFault(func(step string) error {
		if step == at {
			return errKilled
		}
		return nil
	})
}

func TestBoundariesComeInOrder(t *testing.T) {
	place := memstore.NewPlace(2)
	s := open(place, nil)
	var got []string
	place.SetFault(func(step string) error {
		got = append(got, step)
		return nil
	})
	c := storetest.Content{"stocks": {Layout: layout(), Records: storetest.Records{"a": `{"n":1,"sku":"a"}`}}}
	m := release(t, s, applier.Marker{}, nil, c)
	if err := s.Discard(t.Context(), m.Release); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Live(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"stage.before", "stage.begun", "stage.write", "stage.seal:0", "stage.seal:1", "stage.after",
		"activate.before", "activate.partition:0", "activate.partition:1", "activate.after",
		"discard.before", "discard.partition:0", "discard.partition:1", "discard.after", "live",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("boundaries (-want +got):\n%s", diff)
	}
}

func TestLostReply(t *testing.T) {
	place := memstore.NewPlace(1)
	s := open(place, nil)
	m := move(applier.Marker{}, nil, content(1))
	failAt(place, "activate.after")
	if _, err := s.Stage(t.Context(), m.Release, m.Seq()); err != nil {
		t.Fatal(err)
	}
	if err := s.Activate(t.Context(), m.Release); !errors.Is(err, errKilled) {
		t.Errorf("activate: %v", err)
	}
	st, err := s.Live(t.Context())
	if err != nil || st.Live.Release != m.ID {
		t.Errorf("live is %v, error %v", st.Live, err)
	}
}

func TestPartitionIsTheChecksumOfTheKey(t *testing.T) {
	const partitions = 3
	place := memstore.NewPlace(partitions)
	s := open(place, nil)
	first := release(t, s, applier.Marker{}, nil, content(1))
	m := move(first.Target, content(1), content(2))
	if _, err := s.Stage(t.Context(), m.Release, m.Seq()); err != nil {
		t.Fatal(err)
	}
	failAt(place, "activate.partition:1")
	if err := s.Activate(t.Context(), m.Release); !errors.Is(err, errKilled) {
		t.Fatalf("activate: %v", err)
	}
	want := content(1)
	for k, v := range content(2)["stocks"].Records {
		if crc32.ChecksumIEEE([]byte(k))%partitions == 0 {
			want = want.With("stocks", k, v)
		}
	}
	checkRecords(t, place, want)
}

func TestShopFieldsAreKept(t *testing.T) {
	place := memstore.NewPlace(1)
	s := open(place, nil)
	m := release(t, s, applier.Marker{}, nil, content(1))
	if err := place.Tamper("stocks", layout(), "b", []byte(`{"n":1,"remaining":42,"sku":"b"}`)); err != nil {
		t.Fatal(err)
	}
	m = release(t, s, m.Target, content(1), content(2))
	if got := place.ShopFields("stocks", "b"); got != `{"remaining":42}` {
		t.Errorf("after an update the shop has %q", got)
	}
	release(t, s, m.Target, content(2), content(2).With("stocks", "b", ""))
	if got := place.ShopFields("stocks", "b"); got != "" {
		t.Errorf("after the delete the shop has %q", got)
	}
}

func TestNotInitialized(t *testing.T) {
	s := memstore.New(applier.StoreConfig{Name: "test", Identity: id}, memstore.NewPlace(1))
	m := move(applier.Marker{}, nil, content(1))
	if _, err := s.Stage(t.Context(), m.Release, m.Seq()); !errors.Is(err, applier.ErrNotInitialized) {
		t.Errorf("stage: %v", err)
	}
	if err := s.Init(t.Context(), map[string]spec.Layout{"stocks": layout()}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stage(t.Context(), m.Release, m.Seq()); err != nil {
		t.Errorf("stage after init: %v", err)
	}
}

func TestUnknownDatasetIsRefused(t *testing.T) {
	s := open(memstore.NewPlace(1), nil)
	m := move(applier.Marker{}, nil, content(1))
	m.Datasets = nil
	if _, err := s.Stage(t.Context(), m.Release, m.Seq()); err == nil {
		t.Error("a change of a dataset that the release does not name was staged")
	}
}

func TestSameAttemptTwiceIsRefused(t *testing.T) {
	s := open(memstore.NewPlace(1), nil)
	m := move(applier.Marker{}, nil, content(1))
	if _, err := s.Stage(t.Context(), m.Release, m.Seq()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stage(t.Context(), m.Release, m.Seq()); err == nil {
		t.Error("an attempt was staged twice")
	}
}

func TestNilPlacePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a store without a place was opened")
		}
	}()
	memstore.New(applier.StoreConfig{}, nil)
}

var _ interface {
	applier.Store
	applier.Scanner
	applier.Initializer
} = (*memstore.Store)(nil)

package memstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/memstore"
	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	for _, partitions := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d partitions", partitions), func(t *testing.T) {
			storetest.Run(t, storetest.Suite{
				New:        func(testing.TB) storetest.Place { return place{memstore.NewPlace(partitions)} },
				Partitions: partitions,
			})
		})
	}
}

// place is a memory that the suite can look at.
type place struct{ *memstore.Place }

func (p place) Open(_ testing.TB, id applier.Identity) applier.Store {
	return memstore.New(applier.StoreConfig{Name: "test", Identity: id, Create: true}, p.Place)
}

func (p place) Read(ctx context.Context, dataset string, _ spec.Layout) (map[spec.Key]string, error) {
	return p.Place.Read(ctx, dataset)
}

func (p place) Tamper(t testing.TB, dataset string, layout spec.Layout, key spec.Key, canonical []byte) {
	t.Helper()
	if err := p.Place.Tamper(dataset, layout, key, canonical); err != nil {
		t.Fatal(err)
	}
}

func (p place) SetFormat(t testing.TB, format int) {
	t.Helper()
	if err := p.Place.SetFormat(format); err != nil {
		t.Fatal(err)
	}
}

func (p place) Break(_ testing.TB, kind storetest.Fault) (func(), bool) {
	switch kind {
	case storetest.FaultReadOnly:
		p.SetReadOnly(true)
		return func() { p.SetReadOnly(false) }, true
	case storetest.FaultFull:
		p.SetRoom(100)
		return func() { p.SetRoom(-1) }, true
	}
	return nil, false
}

var errKilled = errors.New("the process was killed")

func (p place) Interrupt(n int) func() bool {
	reached := 0
	p.SetFault(func(string) error {
		if reached++; reached > n {
			return errKilled
		}
		return nil
	})
	return func() bool {
		p.SetFault(nil)
		return reached > n
	}
}

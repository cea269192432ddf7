package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/memstore"
	"github.com/promoctl/promoctl/spec"
)

// memory is a place in memory whose stores are broken on purpose.
type memory struct {
	*memstore.Place
	breakage func(f *faulty)
	looks    atomic.Int64 // reads, scans and Lives that ended
	mu       sync.Mutex
	litter   []string // what List lists
	locked   bool
}

func (p *memory) Open(_ testing.TB, id applier.Identity) applier.Store {
	f := &faulty{place: p, cfg: applier.StoreConfig{Name: "test", Identity: id, Create: true}}
	p.breakage(f)
	f.Store = memstore.New(f.cfg, p.Place)
	return f
}

func (p *memory) Read(ctx context.Context, dataset string, _ spec.Layout) (map[spec.Key]string, error) {
	defer p.looks.Add(1)
	return p.Place.Read(ctx, dataset)
}

func (p *memory) Tamper(t testing.TB, dataset string, layout spec.Layout, key spec.Key, canonical []byte) {
	if err := p.Place.Tamper(dataset, layout, key, canonical); err != nil {
		t.Fatal(err)
	}
}

func (p *memory) SetFormat(t testing.TB, format int) {
	if err := p.Place.SetFormat(format); err != nil {
		t.Fatal(err)
	}
}

func (p *memory) Break(_ testing.TB, kind Fault) (func(), bool) {
	if kind == FaultReadOnly {
		p.SetReadOnly(true)
		return func() { p.SetReadOnly(false) }, true
	}
	p.SetRoom(100)
	return func() { p.SetRoom(-1) }, true
}

func (p *memory) Interrupt(n int) func() bool {
	reached := 0
	p.SetFault(func(step string) error {
		if reached++; reached > n {
			return fmt.Errorf("killed at boundary %d", n)
		}
		return nil
	})
	return func() bool {
		p.SetFault(nil)
		return reached > n
	}
}

func (p *memory) List(testing.TB) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.litter...)
}

// errLocked is what a store says that leaves locks behind.
var errLocked = errors.New("somebody holds the lock")

func (p *memory) lock() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.locked {
		return errLocked
	}
	p.locked = true
	return nil
}

func (p *memory) unlock() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.locked = false
}

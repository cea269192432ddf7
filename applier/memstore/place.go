package memstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"sync"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// Place is what a server or a disk is to other drivers: it holds live and staged data
// and outlives the stores that are opened on it. Its methods are what readers and
// meddlers do without promoctl, and faults for tests. All may be called concurrently.
type Place struct {
	mu       sync.Mutex
	parts    []*partition
	prepared map[string]spec.Layout // by Init or by a release
	staged   int                    // counts stages, for their order
	fault    func(step string) error
	readOnly bool
	room     int // records that can still be staged; negative: any number
}

// partition is a part of the place that has a marker and stages of its own.
type partition struct {
	live   *generation
	stages map[string]*stage // by attempt
}

// generation is what readers see of a partition. It is replaced as a whole and never
// written to, so that whoever holds one reads a consistent state.
type generation struct {
	marker  []byte           // nil: never released to
	history []applier.Marker // newest first; each was read as ours when it was live
	data    map[string]table
}

type table map[spec.Key]row

// row is a live record: what Git says, and a JSON object of what the shop owns.
type row struct {
	record spec.Record
	shop   []byte // nil: nothing
}

// NewPlace returns an empty place. With more than one partition a record lives in
// partition crc32(key) mod partitions; fewer than one is an error of the caller and
// panics.
func NewPlace(partitions int) *Place {
	if partitions < 1 {
		panic(fmt.Sprintf("memstore: a place needs at least one partition, not %d", partitions))
	}
	p := &Place{prepared: map[string]spec.Layout{}, room: -1}
	for range partitions {
		p.parts = append(p.parts, &partition{live: &generation{}, stages: map[string]*stage{}})
	}
	return p
}

func (p *Place) partitionOf(key spec.Key) *partition {
	return p.parts[crc32.ChecksumIEEE([]byte(key))%uint32(len(p.parts))]
}

// Read returns the live records of a dataset as readers see them: key to JSON. With
// one partition they are one consistent state; with more, each partition's are.
func (p *Place) Read(ctx context.Context, dataset string) (map[spec.Key]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := map[spec.Key]string{}
	for _, g := range p.generations() {
		for key, r := range g.data[dataset] {
			out[key] = string(r.record.JSON)
		}
	}
	return out, nil
}

// generations returns what each partition serves now.
func (p *Place) generations() []*generation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.serving()
}

// serving is generations for a caller that holds the lock.
func (p *Place) serving() []*generation {
	out := make([]*generation, len(p.parts))
	for i, part := range p.parts {
		out[i] = part.live
	}
	return out
}

// ShopFields returns what the shop keeps in the fields that it owns, as a JSON object;
// empty when there is nothing.
func (p *Place) ShopFields(dataset string, key spec.Key) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.partitionOf(key).live.data[dataset][key].shop)
}

// Tamper changes a live record behind promoctl's back; nil canonical deletes it. What
// the layout says is the shop's is kept as the shop's.
func (p *Place) Tamper(dataset string, layout spec.Layout, key spec.Key, canonical []byte) error {
	git, shop, err := splitOwners(canonical, layout)
	if err != nil {
		return fmt.Errorf("tamper with %s %s: %w", dataset, key, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	part := p.partitionOf(key)
	g := part.live.clone()
	t := maps.Clone(g.data[dataset])
	if t == nil {
		t = table{}
	}
	if canonical == nil {
		delete(t, key)
	} else {
		t[key] = row{record: spec.NewRecord(key, git), shop: shop}
	}
	g.data[dataset] = t
	part.live = g
	return nil
}

// SetFormat rewrites the format number of every live marker.
func (p *Place) SetFormat(format int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, part := range p.parts {
		var m applier.Marker
		if err := json.Unmarshal(part.live.marker, &m); err != nil {
			return fmt.Errorf("set the format of a marker: %w", err)
		}
		m.Format = format
		g := part.live.clone()
		g.marker = m.Encode()
		part.live = g
	}
	return nil
}

// clone returns a copy whose tables are shared until they are replaced.
func (g *generation) clone() *generation {
	c := *g
	c.data = maps.Clone(g.data)
	if c.data == nil {
		c.data = map[string]table{}
	}
	return &c
}

// Errors of a place that was told to fail.
var (
	errReadOnly = errors.New("the memory is read-only; make it writable and run the command again")
	errFull     = errors.New("the memory is full; make room and run the command again")
)

// SetReadOnly makes every write fail, or lets them pass again.
func (p *Place) SetReadOnly(readOnly bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readOnly = readOnly
}

// SetRoom lets so many more records be staged before the place is full; a negative
// number takes the limit away.
func (p *Place) SetRoom(records int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.room = records
}

// SetFault has f called at every boundary between two steps of every store on the
// place; nil takes it away. An error makes the method return at once and leave
// everything as it is, as if the process or the connection had died there; a step
// that ends in ".after" has happened, so that its error is a lost reply. F may block,
// for a slow store, and may use the place and other stores on it; no lock is held.
//
// The steps, in order, with a partition's number where each partition has a step:
//
//	live            scan.before     scan.record
//	stage.before    stage.begun     stage.write (before each change)
//	stage.seal:0    stage.seal:1    stage.after
//	activate.before activate.partition:0 activate.partition:1 activate.after
//	discard.before  discard.partition:0 discard.partition:1 discard.after
func (p *Place) SetFault(f func(step string) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

// step is a boundary between two steps: the context and the fault may end the method.
func (p *Place) step(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return p.reached(name)
}

// reached is a boundary behind which nothing is left to do: a context that ends there
// ends too late.
func (p *Place) reached(name string) error {
	p.mu.Lock()
	fault := p.fault
	p.mu.Unlock()
	if fault == nil {
		return nil
	}
	if err := fault(name); err != nil {
		return fmt.Errorf("at %s: %w", name, err)
	}
	return nil
}

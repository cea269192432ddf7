// Package memstore is a store in memory, and the reference for the contract of
// applier.Store.
//
// The conformance suite needs a driver that is plainly right, so that a check that
// fails is known to be the check's mistake; the engine's tests need a store that can
// be made to fail between any two steps. A [Place] stands for the server or the disk.
// Any number of stores are opened on it, each as a process of its own would be: they
// share the place and nothing else.
//
// A place may have several partitions, each with a marker and stages of its own, as a
// Redis Cluster or a sharded database has.
package memstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/promoctl/promoctl/applier"
)

// Store is a handle on a place on behalf of one pipeline and environment. It
// implements [applier.Store], [applier.Scanner] and [applier.Initializer].
type Store struct {
	name  string
	id    applier.Identity
	make  bool // datasets are made when missing
	now   func() time.Time
	place *Place
}

// New opens a store on a place. Of the configuration, Name, Identity, Create and Now
// count. A nil place panics.
func New(cfg applier.StoreConfig, place *Place) *Store {
	if place == nil {
		panic("memstore: a store needs a place")
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	return &Store{name: cfg.Name, id: cfg.Identity, make: cfg.Create, now: now, place: place}
}

// fail puts store and method before an error.
func (s *Store) fail(method string, err error) error {
	return fmt.Errorf("memory store %s: %s: %w", s.name, method, err)
}

// Live implements [applier.Store].
func (s *Store) Live(ctx context.Context) (applier.State, error) {
	if err := s.place.step(ctx, "live"); err != nil {
		return applier.State{}, s.fail("live", err)
	}
	s.place.mu.Lock()
	defer s.place.mu.Unlock()
	st, err := s.state()
	if err != nil {
		return applier.State{}, s.fail("live", err)
	}
	return st, nil
}

// state reads markers, history and stages; the caller holds the lock.
func (s *Store) state() (applier.State, error) {
	markers, err := s.markers(s.place.serving())
	if err != nil {
		return applier.State{}, err
	}
	behind, ahead := spread(markers)
	st := applier.State{Live: markers[behind], Staged: s.place.stagedList()}
	for _, m := range s.place.parts[behind].live.history {
		m.Datasets, m.Behind = maps.Clone(m.Datasets), maps.Clone(m.Behind) // the caller's own
		st.History = append(st.History, m)
	}
	if markers[ahead].Release != markers[behind].Release {
		st.Unfinished, err = s.place.unfinished(markers[ahead].Release, s.place.parts[behind])
	}
	return st, err
}

// markers decodes the marker of each partition, or returns ErrForeign or ErrFormat.
func (s *Store) markers(gens []*generation) ([]applier.Marker, error) {
	out := make([]applier.Marker, len(gens))
	for i, g := range gens {
		if g.marker == nil {
			continue
		}
		m, err := applier.DecodeMarker(g.marker, s.id)
		if err != nil {
			return nil, err
		}
		out[i] = m
	}
	return out, nil
}

// spread returns the partitions with the lowest and the highest sequence.
func spread(markers []applier.Marker) (behind, ahead int) {
	for i, m := range markers {
		if m.Seq < markers[behind].Seq {
			behind = i
		}
		if m.Seq > markers[ahead].Seq {
			ahead = i
		}
	}
	return behind, ahead
}

// unfinished returns the release that a partition still has to activate.
func (p *Place) unfinished(id applier.ReleaseID, behind *partition) (*applier.Release, error) {
	for _, st := range behind.stages {
		if st.release.ID == id && st.sealed {
			r := st.release
			return &r, nil
		}
	}
	return nil, fmt.Errorf("partitions disagree and the stage of release %s is gone; restore the place from a backup", id)
}

// stagedList merges the stages of all partitions, oldest first. A stage is sealed when
// it is in every partition that has it.
func (p *Place) stagedList() []applier.Staged {
	all := map[string]*stage{}
	for _, part := range p.parts {
		for attempt, st := range part.stages {
			if seen := all[attempt]; seen == nil || seen.sealed {
				all[attempt] = st
			}
		}
	}
	var sorted []*stage
	for _, st := range all {
		sorted = append(sorted, st)
	}
	slices.SortFunc(sorted, func(a, b *stage) int { return a.order - b.order })
	var out []applier.Staged
	for _, st := range sorted {
		out = append(out, st.release.Staged(st.sealed))
	}
	return out
}

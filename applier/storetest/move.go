package storetest

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// Step says from where to where a store is to be released. [Step.Move] makes the
// release of it; what is left out gets a sensible value.
type Step struct {
	Identity applier.Identity
	Store    string         // "store" if empty
	Base     applier.Marker // what the store serves
	Before   Content        // what the store holds as it serves Base
	After    Content        // what it is to hold
	Replace  []string       // datasets that are staged as a whole
	Kind     applier.Kind   // apply if empty
	Pin      *applier.Pin
	Lease    time.Duration // from now; a day if zero, and in the past if negative
}

// Move is a release with its changes: all that a Store needs to run it.
type Move struct {
	applier.Release
	Changes []planner.Change
	After   Content
}

// Move returns the release of the step, with a new attempt.
func (s Step) Move() Move {
	m := Move{After: s.After, Changes: s.changes()}
	now := time.Now().UTC().Truncate(time.Millisecond)
	m.Release = applier.Release{
		Attempt:  newAttempt(),
		Store:    cmp.Or(s.Store, "store"),
		Base:     s.Base,
		Datasets: s.datasets(),
		Expires:  now.Add(cmp.Or(s.Lease, 24*time.Hour)),
	}
	m.Target = applier.Marker{
		Format:   applier.MarkerFormat,
		Identity: s.Identity,
		Seq:      s.Base.Seq + 1,
		Commit:   s.After.Commit(),
		Datasets: maps.Collect(s.After.States()),
		Pin:      s.Pin,
		Plan:     planDigest(m.Changes),
		Kind:     cmp.Or(s.Kind, applier.KindApply),
		At:       now,
		By:       "storetest",
	}
	m.ID = applier.NewReleaseID(m.Store, m.Base, m.Target)
	m.Target.Release, m.Target.Origin = m.ID, m.ID
	return m
}

// datasets lists every dataset that the store holds before or after.
func (s Step) datasets() map[string]applier.DatasetRelease {
	out := map[string]applier.DatasetRelease{}
	for name, d := range s.Before {
		out[name] = applier.DatasetRelease{Base: &d.Layout}
	}
	for name, d := range s.After {
		dr := out[name]
		dr.Target = &d.Layout
		dr.Replace = dr.Base != nil && slices.Contains(s.Replace, name)
		out[name] = dr
	}
	return out
}

// changes compares Before and After, sorted by dataset and key.
func (s Step) changes() []planner.Change {
	var out []planner.Change
	for _, name := range slices.Sorted(maps.Keys(s.datasets())) {
		before := s.Before[name].Records
		if slices.Contains(s.Replace, name) {
			before = nil
		}
		after := s.After[name].Records
		for _, key := range slices.Sorted(maps.Keys(union(before, after))) {
			if c, differs := planner.MakeChange(name, before.record(key), after.record(key)); differs {
				out = append(out, c)
			}
		}
	}
	return out
}

// Seq yields the changes, as a planner does.
func (m Move) Seq() iter.Seq2[planner.Change, error] {
	return func(yield func(planner.Change, error) bool) {
		for _, c := range m.Changes {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// Deltas returns what the receipt of the changes must say, without empty deltas.
func (m Move) Deltas() map[string]planner.Delta {
	out := map[string]planner.Delta{}
	for _, c := range m.Changes {
		d := out[c.Dataset]
		d.Include(c)
		out[c.Dataset] = d
	}
	return out
}

// Again returns the same release with a new attempt, as the same command makes it when
// it is run again.
func (m Move) Again() Move {
	m.Attempt = newAttempt()
	return m
}

func newAttempt() string {
	b := make([]byte, 8)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func planDigest(changes []planner.Change) spec.Digest {
	h := sha256.New()
	for _, c := range changes {
		fmt.Fprintf(h, "%s %s %s %v %v\n", c.Dataset, c.Key, c.Op, digestOf(c.Before), digestOf(c.After))
	}
	return spec.Digest(h.Sum(nil))
}

func digestOf(r *spec.Record) spec.Digest {
	if r == nil {
		return spec.Digest{}
	}
	return r.Digest
}

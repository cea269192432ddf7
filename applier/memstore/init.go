package memstore

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// InitPlan implements [applier.Initializer].
func (s *Store) InitPlan(ctx context.Context, layouts map[string]spec.Layout) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, s.fail("init", err)
	}
	s.place.mu.Lock()
	defer s.place.mu.Unlock()
	return s.place.missing(layouts), nil
}

// missing lists what the place lacks to hold the datasets. The caller holds the lock.
func (p *Place) missing(layouts map[string]spec.Layout) []string {
	var steps []string
	for _, name := range slices.Sorted(maps.Keys(layouts)) {
		have, ok := p.prepared[name]
		if !ok {
			steps = append(steps, "make dataset "+name)
			continue
		}
		for _, f := range layouts[name].Fields {
			if have.Field(f.Name) == nil {
				steps = append(steps, fmt.Sprintf("add field %s to dataset %s", f.Name, name))
			}
		}
	}
	return steps
}

// Init implements [applier.Initializer].
func (s *Store) Init(ctx context.Context, layouts map[string]spec.Layout) error {
	if err := ctx.Err(); err != nil {
		return s.fail("init", err)
	}
	s.place.mu.Lock()
	defer s.place.mu.Unlock()
	if s.place.readOnly && len(s.place.missing(layouts)) > 0 {
		return s.fail("init", errReadOnly)
	}
	for name, want := range layouts {
		s.place.prepared[name] = widen(s.place.prepared[name], want)
	}
	return nil
}

// widen returns the wanted layout with the fields that are there and not wanted.
func widen(have, want spec.Layout) spec.Layout {
	want.Fields = slices.Clone(want.Fields)
	for _, f := range have.Fields {
		if want.Field(f.Name) == nil {
			want.Fields = append(want.Fields, f)
		}
	}
	return want
}

// initialized returns ErrNotInitialized when a release needs what is missing and the
// store may not make it. The caller holds the lock.
func (s *Store) initialized(r applier.Release) error {
	if s.make {
		return nil
	}
	needed := map[string]spec.Layout{}
	for name, d := range r.Datasets {
		if d.Target != nil {
			needed[name] = *d.Target
		}
	}
	if steps := s.place.missing(needed); len(steps) > 0 {
		return fmt.Errorf("%w: %s; run promoctl init-store", applier.ErrNotInitialized, steps[0])
	}
	return nil
}

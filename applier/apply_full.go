package applier

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// fullPlan is the plan from what the store holds, record by record, to the target. It
// needs no live commit, mends every drift, and is what repairs are made of.
func (r *run) fullPlan(ctx context.Context, m *move) (*storePlan, error) {
	scanner, ok := m.Store.(Scanner)
	if !ok {
		return nil, errors.New("its driver cannot list live records, which a full comparison needs")
	}
	whole, err := r.planner.StorePlan(ctx, m.Name, "", r.req.Target)
	if err != nil {
		return nil, fmt.Errorf("plan the whole content of %s: %w", r.req.Target, err)
	}
	f := &fuller{
		base:    m.state.Live,
		scanner: scanner,
		plan:    &planner.StorePlan{Store: m.Name, Datasets: make(map[string]planner.StoreDataset)},
		held:    make(map[string]spec.DataDigest),
	}
	wanted := byDataset(whole.Changes)
	names := maps.Clone(f.base.Datasets)
	if names == nil {
		names = make(map[string]DatasetState)
	}
	for name := range whole.Datasets {
		names[name] = DatasetState{}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if err := f.dataset(ctx, name, whole.Datasets[name].Target, wanted[name]); err != nil {
			return nil, fmt.Errorf("dataset %s: %w", name, err)
		}
	}
	if r.req.Kind == KindRepair && f.base.Commit == r.req.Target {
		m.drift = f.drift()
	}
	return settle(f.plan, f.held)
}

// fuller makes the full plan of one store.
type fuller struct {
	base    Marker
	scanner Scanner
	plan    *planner.StorePlan
	held    map[string]spec.DataDigest
}

// dataset adds one dataset to the plan: target is its layout at the target, nil when
// it is gone, and wanted are its records there, as creates.
func (f *fuller) dataset(ctx context.Context, name string, target *spec.Layout, wanted []planner.Change) error {
	d := planner.StoreDataset{Target: target}
	changes := wanted
	if held, ok := f.base.Datasets[name]; ok {
		d.Base = &held.Layout
		d.Replace = target != nil && !held.Layout.CarriesOver(*target)
		if !d.Replace {
			var err error
			if changes, err = f.compare(ctx, name, held.Layout, wanted); err != nil {
				return err
			}
		}
	}
	for _, c := range changes {
		d.Delta.Include(c)
	}
	f.plan.Datasets[name] = d
	f.plan.Changes = append(f.plan.Changes, changes...)
	return nil
}

// compare returns the changes from what the store holds to what is wanted.
func (f *fuller) compare(ctx context.Context, name string, layout spec.Layout, wanted []planner.Change) ([]planner.Change, error) {
	marker, live, err := f.scanner.Scan(ctx, name, layout)
	if err != nil {
		return nil, fmt.Errorf("scan: %w", err)
	}
	if !marker.Equal(f.base) {
		return nil, fmt.Errorf("scan: %w", ErrConflict)
	}
	var changes []planner.Change
	f.held[name], err = compareRecords(wanted, live, func(want, found *spec.Record) {
		if c, differs := planner.MakeChange(name, found, want); differs {
			changes = append(changes, c)
		}
	})
	return changes, err
}

// drift returns what the changes mend, where they mend the live commit itself.
func (f *fuller) drift() *DriftError {
	var d DriftError
	for _, c := range f.plan.Changes {
		d.Add(Drift{Dataset: c.Dataset, Key: c.Key, Want: c.After, Found: c.Before})
	}
	if d.Total == 0 {
		return nil
	}
	return &d
}

// Repair brings live records that drifted back to their commit, in every store, as a
// release of KindRepair of the commit that the lead serves. What it found is in the
// results' Drift. Stores that lag catch up. Errors are those of Apply, and one that
// says so when nothing was ever released.
func (e *Engine) Repair(ctx context.Context, by, note string) (*Result, error) {
	lead := e.members[e.lead]
	state, err := e.read(ctx, lead)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", lead.Name, err)
	}
	if state.Live.IsZero() {
		return nil, fmt.Errorf("store %s: nothing was released to it yet, so there is nothing to repair", lead.Name)
	}
	return e.Apply(ctx, Request{Target: state.Live.Commit, Kind: KindRepair, Full: true, By: by, Note: note})
}

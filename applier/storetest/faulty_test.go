package storetest

import (
	"context"
	"iter"
	"runtime"
	"slices"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/memstore"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

type (
	liveFunc     func(ctx context.Context) (applier.State, error)
	stageFunc    func(ctx context.Context, r applier.Release, changes iter.Seq2[planner.Change, error]) (applier.Receipt, error)
	activateFunc func(ctx context.Context, r applier.Release) error
	scanFunc     func(ctx context.Context, dataset string, layout spec.Layout) (applier.Marker, iter.Seq2[spec.Record, error], error)
	initFunc     func(ctx context.Context, layouts map[string]spec.Layout) error
	planFunc     func(ctx context.Context, layouts map[string]spec.Layout) ([]string, error)
)

// faulty is a store in memory with some of its methods replaced.
type faulty struct {
	*memstore.Store
	place    *memory
	cfg      applier.StoreConfig
	live     liveFunc
	stage    stageFunc
	activate activateFunc
	discard  activateFunc
	scan     scanFunc
	init     initFunc
	plan     planFunc
}

func (f *faulty) Live(ctx context.Context) (applier.State, error) {
	defer f.place.looks.Add(1)
	if f.live != nil {
		return f.live(ctx)
	}
	return f.Store.Live(ctx)
}

func (f *faulty) Stage(ctx context.Context, r applier.Release, changes iter.Seq2[planner.Change, error]) (applier.Receipt, error) {
	if f.stage != nil {
		return f.stage(ctx, r, changes)
	}
	return f.Store.Stage(ctx, r, changes)
}

func (f *faulty) Activate(ctx context.Context, r applier.Release) error {
	if f.activate != nil {
		return f.activate(ctx, r)
	}
	return f.Store.Activate(ctx, r)
}

func (f *faulty) Discard(ctx context.Context, r applier.Release) error {
	if f.discard != nil {
		return f.discard(ctx, r)
	}
	return f.Store.Discard(ctx, r)
}

func (f *faulty) Scan(ctx context.Context, dataset string, layout spec.Layout) (applier.Marker, iter.Seq2[spec.Record, error], error) {
	defer f.place.looks.Add(1)
	if f.scan != nil {
		return f.scan(ctx, dataset, layout)
	}
	return f.Store.Scan(ctx, dataset, layout)
}

func (f *faulty) Init(ctx context.Context, layouts map[string]spec.Layout) error {
	if f.init != nil {
		return f.init(ctx, layouts)
	}
	return f.Store.Init(ctx, layouts)
}

func (f *faulty) InitPlan(ctx context.Context, layouts map[string]spec.Layout) ([]string, error) {
	if f.plan != nil {
		return f.plan(ctx, layouts)
	}
	return f.Store.InitPlan(ctx, layouts)
}

// marker returns what is live; zero when it cannot be read.
func (f *faulty) marker(ctx context.Context) applier.Marker {
	st, _ := f.Store.Live(ctx)
	return st.Live
}

// staged returns the stage of an attempt.
func (f *faulty) staged(ctx context.Context, attempt string) (applier.Staged, bool) {
	st, _ := f.Store.Live(ctx)
	i := slices.IndexFunc(st.Staged, func(s applier.Staged) bool { return s.Attempt == attempt })
	if i < 0 {
		return applier.Staged{}, false
	}
	return st.Staged[i], true
}

// awaitLooks lets a concurrent reader look twice, if there is one.
func (f *faulty) awaitLooks() {
	seen := f.place.looks.Load()
	for range 200_000 {
		if f.place.looks.Load() >= seen+2 {
			return
		}
		runtime.Gosched()
	}
}

// put makes a change visible at once.
func (f *faulty) put(r applier.Release, c planner.Change) {
	d := r.Datasets[c.Dataset]
	layout := d.Target
	if layout == nil {
		layout = d.Base
	}
	var canonical []byte
	if c.After != nil {
		canonical = c.After.JSON
	}
	if err := f.place.Place.Tamper(c.Dataset, *layout, c.Key, canonical); err != nil {
		panic(err)
	}
}

// collect drains changes up to the first error.
func collect(changes iter.Seq2[planner.Change, error]) ([]planner.Change, error) {
	var out []planner.Change
	for c, err := range changes {
		if err != nil {
			return out, err
		}
		out = append(out, c)
	}
	return out, nil
}

func seqOf(changes []planner.Change) iter.Seq2[planner.Change, error] {
	return Move{Changes: changes}.Seq()
}

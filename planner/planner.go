package planner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/promoctl/promoctl/spec"
)

// Config is what a Planner needs.
type Config struct {
	Repo   Repo   // required
	Prefix string // folder of the pipeline file within the repository; "" for the root
	Env    string // environment; "" for the pipeline's default
	// CacheDir keeps indexes of keys between runs; "" keeps none.
	CacheDir string
	// DigestKey keys the digests of sensitive records wherever they leave the stores.
	DigestKey []byte
	// LiveBefore returns commits that were live earlier, newest first; nil: none are
	// known. Going back to values of theirs only warns. It is asked only when a
	// finding would block.
	LiveBefore func(ctx context.Context) []string
}

// Planner makes plans. It keeps what it has read for as long as it lives, so that the
// plans of several stores share the work. It is safe for concurrent use.
type Planner struct {
	cfg   Config
	index *index

	mu        sync.Mutex
	snapshots map[snapshotKey]*snapshot
	pipelines []loadedPipeline
	walks     map[[2]string][]Pair
	diffs     map[diffKey]*datasetDiff
}

// New returns a Planner.
func New(cfg Config) (*Planner, error) {
	if cfg.Repo == nil {
		return nil, errors.New("planner: no repository")
	}
	return &Planner{
		cfg: cfg, index: newIndex(cfg.CacheDir),
		snapshots: map[snapshotKey]*snapshot{}, walks: map[[2]string][]Pair{}, diffs: map[diffKey]*datasetDiff{},
	}, nil
}

// Relate says how target stands to live.
func (p *Planner) Relate(ctx context.Context, live, target string) (Relation, error) {
	return p.cfg.Repo.Relate(ctx, live, target)
}

// Pipeline returns the pipeline file of a commit as it holds for the planner's environment.
func (p *Planner) Pipeline(ctx context.Context, commit string) (*spec.Pipeline, error) {
	s, err := p.target(ctx, commit)
	if err != nil {
		return nil, err
	}
	return s.pipeline, nil
}

// CommitPlan returns the plan that people review, from base to target. An empty base
// means that nothing is live. The error is spec.Problems when the data of the target
// is wrong.
func (p *Planner) CommitPlan(ctx context.Context, base, target string) (*Plan, error) {
	b, t, err := p.pair(ctx, base, target)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Base: b.commit, Target: t.commit, Env: t.pipeline.Env}
	var problems spec.Problems
	for _, name := range datasetNames(b.pipeline, t.pipeline) {
		d, err := p.diff(ctx, b, t, datasetOf(b, name), datasetOf(t, name))
		if err != nil {
			return nil, err
		}
		problems = append(problems, d.problems...)
		if dp := d.summary(name); dp != nil {
			plan.Datasets = append(plan.Datasets, *dp)
		}
		plan.Changes = append(plan.Changes, d.changes...)
	}
	if len(problems) == 0 {
		if problems, err = p.checkLinks(ctx, b, t, plan); err != nil {
			return nil, err
		}
	}
	if len(problems) > 0 {
		problems.Sort()
		return nil, problems
	}
	plan.Config = configChanges(b, t)
	plan.Digest = p.planDigest(t.pipeline.ConfigDigest(), plan)
	if err := p.review(ctx, b, t, plan); err != nil {
		return nil, err
	}
	return plan, nil
}

// datasetNames returns the names of the datasets of either side, sorted.
func datasetNames(pipelines ...*spec.Pipeline) []string {
	names := map[string]bool{}
	for _, p := range pipelines {
		if p == nil {
			continue
		}
		for _, d := range p.Datasets {
			names[d.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func datasetOf(s *snapshot, name string) *spec.Dataset {
	if s.pipeline == nil {
		return nil
	}
	return s.pipeline.Dataset(name)
}

// StorePlan returns what a store that serves base lacks to serve target. With an empty
// base it is the whole content that the store is to hold.
func (p *Planner) StorePlan(ctx context.Context, store, base, target string) (*StorePlan, error) {
	b, t, err := p.pair(ctx, base, target)
	if err != nil {
		return nil, err
	}
	if t.pipeline.Store(store) == nil {
		return nil, fmt.Errorf("commit %s declares no store %s", t.commit.Short(), store)
	}
	out := &StorePlan{Store: store, Datasets: map[string]StoreDataset{}}
	var problems spec.Problems
	for _, name := range datasetNames(b.pipeline, t.pipeline) {
		from, to := takenBy(b, store, name), takenBy(t, store, name)
		if from == nil && to == nil {
			continue
		}
		sd := StoreDataset{Base: layoutOf(from), Target: layoutOf(to)}
		if from != nil && to != nil && !from.Layout.CarriesOver(to.Layout) {
			sd.Replace, from = true, nil
		}
		d, err := p.diff(ctx, b, t, from, to)
		if err != nil {
			return nil, err
		}
		problems = append(problems, d.problems...)
		for _, c := range d.changes {
			sd.Delta.Include(c)
		}
		out.Datasets[name] = sd
		out.Changes = append(out.Changes, d.changes...)
	}
	if problems.Sort(); len(problems) > 0 {
		return nil, problems
	}
	return out, nil
}

// takenBy returns the dataset if the store takes it.
func takenBy(s *snapshot, store, name string) *spec.Dataset {
	d := datasetOf(s, name)
	if d == nil || !slices.Contains(d.Stores, store) {
		return nil
	}
	return d
}

func layoutOf(d *spec.Dataset) *spec.Layout {
	if d == nil {
		return nil
	}
	return &d.Layout
}

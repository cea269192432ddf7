package planner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/promoctl/promoctl/spec"
)

// snapshot is a commit with its pipeline file. The zero commit has no pipeline, and so
// does a commit from before the pipeline file, or from before the environment.
type snapshot struct {
	commit   Commit
	pipeline *spec.Pipeline
	noEnv    bool // there is a pipeline file, and it does not know the environment
}

// snapshotKey names a snapshot: one commit can be read for several environments.
type snapshotKey struct{ commit, env string }

// pair returns the two sides of a plan. The environment is the target's, so that a
// commit that changes the default does not compare one environment with another.
func (p *Planner) pair(ctx context.Context, base, target string) (b, t *snapshot, err error) {
	if t, err = p.target(ctx, target); err != nil {
		return nil, nil, err
	}
	if b, err = p.base(ctx, base, t.pipeline.Env); err != nil {
		return nil, nil, fmt.Errorf("base: %w", err)
	}
	return b, t, nil
}

// target returns the snapshot of a commit that must have a pipeline file which knows
// the environment.
func (p *Planner) target(ctx context.Context, hash string) (*snapshot, error) {
	return p.kept(snapshotKey{hash, "target " + p.cfg.Env}, func() (*snapshot, error) {
		commit, _, err := p.cfg.Repo.Commit(ctx, hash)
		if err != nil {
			return nil, err
		}
		pipeline, err := p.loadPipeline(ctx, hash, p.cfg.Env)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("commit %s has no %s; run promoctl init and commit the file", commit.Short(), spec.PipelineFile)
		}
		return &snapshot{commit: commit, pipeline: pipeline}, err
	})
}

// base returns the snapshot of a commit that changes are counted from; hash "" stands
// for "nothing is live". A commit from before the pipeline file declared environments
// holds for all of them; one that declares others knows nothing of this one.
func (p *Planner) base(ctx context.Context, hash, env string) (*snapshot, error) {
	if hash == "" {
		return &snapshot{}, nil
	}
	return p.kept(snapshotKey{hash, "base " + env}, func() (*snapshot, error) {
		commit, _, err := p.cfg.Repo.Commit(ctx, hash)
		if err != nil {
			return nil, err
		}
		s := &snapshot{commit: commit}
		switch names := spec.EnvironmentNames(p.ReadFile(ctx, hash)); {
		case len(names) == 0:
			env = ""
		case !slices.Contains(names, env):
			s.noEnv = true
			return s, nil
		}
		if s.pipeline, err = p.loadPipeline(ctx, hash, env); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("commit %s: %w", commit.Short(), err)
		}
		return s, nil
	})
}

// kept makes a snapshot at most once. Errors are not kept.
func (p *Planner) kept(key snapshotKey, load func() (*snapshot, error)) (*snapshot, error) {
	p.mu.Lock()
	s := p.snapshots[key]
	p.mu.Unlock()
	if s != nil {
		return s, nil
	}
	s, err := load()
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.snapshots[key] = s
	p.mu.Unlock()
	return s, nil
}

// walk returns what differs between two commits in folders that may hold data of
// either side. An empty base yields every file of the target.
func (p *Planner) walk(ctx context.Context, b, t *snapshot) ([]Pair, error) {
	at := [2]string{b.commit.Hash, t.commit.Hash}
	p.mu.Lock()
	pairs, ok := p.walks[at]
	p.mu.Unlock()
	if ok {
		return pairs, nil
	}
	skip := func(dir string) bool { return !mayHoldData(b.pipeline, dir) && !mayHoldData(t.pipeline, dir) }
	for pair, err := range p.cfg.Repo.Diff(ctx, b.commit.Hash, t.commit.Hash, p.cfg.Prefix, skip) {
		if err != nil {
			return nil, fmt.Errorf("compare %s with %s: %w", nameOfCommit(b), nameOfCommit(t), err)
		}
		pairs = append(pairs, pair)
	}
	p.mu.Lock()
	p.walks[at] = pairs
	p.mu.Unlock()
	return pairs, nil
}

func nameOfCommit(s *snapshot) string {
	if s.commit.Hash == "" {
		return "nothing"
	}
	return s.commit.Short()
}

func mayHoldData(p *spec.Pipeline, dir string) bool {
	return p != nil && slices.ContainsFunc(p.Datasets, func(d *spec.Dataset) bool { return d.MayMatchBelow(dir) })
}

// files returns the files of a dataset in a commit, and everything in its folders that
// is no file.
func (p *Planner) files(ctx context.Context, s *snapshot, d *spec.Dataset) ([]Entry, error) {
	if d == nil || s.commit.Hash == "" {
		return nil, nil
	}
	all, err := p.walk(ctx, &snapshot{}, s)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, pair := range all {
		if e := pair.New; e.Mode != spec.ModeFile || d.Matches(e.Path) {
			out = append(out, e)
		}
	}
	return out, nil
}

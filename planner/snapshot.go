package planner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"

	"github.com/promoctl/promoctl/spec"
)

// snapshot is a commit with its pipeline file. The zero commit has no pipeline, and so
// does a commit from before the pipeline file.
type snapshot struct {
	commit   Commit
	pipeline *spec.Pipeline
}

// snapshot returns the snapshot of a commit; hash "" stands for "nothing is live".
func (p *Planner) snapshot(ctx context.Context, hash string) (*snapshot, error) {
	if hash == "" {
		return &snapshot{}, nil
	}
	p.mu.Lock()
	s := p.snapshots[hash]
	p.mu.Unlock()
	if s != nil {
		return s, nil
	}
	commit, _, err := p.cfg.Repo.Commit(ctx, hash)
	if err != nil {
		return nil, err
	}
	s = &snapshot{commit: commit}
	if s.pipeline, err = p.loadPipeline(ctx, hash); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	p.mu.Lock()
	p.snapshots[hash] = s
	p.mu.Unlock()
	return s, nil
}

// loadPipeline reads the pipeline file for the planner's environment. A commit from
// before the file declared environments holds for all of them.
func (p *Planner) loadPipeline(ctx context.Context, hash string) (*spec.Pipeline, error) {
	read := func(name string) ([]byte, error) {
		return p.cfg.Repo.ReadFile(ctx, hash, path.Join(p.cfg.Prefix, name))
	}
	pipeline, err := spec.LoadPipeline(read, p.cfg.Env)
	if err == nil || p.cfg.Env == "" {
		return pipeline, err
	}
	if plain, e := spec.LoadPipeline(read, ""); e == nil && len(plain.Environments) == 0 {
		return plain, nil
	}
	return nil, err
}

// Source returns the files of a commit below the pipeline file's folder, for
// spec.Pipeline.ValidateAll.
func (p *Planner) Source(commit string) spec.Source { return commitSource{p, commit} }

type commitSource struct {
	planner *Planner
	commit  string
}

// Files implements spec.Source.
func (s commitSource) Files(ctx context.Context) iter.Seq2[spec.SourceFile, error] {
	return func(yield func(spec.SourceFile, error) bool) {
		for e, err := range s.planner.cfg.Repo.Files(ctx, s.commit, s.planner.cfg.Prefix) {
			if !yield(spec.SourceFile{Path: e.Path, ID: e.Hash, Mode: e.Mode}, err) || err != nil {
				return
			}
		}
	}
}

// Read implements spec.Source.
func (s commitSource) Read(ctx context.Context, f spec.SourceFile) ([]byte, error) {
	return s.planner.cfg.Repo.Blob(ctx, f.ID)
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
			return nil, fmt.Errorf("compare %s with %s: %w", b.commit.Short(), t.commit.Short(), err)
		}
		pairs = append(pairs, pair)
	}
	p.mu.Lock()
	p.walks[at] = pairs
	p.mu.Unlock()
	return pairs, nil
}

func mayHoldData(p *spec.Pipeline, dir string) bool {
	if p == nil {
		return false
	}
	for _, d := range p.Datasets {
		if d.MayMatchBelow(dir) {
			return true
		}
	}
	return false
}

// files returns the entries of a dataset in a commit.
func (p *Planner) files(ctx context.Context, s *snapshot, d *spec.Dataset) ([]Entry, error) {
	if d == nil || s.commit.Hash == "" {
		return nil, nil
	}
	var out []Entry
	for e, err := range p.cfg.Repo.Files(ctx, s.commit.Hash, p.cfg.Prefix) {
		if err != nil {
			return nil, fmt.Errorf("list the files of %s: %w", s.commit.Short(), err)
		}
		if e.Mode != spec.ModeFile || d.Matches(e.Path) {
			out = append(out, e)
		}
	}
	return out, nil
}

// ReadFile returns a reader of a commit's files below the pipeline file's folder, for
// spec.LoadPipeline.
func (p *Planner) ReadFile(ctx context.Context, commit string) spec.ReadFile {
	return func(name string) ([]byte, error) {
		return p.cfg.Repo.ReadFile(ctx, commit, path.Join(p.cfg.Prefix, name))
	}
}

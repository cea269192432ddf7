package planner

import (
	"context"
	"fmt"
	"iter"
	"path"

	"github.com/promoctl/promoctl/spec"
)

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
	return s.planner.blob(ctx, f.ID)
}

// ReadFile returns a reader of a commit's files below the pipeline file's folder, for
// spec.LoadPipeline.
func (p *Planner) ReadFile(ctx context.Context, commit string) spec.ReadFile {
	return func(name string) ([]byte, error) {
		return p.cfg.Repo.ReadFile(ctx, commit, path.Join(p.cfg.Prefix, name))
	}
}

// read returns a data file; no entry, no bytes.
func (p *Planner) read(ctx context.Context, e Entry) ([]byte, error) {
	if e.Path == "" {
		return nil, nil
	}
	data, err := p.blob(ctx, e.Hash)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", e.Path, err)
	}
	return data, nil
}

// blob returns the content of a file. A file over the bound is never held: in its
// place come as many bytes as it takes for the parser to refuse it.
func (p *Planner) blob(ctx context.Context, hash string) ([]byte, error) {
	size, err := p.cfg.Repo.BlobSize(ctx, hash)
	if err != nil {
		return nil, err
	}
	if size > spec.MaxFileSize {
		return make([]byte, spec.MaxFileSize+1), nil
	}
	return p.cfg.Repo.Blob(ctx, hash)
}

package planner

import (
	"bytes"
	"context"
	"errors"
	"io/fs"

	"github.com/promoctl/promoctl/spec"
)

// loadedPipeline is a pipeline with all that it was made from. Commits rarely touch the
// pipeline file, and compiling schemas takes longer than planning a small change.
type loadedPipeline struct {
	env      string
	files    map[string][]byte // by path; nil: there is none
	pipeline *spec.Pipeline
}

// loadPipeline returns the pipeline of a commit, the one of another commit if both are
// made from the same files. The errors are those of spec.LoadPipeline.
func (p *Planner) loadPipeline(ctx context.Context, commit, env string) (*spec.Pipeline, error) {
	read := p.ReadFile(ctx, commit)
	p.mu.Lock()
	known := p.pipelines
	p.mu.Unlock()
	for _, l := range known {
		if (l.env == env || l.pipeline.Env == env) && l.fits(read) {
			return l.pipeline, nil
		}
	}
	l := loadedPipeline{env: env, files: map[string][]byte{}}
	var err error
	l.pipeline, err = spec.LoadPipeline(func(name string) ([]byte, error) {
		data, err := read(name)
		l.files[name] = data
		return data, err
	}, env)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pipelines = append(p.pipelines[:len(p.pipelines):len(p.pipelines)], l)
	return l.pipeline, nil
}

// fits reports whether a commit has the same files.
func (l *loadedPipeline) fits(read spec.ReadFile) bool {
	for name, want := range l.files {
		data, err := read(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false
		}
		if (data == nil) != (want == nil) || !bytes.Equal(data, want) {
			return false
		}
	}
	return true
}

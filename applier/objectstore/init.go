package objectstore

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/promoctl/promoctl/spec"
)

// InitPlan implements [applier.Initializer]. Directories are all there is to prepare,
// whatever the datasets.
func (s *Store) InitPlan(ctx context.Context, _ map[string]spec.Layout) ([]string, error) {
	if _, err := s.live(ctx); err != nil {
		return nil, s.fail(err)
	}
	var steps []string
	for _, dir := range s.dirs() {
		_, err := os.Stat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			steps = append(steps, "mkdir -p "+dir)
		case err != nil:
			return nil, s.fail(err)
		}
	}
	return steps, nil
}

// Init implements [applier.Initializer].
func (s *Store) Init(ctx context.Context, _ map[string]spec.Layout) error {
	if _, err := s.live(ctx); err != nil {
		return s.fail(err)
	}
	for _, dir := range s.dirs() {
		if err := mkdirs(dir); err != nil {
			return s.fail(err)
		}
	}
	return nil
}

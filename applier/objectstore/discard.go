package objectstore

import (
	"context"

	"github.com/promoctl/promoctl/applier"
)

// Discard implements [applier.Store]. An attempt that was activated has no stage any
// more, and the rename that takes a stage away can only work before or after the one
// that makes it live, never during it.
func (s *Store) Discard(ctx context.Context, r applier.Release) error {
	if _, err := s.live(ctx); err != nil {
		return s.fail(err)
	}
	if !plainName(r.Attempt) {
		return nil
	}
	return s.fail(s.removeStage(r.Attempt))
}

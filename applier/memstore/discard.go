package memstore

import (
	"context"
	"fmt"

	"github.com/promoctl/promoctl/applier"
)

// Discard implements [applier.Store].
func (s *Store) Discard(ctx context.Context, r applier.Release) error {
	if err := s.discard(ctx, r); err != nil {
		return s.fail("discard", err)
	}
	return nil
}

func (s *Store) discard(ctx context.Context, r applier.Release) error {
	if err := s.place.step(ctx, "discard.before"); err != nil {
		return err
	}
	for i, part := range s.place.parts {
		if err := s.place.step(ctx, fmt.Sprintf("discard.partition:%d", i)); err != nil {
			return err
		}
		if err := s.discardPartition(part, r); err != nil {
			return err
		}
	}
	return s.place.reached("discard.after")
}

func (s *Store) discardPartition(part *partition, r applier.Release) error {
	p := s.place
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := s.markers(p.serving()); err != nil {
		return err
	}
	if part.stages[r.Attempt] == nil || p.halfLive(s, r.ID) {
		return nil
	}
	if p.readOnly {
		return errReadOnly
	}
	delete(part.stages, r.Attempt)
	return nil
}

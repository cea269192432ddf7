package objectstore

import (
	"context"

	"github.com/promoctl/promoctl/applier"
)

// The steps of Activate one by one, for tests of an applier that sleeps between them.

// Prepare does everything before the rename.
func (s *Store) Prepare(ctx context.Context, r applier.Release) (bool, error) {
	return s.readyToActivate(ctx, r)
}

// Rename does the rest.
func (s *Store) Rename(ctx context.Context, r applier.Release) error { return s.rename(ctx, r) }

// Won asks whether a rename that worked counts.
func (s *Store) Won(r applier.Release) (bool, error) { return s.won(r) }

// GC removes garbage, as Stage does.
func (s *Store) GC(ctx context.Context) { s.gc(ctx) }

// Withdraw takes back a rename that does not count.
func (s *Store) Withdraw(ctx context.Context, r applier.Release) error { return s.withdraw(ctx, r) }

package main

import (
	"context"
	"iter"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
)

// brokenStore stands for a store that could not be opened, for example because the
// variable with its address is not set. The others go on without it as they would
// without a store that is down.
type brokenStore struct{ err error }

// Live implements applier.Store.
func (b brokenStore) Live(context.Context) (applier.State, error) { return applier.State{}, b.err }

// Stage implements applier.Store.
func (b brokenStore) Stage(context.Context, applier.Release, iter.Seq2[planner.Change, error]) (applier.Receipt, error) {
	return applier.Receipt{}, b.err
}

// Activate implements applier.Store.
func (b brokenStore) Activate(context.Context, applier.Release) error { return b.err }

// Discard implements applier.Store.
func (b brokenStore) Discard(context.Context, applier.Release) error { return b.err }

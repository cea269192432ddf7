package main

import (
	"context"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
)

// takenBack is a commit and the one that reverts it.
type takenBack struct{ bad, revert string }

// liveBefore returns the commits that the lead store served before and that were meant
// to be: not those that still held what was taken back later, nor those that the engine
// took back. A release that somebody overrode findings for says nothing about the next
// one, except when it is where a rollback leads to.
func (s *session) liveBefore(ctx context.Context) []string {
	var markers []applier.Marker
	if s.engine == nil {
		return nil
	}
	for _, st := range s.engine.Status(ctx) {
		if st.Lead && st.Err == nil {
			markers = append([]applier.Marker{st.State.Live}, st.State.History...)
		}
	}
	reverted := s.reverted(ctx, markers)
	var out []string
	for i, m := range markers {
		switch {
		case i == 0 || m.IsZero():
		case markers[i-1].Kind == applier.KindBack:
		case len(m.Overrides) > 0 && !s.rollingBack:
		case s.holdsReverted(ctx, m.Commit, reverted):
		default:
			out = append(out, m.Commit)
		}
	}
	return out
}

// reverted finds the commits that were taken back between the releases of a store, and
// between the live one and the target.
func (s *session) reverted(ctx context.Context, markers []applier.Marker) []takenBack {
	var out []takenBack
	newer := s.target.Hash
	for _, m := range markers {
		if m.IsZero() {
			break
		}
		commits, err := s.repo.FirstParents(ctx, m.Commit, newer)
		newer = m.Commit
		if err != nil {
			continue // rewritten history: nothing to go by
		}
		for _, c := range commits {
			if bad, err := s.repo.Reverts(ctx, c.Hash); err == nil && bad != "" {
				out = append(out, takenBack{bad, c.Hash})
			}
		}
	}
	return out
}

// holdsReverted reports whether a commit holds what another one took back.
func (s *session) holdsReverted(ctx context.Context, commit string, reverted []takenBack) bool {
	for _, t := range reverted {
		if s.contains(ctx, commit, t.bad) && !s.contains(ctx, commit, t.revert) {
			return true
		}
	}
	return false
}

// contains reports whether a commit is another one or descends from it.
func (s *session) contains(ctx context.Context, commit, ancestor string) bool {
	relation, err := s.repo.Relate(ctx, ancestor, commit)
	return err == nil && (relation == planner.Same || relation == planner.Forward)
}

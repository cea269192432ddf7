package storetest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/promoctl/promoctl/applier"
)

// mutants lists stores that are broken in one way each.
func mutants() []mutant {
	return slices.Concat(
		stateMutants(), stageMutants(), driftMutants(),
		activateMutants(), markerMutants(), discardMutants(),
		recordMutants(), scanMutants(), faultMutants(),
	)
}

// liveWith breaks Live by what it says.
func liveWith(change func(st *applier.State)) func(f *faulty) {
	return func(f *faulty) {
		f.live = func(ctx context.Context) (applier.State, error) {
			st, err := f.Store.Live(ctx)
			change(&st)
			return st, err
		}
	}
}

func stateMutants() []mutant {
	return []mutant{
		{name: "a new store has a marker", breakage: liveWith(func(st *applier.State) {
			if st.Live.IsZero() {
				st.Live = applier.Marker{Format: 1, Release: "new"}
			}
		}), seenBy: []string{
			"Live of a store that was never released to returns the zero marker and creates nothing",
			"a store that was never released to belongs to nobody",
		}},
		{name: "Live creates something", breakage: func(f *faulty) {
			f.live = func(ctx context.Context) (applier.State, error) {
				f.place.mu.Lock()
				f.place.litter = append(f.place.litter, "a table")
				f.place.mu.Unlock()
				return f.Store.Live(ctx)
			}
		}, seenBy: []string{"Live of a store that was never released to returns the zero marker and creates nothing"}},
		{name: "Live forgets a note", breakage: liveWith(func(st *applier.State) { st.Live.Note = "" }),
			seenBy: []string{"Live returns the marker that readers see, in every detail"}},
		{name: "the history is oldest first", breakage: liveWith(func(st *applier.State) { slices.Reverse(st.History) }),
			seenBy: []string{
				"Live returns the last releases before it, newest first, at most HistoryLen",
				"Activate replaces the whole base marker and moves it to the history",
			}},
		{name: "the history is short", breakage: liveWith(func(st *applier.State) { st.History = st.History[:min(49, len(st.History))] }),
			seenBy: []string{"Live returns the last releases before it, newest first, at most HistoryLen"}},
		{name: "the history lacks the last release", breakage: liveWith(func(st *applier.State) {
			if len(st.History) > 1 {
				st.History = st.History[1:]
			}
		}), seenBy: []string{"Live names one whole release at any moment"}},
		{name: "stages are newest first", breakage: liveWith(func(st *applier.State) { slices.Reverse(st.Staged) }),
			seenBy: []string{"Live returns what is staged, oldest first"}},
		{name: "unfinished releases are hidden", partitions: 2, breakage: liveWith(func(st *applier.State) { st.Unfinished = nil }),
			seenBy: []string{"a half-activated release is named, blocks every other, and is finished from its stage"}},
		{name: "the identity does not count", breakage: func(f *faulty) {
			f.cfg.Identity = applier.Identity{Pipeline: "storetest", Env: "staging"}
		}, seenBy: []string{
			"a store of another pipeline or environment is refused by every method",
			"two pipelines that meet in a new store: one gets it, the other is refused",
		}},
		{name: "the environment does not count", breakage: func(f *faulty) {
			if f.cfg.Identity.Pipeline == "storetest" {
				f.cfg.Identity.Env = "staging"
			}
		}, seenBy: []string{"a store of another pipeline or environment is refused by every method"}},
		{name: "the format does not count", breakage: formatIgnored,
			seenBy: []string{"a newer marker format is refused by every method"}},
		{name: "leases never end", breakage: func(f *faulty) { f.cfg.Now = func() time.Time { return time.Unix(0, 0) } },
			seenBy: []string{
				"Stage removes the stages of others that have expired, and no other",
				"a stage whose lease has ended is not activated",
			}},
		{name: "leases end at once", breakage: func(f *faulty) { f.cfg.Now = func() time.Time { return time.Now().AddDate(1, 0, 0) } },
			seenBy: []string{"Stage removes the stages of others that have expired, and no other"}},
	}
}

// formatIgnored reads a newer marker as if it were its own.
func formatIgnored(f *faulty) {
	f.live = func(ctx context.Context) (applier.State, error) {
		st, err := f.Store.Live(ctx)
		if errors.Is(err, applier.ErrFormat) {
			return st, nil
		}
		return st, err
	}
}

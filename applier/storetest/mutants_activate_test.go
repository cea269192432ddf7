package storetest

import (
	"context"
	"errors"

	"github.com/promoctl/promoctl/applier"
)

func activateMutants() []mutant {
	return []mutant{
		{name: "Activate ignores the base", breakage: func(f *faulty) {
			f.activate = func(ctx context.Context, r applier.Release) error {
				if live := f.marker(ctx); live.Release != r.ID {
					r.Base = live
				}
				return f.Store.Activate(ctx, r)
			}
		}, seenBy: []string{
			"Activate returns ErrConflict and changes nothing when the live marker is not r.Base",
			"the sleeper that wakes after a release and its rollback loses",
			"two appliers at once: exactly one wins, 100 times",
			"each attempt is a stage of its own",
		}},
		{name: "Activate compares commits only", breakage: func(f *faulty) {
			f.activate = func(ctx context.Context, r applier.Release) error {
				if live := f.marker(ctx); live.Release != r.ID && live.Commit == r.Base.Commit {
					r.Base = live
				}
				return f.Store.Activate(ctx, r)
			}
		}, seenBy: []string{
			"Activate returns ErrConflict and changes nothing when the live marker is not r.Base",
			"the sleeper that wakes after a release and its rollback loses",
		}},
		{name: "Activate of what is live is a conflict", breakage: func(f *faulty) {
			f.activate = func(ctx context.Context, r applier.Release) error {
				if f.marker(ctx).Release == r.ID {
					return applier.ErrConflict
				}
				return f.Store.Activate(ctx, r)
			}
		}, seenBy: []string{
			"Activate of a release that is live is a no-op",
			"two appliers of the same release: both are done and it is live once",
			"two attempts at one release leave one marker",
		}},
		{name: "Activate without a stage does nothing and says nothing", breakage: func(f *faulty) {
			f.activate = func(ctx context.Context, r applier.Release) error {
				if err := f.Store.Activate(ctx, r); !errors.Is(err, applier.ErrNotStaged) {
					return err
				}
				return nil
			}
		}, seenBy: []string{
			"Activate returns ErrNotStaged and changes nothing when there is no sealed stage",
			"a stage whose lease has ended is not activated",
			"Discard removes what was staged for the attempt",
		}},
		{name: "a stage that is gone goes before a conflict", breakage: func(f *faulty) {
			f.activate = func(ctx context.Context, r applier.Release) error {
				if _, ok := f.staged(ctx, r.Attempt); !ok && f.marker(ctx).Release != r.ID {
					return applier.ErrNotStaged
				}
				return f.Store.Activate(ctx, r)
			}
		}, seenBy: []string{"ErrConflict goes before ErrNotStaged"}},
		{name: "Activate takes an ended context for a conflict", breakage: func(f *faulty) {
			f.activate = func(ctx context.Context, r applier.Release) error {
				if ctx.Err() != nil {
					return applier.ErrConflict
				}
				return f.Store.Activate(ctx, r)
			}
		}, seenBy: []string{"Activate with a context that has ended leaves one release or the other"}},
	}
}

func markerMutants() []mutant {
	return []mutant{
		{name: "an empty release is skipped", breakage: emptySkipped, seenBy: []string{
			"an empty release moves the marker",
			"a release to an empty store may be empty",
		}},
		{name: "the pin is not carried over", breakage: stageWith(func(_ *faulty, _ *context.Context, r *applier.Release, _ *changeSeq) {
			r.Target.Pin = nil
		}), seenBy: []string{
			"Activate replaces the whole base marker and moves it to the history",
			"an empty release moves the marker",
		}},
		{name: "Activate works in two halves", breakage: activateTorn, seenBy: []string{
			"Activate makes all of it live or none, as any reader sees it",
			"Scan is consistent with its marker while releases go live",
		}},
	}
}

func discardMutants() []mutant {
	return []mutant{
		{name: "Discard does nothing", breakage: func(f *faulty) {
			f.discard = func(context.Context, applier.Release) error { return nil }
		}, seenBy: []string{"Discard removes what was staged for the attempt"}},
		{name: "Discard of nothing is an error", breakage: func(f *faulty) {
			f.discard = func(ctx context.Context, r applier.Release) error {
				if _, ok := f.staged(ctx, r.Attempt); !ok {
					return applier.ErrNotStaged
				}
				return f.Store.Discard(ctx, r)
			}
		}, seenBy: []string{
			"Discard of what does not exist is a no-op",
			"Discard of what was activated is a no-op",
			"Live of a store that was never released to returns the zero marker and creates nothing",
		}},
		{name: "Discard throws every stage away", breakage: func(f *faulty) {
			f.discard = func(ctx context.Context, r applier.Release) error {
				st, err := f.Store.Live(ctx)
				for _, s := range st.Staged {
					r.ID, r.Attempt = s.Release, s.Attempt
					err = errors.Join(err, f.Store.Discard(ctx, r))
				}
				return err
			}
		}, seenBy: []string{
			"Discard removes nothing that is live or that another stage uses",
			"each attempt is a stage of its own",
		}},
	}
}

// emptySkipped takes a release without changes for one that need not happen.
func emptySkipped(f *faulty) {
	empty := map[string]bool{}
	f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
		receipt, err := f.Store.Stage(ctx, r, changes)
		empty[r.Attempt] = len(receipt.Datasets) == 0
		return receipt, err
	}
	f.activate = func(ctx context.Context, r applier.Release) error {
		if empty[r.Attempt] {
			return nil
		}
		return f.Store.Activate(ctx, r)
	}
}

// activateTorn makes half of the changes visible before the rest.
func activateTorn(f *faulty) {
	halves := map[string]Move{}
	f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
		all, err := collect(changes)
		if err != nil {
			return applier.Receipt{}, err
		}
		halves[r.Attempt] = Move{Changes: all[:len(all)/2]}
		return f.Store.Stage(ctx, r, seqOf(all))
	}
	f.activate = func(ctx context.Context, r applier.Release) error {
		for _, c := range halves[r.Attempt].Changes {
			f.put(r, c)
		}
		f.awaitLooks()
		return f.Store.Activate(ctx, r)
	}
}

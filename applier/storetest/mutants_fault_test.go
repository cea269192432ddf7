package storetest

import (
	"context"
	"errors"

	"github.com/promoctl/promoctl/applier"
)

func faultMutants() []mutant {
	return []mutant{
		{name: "a failed write is not noticed", breakage: func(f *faulty) {
			f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
				receipt, err := f.Store.Stage(ctx, r, changes)
				if known(err) {
					return receipt, err
				}
				return receipt, nil
			}
			f.activate = func(ctx context.Context, r applier.Release) error {
				if err := f.Store.Activate(ctx, r); known(err) {
					return err
				}
				return nil
			}
		}, seenBy: []string{
			"a read-only place: stage fails, readers stay, it works after mending",
			"a full place: stage fails, readers stay, it works after mending",
			"a read-only place: activate fails, readers stay, it works after mending",
		}},
		{name: "a failed write is a conflict", breakage: func(f *faulty) {
			f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
				receipt, err := f.Store.Stage(ctx, r, changes)
				if err != nil {
					err = errors.Join(applier.ErrConflict, err)
				}
				return receipt, err
			}
		}, seenBy: []string{
			"a read-only place: stage fails, readers stay, it works after mending",
			"a full place: stage fails, readers stay, it works after mending",
		}},
		{name: "Activate writes half and gives up", breakage: activateGivesUp,
			seenBy: []string{"a full place: activate leaves one release or the other"}},
		{name: "a lock is left behind", breakage: lockLeft, seenBy: []string{
			"a process that is killed between two methods is finished by running it again",
			"a process that is killed within a method is finished by running it again",
			"a process that is killed within its first release is finished by running it again",
			"one handle may be used by many at once",
		}},
	}
}

func known(err error) bool {
	for _, s := range sentinels() {
		if errors.Is(err, s) {
			return true
		}
	}
	return err == nil
}

// lockLeft takes a lock when it stages, and gives it back when it activates.
func lockLeft(f *faulty) {
	f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
		if err := f.place.lock(); err != nil {
			return applier.Receipt{}, err
		}
		return f.Store.Stage(ctx, r, changes)
	}
	done := func(method activateFunc) activateFunc {
		return func(ctx context.Context, r applier.Release) error {
			if err := method(ctx, r); err != nil {
				return err
			}
			f.place.unlock()
			return nil
		}
	}
	f.activate = func(ctx context.Context, r applier.Release) error { return done(f.Store.Activate)(ctx, r) }
	f.discard = func(ctx context.Context, r applier.Release) error { return done(f.Store.Discard)(ctx, r) }
}

// activateGivesUp makes half of the changes visible and then fails, but for the first
// release.
func activateGivesUp(f *faulty) {
	activateTorn(f)
	torn := f.activate
	f.activate = func(ctx context.Context, r applier.Release) error {
		if f.marker(ctx).IsZero() {
			return f.Store.Activate(ctx, r)
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		return torn(ended, r)
	}
}

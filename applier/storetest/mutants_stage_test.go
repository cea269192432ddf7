package storetest

import (
	"context"
	"errors"
	"iter"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

type changeSeq = iter.Seq2[planner.Change, error]

// stageWith breaks Stage by what it is asked.
func stageWith(change func(f *faulty, ctx *context.Context, r *applier.Release, changes *changeSeq)) func(f *faulty) {
	return func(f *faulty) {
		f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
			change(f, &ctx, &r, &changes)
			return f.Store.Stage(ctx, r, changes)
		}
	}
}

// receiptWith breaks Stage by what it answers.
func receiptWith(change func(*applier.Receipt, *error)) func(f *faulty) {
	return func(f *faulty) {
		f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
			receipt, err := f.Store.Stage(ctx, r, changes)
			change(&receipt, &err)
			return receipt, err
		}
	}
}

func stageMutants() []mutant {
	return []mutant{
		{name: "a stage leaks into reads", breakage: stageLeaks, seenBy: []string{
			"Stage makes the changes durable where readers do not see them",
			"a replaced dataset stays as it is until activation",
			"a dataset that is new to the store is created",
		}},
		{name: "the receipt is off by one", breakage: receiptWith(func(r *applier.Receipt, _ *error) {
			for name, d := range r.Datasets {
				d.Added.Count++
				r.Datasets[name] = d
			}
		}), seenBy: []string{
			"Stage returns the receipt of creates, updates and deletes",
			"the receipt shows a sequence that ended half way",
		}},
		{name: "attempts share a stage", breakage: attemptsShared, seenBy: []string{
			"each attempt is a stage of its own",
			"two attempts with the same changes do not disturb each other",
		}},
		{name: "Stage takes any base", breakage: stageWith(func(f *faulty, ctx *context.Context, r *applier.Release, _ *changeSeq) {
			r.Base = f.marker(*ctx)
		}), seenBy: []string{"Stage returns ErrConflict when the live marker is not r.Base"}},
		{name: "Stage looks at the marker only when the changes are read", breakage: stageLooksLate, seenBy: []string{
			"Stage returns ErrConflict when the marker moved meanwhile",
			"Stage returns ErrConflict when the marker moved there and back meanwhile",
		}},
		{name: "Stage compares commits only", breakage: stageComparesCommits, seenBy: []string{
			"Stage returns ErrConflict when the live marker is not r.Base",
			"Stage returns ErrConflict when the marker moved there and back meanwhile",
			"the sleeper that wakes after a release and its rollback loses",
		}},
		{name: "an error of the changes is swallowed", breakage: stageWith(func(_ *faulty, _ *context.Context, _ *applier.Release, changes *changeSeq) {
			all := *changes
			*changes = func(yield func(planner.Change, error) bool) {
				for c, err := range all {
					if err != nil || !yield(c, nil) {
						return
					}
				}
			}
		}), seenBy: []string{"on an error that changes yields, the stage is not sealed and is never activated"}},
		{name: "Stage does not look at its context", breakage: stageWith(func(_ *faulty, ctx *context.Context, _ *applier.Release, _ *changeSeq) {
			*ctx = context.WithoutCancel(*ctx)
		}), seenBy: []string{
			"when the context ends, the stage is not sealed and is never activated",
			"a context that has ended already stages nothing",
		}},
		{name: "what a dead process wrote is sealed", breakage: stageSealsDead,
			seenBy: []string{"a process that dies while it stages leaves nothing that can be activated"}},
	}
}

func driftMutants() []mutant {
	return []mutant{
		{name: "drift is overwritten silently", breakage: func(f *faulty) {
			f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
				r.Overwrite = true
				receipt, err := f.Store.Stage(ctx, r, changes)
				receipt.Drift = nil
				return receipt, err
			}
		}, seenBy: []string{
			"a live record that is neither the change's Before nor its After is drift",
			"drift is overwritten when the release says so, and is listed",
			"every drifted record counts and the first MaxDrift are listed",
			"a record that exists in a store that was never released to is drift",
			"a record that exists in a dataset that is new to the store is drift",
			"Scan yields a record that does not fit its layout, as a different one",
		}},
		{name: "a drift list is cut short", breakage: receiptWith(func(_ *applier.Receipt, err *error) {
			var drift *applier.DriftError
			if errors.As(*err, &drift) {
				drift.Records = drift.Records[:len(drift.Records)/2]
			}
		}), seenBy: []string{
			"a live record that is neither the change's Before nor its After is drift",
			"every drifted record counts and the first MaxDrift are listed",
		}},
		{name: "nothing is adopted", breakage: stageWith(func(_ *faulty, _ *context.Context, r *applier.Release, _ *changeSeq) {
			r.Adopt = false
		}), seenBy: []string{
			"with Adopt, a record that exists and equals After is taken over",
			"a record that exists in a dataset that is new to the store is drift",
		}},
		{name: "a record that is After already is drift", breakage: stageStrict,
			seenBy: []string{"a live record that is the change's After already is no drift"}},
		{name: "Stage knows no Replace", breakage: stageWith(func(_ *faulty, _ *context.Context, r *applier.Release, _ *changeSeq) {
			plain := map[string]applier.DatasetRelease{}
			for name, d := range r.Datasets {
				d.Replace = false
				plain[name] = d
			}
			r.Datasets, r.Overwrite = plain, true
		}), seenBy: []string{"a dataset with Replace is staged as a whole and takes the place of the old one"}},
	}
}

func stageLeaks(f *faulty) {
	f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
		all, err := collect(changes)
		for _, c := range all {
			f.put(r, c)
		}
		if err != nil {
			return applier.Receipt{}, err
		}
		r.Overwrite = true
		receipt, err := f.Store.Stage(ctx, r, seqOf(all))
		receipt.Drift = nil
		return receipt, err
	}
}

// attemptsShared names stages by the release and keeps what is there.
func attemptsShared(f *faulty) {
	shared := func(r applier.Release) applier.Release {
		r.Attempt = string(r.ID)
		return r
	}
	f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
		if err := f.Store.Discard(ctx, shared(r)); err != nil {
			return applier.Receipt{}, err
		}
		return f.Store.Stage(ctx, shared(r), changes)
	}
	f.activate = func(ctx context.Context, r applier.Release) error { return f.Store.Activate(ctx, shared(r)) }
	f.discard = func(ctx context.Context, r applier.Release) error { return f.Store.Discard(ctx, shared(r)) }
}

func stageLooksLate(f *faulty) {
	f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
		all, err := collect(changes)
		if err != nil {
			return applier.Receipt{}, err
		}
		r.Base, r.Overwrite = f.marker(ctx), true
		return f.Store.Stage(ctx, r, seqOf(all))
	}
}

func stageComparesCommits(f *faulty) {
	f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
		all, err := collect(changes)
		if err != nil {
			return applier.Receipt{}, err
		}
		if live := f.marker(ctx); live.Commit == r.Base.Commit {
			r.Base = live
		}
		return f.Store.Stage(ctx, r, seqOf(all))
	}
}

// stageSealsDead seals what there was when the sequence panicked.
func stageSealsDead(f *faulty) {
	f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
		var all []planner.Change
		defer func() {
			if p := recover(); p != nil {
				_, _ = f.Store.Stage(ctx, r, seqOf(all))
				panic(p)
			}
		}()
		for c, err := range changes {
			if err != nil {
				return applier.Receipt{}, err
			}
			all = append(all, c)
		}
		return f.Store.Stage(ctx, r, seqOf(all))
	}
}

// stageStrict takes a live record that is not Before for drift, also if it is After.
func stageStrict(f *faulty) {
	f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
		all, err := collect(changes)
		if err != nil {
			return applier.Receipt{}, err
		}
		var drift applier.DriftError
		for _, c := range all {
			live, err := f.place.Place.Read(ctx, c.Dataset)
			if err != nil {
				return applier.Receipt{}, err
			}
			if found := Records(live).record(c.Key); !sameRecord(found, c.Before) {
				drift.Add(applier.Drift{Dataset: c.Dataset, Key: c.Key, Want: c.Before, Found: found})
			}
		}
		if err := drift.Err(); err != nil {
			return applier.Receipt{}, err
		}
		return f.Store.Stage(ctx, r, seqOf(all))
	}
}

func sameRecord(a, b *spec.Record) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Digest == b.Digest
}

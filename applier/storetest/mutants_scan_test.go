package storetest

import (
	"context"
	"errors"
	"iter"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

type recordSeq = iter.Seq2[spec.Record, error]

// rescan is a scan that changes what it yields.
func rescan(f *faulty, ctx context.Context, dataset string, layout spec.Layout, change func(spec.Record) spec.Record) (applier.Marker, recordSeq, error) {
	marker, seq, err := f.Store.Scan(ctx, dataset, layout)
	if err != nil {
		return marker, nil, err
	}
	return marker, func(yield func(spec.Record, error) bool) {
		for rec, err := range seq {
			if err == nil {
				rec = change(rec)
			}
			if !yield(rec, err) {
				return
			}
		}
	}, nil
}

// scanWith breaks Scan by what it yields.
func scanWith(change func(spec.Record) spec.Record) func(f *faulty) {
	return func(f *faulty) {
		f.scan = func(ctx context.Context, dataset string, layout spec.Layout) (applier.Marker, recordSeq, error) {
			return rescan(f, ctx, dataset, layout, change)
		}
	}
}

func scanMutants() []mutant {
	return []mutant{
		{name: "Scan of an unknown dataset is an error", breakage: func(f *faulty) {
			f.scan = func(ctx context.Context, dataset string, layout spec.Layout) (applier.Marker, recordSeq, error) {
				if _, ok := f.marker(ctx).Datasets[dataset]; !ok {
					return applier.Marker{}, nil, errors.New("no such dataset")
				}
				return f.Store.Scan(ctx, dataset, layout)
			}
		}, seenBy: []string{
			"Scan of a dataset that the store does not hold yields nothing",
			"Live of a store that was never released to returns the zero marker and creates nothing",
		}},
		{name: "Scan leaves a goroutine behind", breakage: scanLeaks,
			seenBy: []string{"a Scan that is interrupted leaves nothing behind"}},
		{name: "Scan does not look at its context", breakage: func(f *faulty) {
			f.scan = func(ctx context.Context, dataset string, layout spec.Layout) (applier.Marker, recordSeq, error) {
				return f.Store.Scan(context.WithoutCancel(ctx), dataset, layout)
			}
		}, seenBy: []string{"Scan ends with the context"}},
		{name: "Scan yields positions", breakage: scanWith(func(rec spec.Record) spec.Record {
			rec.Pos.File = "store"
			return rec
		}), seenBy: []string{"Scan shows what was changed behind promoctl's back"}},
		{name: "Scan yields what the digest is not of", breakage: scanWith(func(rec spec.Record) spec.Record {
			rec.Digest = spec.Digest{}
			return rec
		}), seenBy: []string{"Scan shows what was changed behind promoctl's back"}},
		{name: "Scan is sorted otherwise", breakage: scanWith(func(rec spec.Record) spec.Record {
			return spec.NewRecord(reversed(rec.Key), rec.JSON)
		}), seenBy: []string{
			heldAs + "keys of numbers", heldAs + "composite keys",
		}},
		{name: "InitPlan runs what it lists", breakage: func(f *faulty) {
			f.plan = func(ctx context.Context, layouts map[string]spec.Layout) ([]string, error) {
				steps, err := f.Store.InitPlan(ctx, layouts)
				return steps, errors.Join(err, f.Store.Init(ctx, layouts))
			}
		}, seenBy: []string{"InitPlan changes nothing, and Init runs it so that nothing is missing"}},
		{name: "Init does nothing", breakage: func(f *faulty) {
			f.init = func(context.Context, map[string]spec.Layout) error { return nil }
		}, seenBy: []string{"InitPlan changes nothing, and Init runs it so that nothing is missing"}},
		{name: "Init empties what is there", breakage: func(f *faulty) {
			f.init = func(ctx context.Context, layouts map[string]spec.Layout) error {
				for name, layout := range layouts {
					records, err := f.place.Place.Read(ctx, name)
					if err != nil {
						return err
					}
					for k := range records {
						if err := f.place.Place.Tamper(name, layout, k, nil); err != nil {
							return err
						}
					}
				}
				return f.Store.Init(ctx, layouts)
			}
		}, seenBy: []string{"Init is idempotent and drops nothing"}},
	}
}

func reversed(k spec.Key) spec.Key {
	runes := []rune(k)
	for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
		runes[i], runes[j] = runes[j], runes[i]
	}
	return spec.Key(runes)
}

// scanLeaks feeds its sequence from a goroutine that an interrupted reader leaves
// waiting, until the test's context ends.
func scanLeaks(f *faulty) {
	f.scan = func(ctx context.Context, dataset string, layout spec.Layout) (applier.Marker, recordSeq, error) {
		marker, seq, err := f.Store.Scan(ctx, dataset, layout)
		if err != nil {
			return marker, nil, err
		}
		type item struct {
			rec spec.Record
			err error
		}
		feed := make(chan item)
		go func() {
			defer close(feed)
			for rec, err := range seq {
				select {
				case feed <- item{rec, err}:
				case <-ctx.Done():
					return
				}
			}
		}()
		return marker, func(yield func(spec.Record, error) bool) {
			for it := range feed {
				if !yield(it.rec, it.err) {
					return
				}
			}
		}, nil
	}
}

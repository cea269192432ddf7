package objectstore

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// Scan implements [applier.Scanner]. It holds one record of each bucket in memory. What
// is damaged yields what can still be read of it.
func (s *Store) Scan(
	ctx context.Context, dataset string, layout spec.Layout,
) (applier.Marker, iter.Seq2[spec.Record, error], error) {
	live, err := s.live(ctx)
	if err != nil {
		return applier.Marker{}, nil, s.fail(err)
	}
	m, err := s.manifest(live)
	if err != nil && !errors.Is(err, errDamaged) {
		return applier.Marker{}, nil, s.fail(err)
	}
	d := m.Datasets[dataset]
	records := func(yield func(spec.Record, error) bool) {
		if err := s.scan(ctx, live, d, layout, yield); err != nil {
			yield(spec.Record{}, s.fail(err))
		}
	}
	return live.marker, records, nil
}

// scan yields the records of a dataset. It returns nil when yield wants no more.
func (s *Store) scan(ctx context.Context, live release, d Dataset, layout spec.Layout, yield func(spec.Record, error) bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	objects := make([]*Object, len(d.Objects))
	for i := range objects {
		objects[i] = &d.Objects[i]
	}
	all, err := s.openObjects(objects...)
	if err != nil {
		return err
	}
	defer all.Close()
	if len(all.damage) > 0 {
		if _, err := os.Stat(live.dir); err != nil {
			return err // no damage: other releases went on, and the objects are gone with this one
		}
	}
	for n := 1; ; n++ {
		e, err := all.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n%256 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		record := slices.Clone(withoutShop(e.record, &layout))
		if !yield(spec.NewRecord(spec.Key(e.key), record), nil) {
			return nil
		}
	}
}

package memstore

import (
	"context"
	"iter"
	"slices"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// Scan implements [applier.Scanner]. With several partitions that disagree, the marker
// is that of the partition that is behind.
func (s *Store) Scan(ctx context.Context, dataset string, layout spec.Layout) (applier.Marker, iter.Seq2[spec.Record, error], error) {
	if err := s.place.step(ctx, "scan.before"); err != nil {
		return applier.Marker{}, nil, s.fail("scan", err)
	}
	gens := s.place.generations()
	markers, err := s.markers(gens)
	if err != nil {
		return applier.Marker{}, nil, s.fail("scan", err)
	}
	behind, _ := spread(markers)
	return markers[behind], func(yield func(spec.Record, error) bool) {
		for _, r := range sortedRows(gens, dataset) {
			rec, err := s.scanned(ctx, r, layout)
			if err != nil {
				yield(spec.Record{}, s.fail("scan", err))
				return
			}
			if !yield(rec, nil) {
				return
			}
		}
	}, nil
}

func sortedRows(gens []*generation, dataset string) []spec.Record {
	var rows []spec.Record
	for _, g := range gens {
		for _, r := range g.data[dataset] {
			rows = append(rows, r.record)
		}
	}
	slices.SortFunc(rows, func(a, b spec.Record) int { return compareKeys("", a.Key, "", b.Key) })
	return rows
}

// scanned returns a record without position and without what the shop owns.
func (s *Store) scanned(ctx context.Context, r spec.Record, layout spec.Layout) (spec.Record, error) {
	if err := s.place.step(ctx, "scan.record"); err != nil {
		return spec.Record{}, err
	}
	git, _, err := splitOwners(r.JSON, layout)
	if err != nil {
		return spec.Record{}, err
	}
	return spec.NewRecord(r.Key, git), nil
}

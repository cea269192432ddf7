package sqlstore

import (
	"cmp"
	"slices"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// driftList collects drift as it is found: first beside the changes, then what else
// is live in datasets that are new. It keeps the first MaxDrift of each kind, which
// hold the first MaxDrift of all.
type driftList struct {
	changed, extra applier.DriftError
}

// sorted returns all drift in the order of the changes.
func (l *driftList) sorted() *applier.DriftError {
	all := slices.Concat(l.changed.Records, l.extra.Records)
	slices.SortStableFunc(all, func(a, b applier.Drift) int {
		return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Key, b.Key))
	})
	return &applier.DriftError{
		Records: all[:min(len(all), applier.MaxDrift)],
		Total:   l.changed.Total + l.extra.Total,
	}
}

// compare notes the live record of a change if it drifted.
func (w *stager) compare(p *stagePart, c planner.Change, found *spec.Record) {
	if p.drifted(c, found, w.r.Adopt) {
		w.drift.changed.Add(applier.Drift{Dataset: c.Dataset, Key: c.Key, Want: c.Before, Found: found})
	}
}

func (p *stagePart) drifted(c planner.Change, found *spec.Record, adopt bool) bool {
	switch {
	case p.whole:
		return false // the old records have another form; all of them go
	case p.fresh:
		return found != nil && !(adopt && same(found, c.After))
	}
	return !same(found, c.Before) && !same(found, c.After)
}

func same(a, b *spec.Record) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Digest == b.Digest
}

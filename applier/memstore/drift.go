package memstore

import (
	"cmp"
	"maps"
	"slices"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// findDrift returns the live records of a partition that are not what its stage expects.
func findDrift(live *generation, st *stage) []applier.Drift {
	var drift []applier.Drift
	named := map[string]map[spec.Key]bool{}
	for _, c := range st.changes {
		if named[c.Dataset] == nil {
			named[c.Dataset] = map[spec.Key]bool{}
		}
		named[c.Dataset][c.Key] = true
		if d, drifted := driftOf(live, st.release, c); drifted {
			drift = append(drift, d)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(st.release.Datasets)) {
		if !isNew(st.release, name) {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(live.data[name])) {
			if !named[name][key] {
				found := live.data[name][key].record
				drift = append(drift, applier.Drift{Dataset: name, Key: key, Found: &found})
			}
		}
	}
	return drift
}

// driftError puts the drift of all partitions in the order of the changes.
func driftError(drift []applier.Drift) *applier.DriftError {
	slices.SortFunc(drift, func(a, b applier.Drift) int {
		return compareKeys(a.Dataset, a.Key, b.Dataset, b.Key)
	})
	var e applier.DriftError
	for _, d := range drift {
		e.Add(d)
	}
	return &e
}

// driftOf compares one change with the live record.
func driftOf(live *generation, r applier.Release, c planner.Change) (applier.Drift, bool) {
	d := applier.Drift{Dataset: c.Dataset, Key: c.Key, Want: c.Before}
	row, exists := live.data[c.Dataset][c.Key]
	if exists {
		d.Found = &row.record
	}
	switch {
	case isNew(r, c.Dataset):
		return d, exists && !(r.Adopt && same(d.Found, c.After))
	case r.Datasets[c.Dataset].Replace:
		return d, false // the old records have another form; all of them go
	}
	return d, !same(d.Found, c.Before) && !same(d.Found, c.After)
}

// isNew reports whether whatever the store holds of a dataset is not promoctl's.
func isNew(r applier.Release, dataset string) bool {
	return r.Base.IsZero() || r.Datasets[dataset].Base == nil
}

func same(a, b *spec.Record) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Digest == b.Digest
}

func compareKeys(d1 string, k1 spec.Key, d2 string, k2 spec.Key) int {
	return cmp.Or(cmp.Compare(d1, d2), cmp.Compare(k1, k2))
}

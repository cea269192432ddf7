package planner

import (
	"slices"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// rekeyed returns the changes of one dataset as guardrails look at them. Where the key
// has other fields, every record is a delete and a create; those that agree in the
// fields of the old key, else of the new one, are looked at as one update, so that a
// price does not escape by getting another key.
func rekeyed(b, t *snapshot, changes []Change) []Change {
	from, to := datasetOf(b, changes[0].Dataset), datasetOf(t, changes[0].Dataset)
	if from == nil || to == nil || slices.Equal(from.Layout.Key, to.Layout.Key) {
		return changes
	}
	finders := [...]*keyFinder{newKeyFinder(&from.Layout, changes), newKeyFinder(&to.Layout, changes)}
	out := slices.Clone(changes)
	for i := range out {
		if out[i].Op != Create {
			continue
		}
		for _, f := range finders {
			if before := f.find(out[i].After); before != nil {
				out[i].Op, out[i].Before = Update, before
				break
			}
		}
	}
	return out
}

// keyFinder finds deleted records by the fields of a key.
type keyFinder struct {
	names   []string
	records map[spec.Key]*spec.Record // nil: several have these fields
}

func newKeyFinder(l *spec.Layout, changes []Change) *keyFinder {
	f := &keyFinder{records: map[spec.Key]*spec.Record{}}
	for _, k := range l.Key {
		f.names = append(f.names, k.Name)
	}
	for _, c := range changes {
		if c.Op != Delete {
			continue
		}
		if key, ok := f.key(c.Before); ok {
			if _, twice := f.records[key]; twice {
				f.records[key] = nil
			} else {
				f.records[key] = c.Before
			}
		}
	}
	return f
}

func (f *keyFinder) find(r *spec.Record) *spec.Record {
	key, ok := f.key(r)
	if !ok {
		return nil
	}
	return f.records[key]
}

// key reads the key's fields from a record, whatever its own key is made of.
func (f *keyFinder) key(r *spec.Record) (spec.Key, bool) {
	fields := r.Fields()
	parts := make([]string, len(f.names))
	for i, name := range f.names {
		switch v := valueAt(fields, strings.Split(name, ".")).(type) {
		case nil, []any, map[string]any:
			return "", false
		case string:
			parts[i] = v
		default:
			parts[i] = canonicalText(v)
		}
	}
	return spec.MakeKey(parts...), true
}

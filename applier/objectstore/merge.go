package objectstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// merge applies changes to sorted records and notes drift on the way. It is used for
// one bucket, or for all of a dataset when the number of buckets changes.
type merge struct {
	dataset string
	changes []planner.Change // sorted by key, without repetition
	rules   driftRules
	drift   []applier.Drift
	emit    func(entry) error // takes the records of the result, sorted
}

// run goes through old and changes in step.
func (m *merge) run(ctx context.Context, old cursor) error {
	rest := m.emit
	if m.rules.fresh {
		rest = m.unexpected
	}
	return inStep(ctx, old, m.changes, rest, m.apply)
}

// unexpected notes a record that the release does not know, in a dataset that is new
// to the store. It is not carried over.
func (m *merge) unexpected(e entry) error {
	m.note(spec.Key(e.key), nil, m.rules.view(e.record))
	return nil
}

// note adds a drifted record; found is nil when there is none.
func (m *merge) note(key spec.Key, want *spec.Record, found []byte) {
	d := applier.Drift{Dataset: m.dataset, Key: key, Want: want}
	if found != nil {
		r := spec.NewRecord(key, slices.Clone(found))
		d.Found = &r
	}
	m.drift = append(m.drift, d)
}

// inStep goes through records and changes, both sorted by key. Each change is handed
// to match with the record of its key (nil: there is none), each other record to rest.
func inStep(
	ctx context.Context, records cursor, changes []planner.Change,
	rest func(entry) error, match func(c planner.Change, found []byte) error,
) error {
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		e, err := records.next()
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return err
		}
		for len(changes) > 0 && (end || string(changes[0].Key) < string(e.key)) {
			if err := match(changes[0], nil); err != nil {
				return err
			}
			changes = changes[1:]
		}
		switch {
		case end:
			return nil
		case len(changes) > 0 && string(changes[0].Key) == string(e.key):
			err = match(changes[0], e.record)
			changes = changes[1:]
		default:
			err = rest(e)
		}
		if err != nil {
			return err
		}
	}
}

func (m *merge) apply(c planner.Change, found []byte) error {
	if found != nil {
		found = m.rules.view(found)
	}
	if m.rules.drifted(c, found) {
		m.note(c.Key, c.Before, found)
	}
	if c.After == nil {
		return nil
	}
	return m.emit(entry{key: []byte(c.Key), record: c.After.JSON})
}

// driftRules says what a release expects to find.
type driftRules struct {
	fresh bool         // the dataset is new to the store, so nothing should be there
	adopt bool         // equal records are taken over
	base  *spec.Layout // nil when fresh
}

// drifted reports whether what was found (nil: nothing) is neither what the change
// starts from nor what it leads to.
func (r driftRules) drifted(c planner.Change, found []byte) bool {
	if r.fresh {
		return found != nil && !(r.adopt && same(c.After, c.Key, found))
	}
	return !same(c.Before, c.Key, found) && !same(c.After, c.Key, found)
}

// same compares the bytes first, since hashing each record would cost more than the
// rest of a release.
func same(want *spec.Record, key spec.Key, found []byte) bool {
	if want == nil || found == nil {
		return want == nil && found == nil
	}
	return bytes.Equal(want.JSON, found) || want.Digest == spec.RecordDigest(key, found)
}

// view returns a live record as releases see it: without fields that the shop owns.
func (r driftRules) view(record []byte) []byte {
	if r.base == nil {
		return record
	}
	return withoutShop(record, r.base)
}

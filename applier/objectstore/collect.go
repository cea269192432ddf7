package objectstore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
)

// work is what a release does to one dataset.
type work struct {
	name    string
	release applier.DatasetRelease
	changes []planner.Change // sorted by key, without repetition
}

// collect takes all changes in, dataset by dataset. A change is a few pointers into
// the plan, so that this holds no second copy of the records.
func collect(
	ctx context.Context, r applier.Release, changes iter.Seq2[planner.Change, error],
) (map[string]*work, error) {
	all := map[string]*work{}
	for name, d := range r.Datasets {
		all[name] = &work{name: name, release: d}
	}
	n := 0
	for c, err := range changes {
		if err != nil {
			return nil, err
		}
		if n++; n%256 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		w := all[c.Dataset]
		if err := w.check(c); err != nil {
			return nil, fmt.Errorf("change of %s %s: %w", c.Dataset, c.Key, err)
		}
		w.changes = append(w.changes, c)
	}
	for _, w := range all {
		if err := w.sort(); err != nil {
			return nil, err
		}
	}
	return all, context.Cause(ctx)
}

// check refuses a change that the release does not provide for.
func (w *work) check(c planner.Change) error {
	switch {
	case w == nil:
		return errors.New("the release does not name the dataset")
	case c.After == nil && c.Before == nil:
		return errors.New("it has neither a before nor an after")
	case c.After != nil && w.release.Target == nil:
		return errors.New("the dataset is gone from the store, but the change is no delete")
	case c.Before != nil && w.release.Replace:
		return errors.New("the dataset is replaced, but the change is no create")
	case c.After != nil:
		return checkRecord(c.After)
	}
	return nil
}

// sort puts the changes in order, which they are if they come from a plan.
func (w *work) sort() error {
	byKey := func(a, b planner.Change) int { return strings.Compare(string(a.Key), string(b.Key)) }
	if !slices.IsSortedFunc(w.changes, byKey) {
		slices.SortFunc(w.changes, byKey)
	}
	for i := 1; i < len(w.changes); i++ {
		if w.changes[i].Key == w.changes[i-1].Key {
			return fmt.Errorf("the release changes %s %s twice", w.name, w.changes[i].Key)
		}
	}
	return nil
}

// byBucket splits the changes, each bucket's still sorted.
func (w *work) byBucket(buckets int) [][]planner.Change {
	out := make([][]planner.Change, buckets)
	for _, c := range w.changes {
		b := Bucket(c.Key, buckets)
		out[b] = append(out[b], c)
	}
	return out
}

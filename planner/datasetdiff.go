package planner

import (
	"context"
	"fmt"

	"github.com/promoctl/promoctl/spec"
)

// diffKey names a dataset's comparison. A nil side is "".
type diffKey struct {
	base, target string // commit and dataset; "" where the side has no such dataset
}

// datasetDiff is what changes in one dataset between two commits.
type datasetDiff struct {
	from, to *spec.Dataset
	changes  []Change   // sorted by key
	refs     []spec.Ref // that created and updated records did not have before
	files    int
	whole    bool // every file of the target was read and merged
	problems spec.Problems
}

// summary counts the changes, or returns nil when there is nothing to say.
func (d *datasetDiff) summary(name string) *DatasetPlan {
	dp := &DatasetPlan{Name: name, Base: layoutOf(d.from), Target: layoutOf(d.to), Files: d.files}
	dp.Replace = d.from != nil && d.to != nil && !d.from.Layout.CarriesOver(d.to.Layout)
	for _, c := range d.changes {
		switch c.Op {
		case Create:
			dp.Create++
		case Update:
			dp.Update++
		case Delete:
			dp.Delete++
		}
	}
	if len(d.changes) == 0 && !dp.Replace && (d.from == nil) == (d.to == nil) {
		return nil
	}
	return dp
}

func sideKey(s *snapshot, d *spec.Dataset) string {
	if d == nil {
		return ""
	}
	return s.commit.Hash + " " + d.Name
}

// diff compares a dataset of two commits; either side may be nil. Results are kept.
func (p *Planner) diff(ctx context.Context, b, t *snapshot, from, to *spec.Dataset) (*datasetDiff, error) {
	key := diffKey{sideKey(b, from), sideKey(t, to)}
	p.mu.Lock()
	d := p.diffs[key]
	p.mu.Unlock()
	if d != nil {
		return d, nil
	}
	d = &datasetDiff{from: from, to: to}
	if from != nil || to != nil {
		if err := p.compare(ctx, b, t, d); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	p.diffs[key] = d
	p.mu.Unlock()
	return d, nil
}

// compare fills d: which files differ, what records they hold, what changed in those.
func (p *Planner) compare(ctx context.Context, b, t *snapshot, d *datasetDiff) error {
	pairs, err := p.changedFiles(ctx, b, t, d)
	if err != nil {
		return err
	}
	pairs = d.refuse(t, pairs)
	if d.sameReading() {
		pairs = cancelMoves(pairs)
	}
	d.files, d.whole = len(pairs), !d.sameReading()
	m := newMerger(d)
	if err := p.readPairs(ctx, d, pairs, m); err != nil {
		return err
	}
	d.problems = append(d.problems, m.problems...)
	if len(d.problems) > 0 {
		return nil // what the target has wrong is to be said first
	}
	if len(m.baseProblems) > 0 {
		return invalidBase(b, m.baseProblems)
	}
	m.finish()
	if d.whole && d.to != nil {
		p.index.save(d.to.Fingerprint(), targets(pairs))
	}
	return nil
}

// targets returns the target's side of pairs.
func targets(pairs []Pair) []Entry {
	var out []Entry
	for _, pair := range pairs {
		if pair.New.Path != "" {
			out = append(out, pair.New)
		}
	}
	return out
}

// sameReading reports whether equal files give equal records on both sides.
func (d *datasetDiff) sameReading() bool {
	return d.from != nil && d.to != nil && d.from.Fingerprint() == d.to.Fingerprint()
}

// invalidBase is the error of a plan from a commit whose data is wrong. Such a commit
// was never live, because what is released is checked.
func invalidBase(b *snapshot, problems spec.Problems) error {
	problems.Sort()
	return fmt.Errorf("the base commit %s holds invalid data, so nobody can say what changes from it; start from another commit with --base: %w",
		b.commit.Short(), problems)
}

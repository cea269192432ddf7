package planner

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
	refs     []spec.Ref // of created and updated records
	files    int
	whole    bool // every file of the target was read and merged
	indexed  bool // its keys or references will be looked up; see index
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
	d.files = len(pairs)
	d.whole = !d.sameReading()
	d.indexed = d.whole && d.to != nil && t.pipeline.Linked(d.to)
	m := merger{old: map[spec.Key]spec.Record{}, new: map[spec.Key]spec.Record{}, dataset: d}
	if err := p.readPairs(ctx, d, pairs, &m); err != nil {
		return err
	}
	d.problems = append(d.problems, m.problems...)
	if len(m.baseProblems) > 0 {
		m.baseProblems.Sort()
		return fmt.Errorf("the base commit %s holds invalid data: %w", b.commit.Short(), m.baseProblems)
	}
	m.changes()
	return nil
}

// sameReading reports whether equal files give equal records on both sides.
func (d *datasetDiff) sameReading() bool {
	return d.from != nil && d.to != nil && d.from.Fingerprint() == d.to.Fingerprint()
}

// changedFiles returns the files that may hold changes. Where the pipeline file reads
// the same files in the same way, that is the difference of the trees; elsewhere it is
// all files of both sides.
func (p *Planner) changedFiles(ctx context.Context, b, t *snapshot, d *datasetDiff) ([]Pair, error) {
	if d.sameReading() && d.from.SameFiles(d.to) {
		walked, err := p.walk(ctx, b, t)
		var pairs []Pair
		for _, pair := range walked {
			if pair = d.only(pair); pair != (Pair{}) {
				pairs = append(pairs, pair)
			}
		}
		return pairs, err
	}
	old, err := p.files(ctx, b, d.from)
	if err != nil {
		return nil, err
	}
	current, err := p.files(ctx, t, d.to)
	if err != nil {
		return nil, err
	}
	return pairUp(old, current), nil
}

// only drops the sides of a pair that are not the dataset's. Links and submodules stay,
// to be refused where data is expected.
func (d *datasetDiff) only(pair Pair) Pair {
	if pair.Old.Mode != spec.ModeFile || !d.from.Matches(pair.Old.Path) {
		pair.Old = Entry{}
	}
	if pair.New.Mode == spec.ModeFile && !d.to.Matches(pair.New.Path) {
		pair.New = Entry{}
	}
	return pair
}

// pairUp joins two listings by path.
func pairUp(old, current []Entry) []Pair {
	at := make(map[string]int, len(old)+len(current))
	var pairs []Pair
	for _, e := range old {
		if e.Mode == spec.ModeFile {
			at[e.Path] = len(pairs)
			pairs = append(pairs, Pair{Old: e})
		}
	}
	for _, e := range current {
		if i, ok := at[e.Path]; ok {
			pairs[i].New = e
		} else {
			pairs = append(pairs, Pair{New: e})
		}
	}
	return pairs
}

// refuse notes links, submodules and bad names of the target and drops them.
func (d *datasetDiff) refuse(t *snapshot, pairs []Pair) []Pair {
	for i := range pairs {
		e := &pairs[i].New
		if e.Path == "" {
			continue
		}
		if problem := t.pipeline.CheckPath(spec.SourceFile{Path: e.Path, Mode: e.Mode}); problem != nil {
			d.problems = append(d.problems, *problem)
			*e = Entry{}
		} else if e.Mode != spec.ModeFile {
			*e = Entry{}
		}
	}
	return slices.DeleteFunc(pairs, func(p Pair) bool { return p == Pair{} })
}

// cancelMoves drops files that are on both sides with the same content, wherever they
// stand: moving and renaming a file changes no record.
func cancelMoves(pairs []Pair) []Pair {
	gone := map[string]int{}
	for _, p := range pairs {
		if p.New.Hash != p.Old.Hash && p.Old.Hash != "" {
			gone[p.Old.Hash]++
		}
	}
	came := map[string]int{}
	for _, p := range pairs {
		if p.New.Hash != p.Old.Hash && p.New.Hash != "" {
			came[p.New.Hash]++
		}
	}
	out := pairs[:0]
	for _, p := range pairs {
		if p.Old.Hash == p.New.Hash {
			continue
		}
		if n := p.Old.Hash; n != "" && came[n] > 0 {
			came[n]--
			p.Old = Entry{}
		}
		if n := p.New.Hash; n != "" && gone[n] > 0 {
			gone[n]--
			p.New = Entry{}
		}
		if p != (Pair{}) {
			out = append(out, p)
		}
	}
	return out
}

// merger joins the records of many files into changes.
type merger struct {
	dataset      *datasetDiff
	old, new     map[spec.Key]spec.Record
	refs         map[spec.Key][]spec.Ref
	problems     spec.Problems
	baseProblems spec.Problems
}

// add takes what differs in one pair of files.
func (m *merger) add(f fileDiff) {
	m.problems = append(m.problems, f.problems...)
	m.baseProblems = append(m.baseProblems, f.baseProblems...)
	for _, r := range f.removed {
		m.old[r.Key] = r
	}
	for _, r := range f.added {
		if first, dup := m.new[r.Key]; dup {
			m.problems = append(m.problems, spec.DuplicateKey(m.dataset.to.Name, r.Key, r.Pos, first.Pos))
			continue
		}
		m.new[r.Key] = r
	}
	for _, ref := range f.refs {
		if m.refs == nil {
			m.refs = map[spec.Key][]spec.Ref{}
		}
		m.refs[ref.From] = append(m.refs[ref.From], ref)
	}
}

// changes turns what was removed and added into the dataset's changes, and keeps the
// references of records that changed.
func (m *merger) changes() {
	d := m.dataset
	name := nameOf(d)
	for key, r := range m.new {
		after := r
		var before *spec.Record
		if old, ok := m.old[key]; ok {
			before = &old
			delete(m.old, key)
		}
		if c, changed := MakeChange(name, before, &after); changed {
			d.changes = append(d.changes, c)
			d.refs = append(d.refs, m.refs[key]...)
		}
	}
	for _, r := range m.old {
		before := r
		c, _ := MakeChange(name, &before, nil)
		d.changes = append(d.changes, c)
	}
	slices.SortFunc(d.changes, func(a, b Change) int { return strings.Compare(string(a.Key), string(b.Key)) })
}

func nameOf(d *datasetDiff) string {
	if d.to != nil {
		return d.to.Name
	}
	return d.from.Name
}

package planner

import (
	"slices"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// merger joins the records of many files into the changes of a dataset.
type merger struct {
	dataset      *datasetDiff
	old, new     map[spec.Key]spec.Record
	oldRefs      map[spec.Key][]spec.Ref
	refs         map[spec.Key][]spec.Ref
	problems     spec.Problems
	baseProblems spec.Problems
}

func newMerger(d *datasetDiff) *merger {
	return &merger{
		dataset: d, old: map[spec.Key]spec.Record{}, new: map[spec.Key]spec.Record{},
		oldRefs: map[spec.Key][]spec.Ref{}, refs: map[spec.Key][]spec.Ref{},
	}
}

// add takes what differs in one pair of files.
func (m *merger) add(f fileDiff) {
	m.problems = append(m.problems, f.problems...)
	m.baseProblems = append(m.baseProblems, f.baseProblems...)
	for _, r := range f.removed {
		if first, dup := m.old[r.Key]; dup {
			m.baseProblems = append(m.baseProblems, spec.DuplicateKey(m.dataset.from.Name, r.Key, r.Pos, first.Pos))
			continue
		}
		m.old[r.Key] = r
	}
	for _, r := range f.added {
		if first, dup := m.new[r.Key]; dup {
			m.problems = append(m.problems, spec.DuplicateKey(m.dataset.to.Name, r.Key, r.Pos, first.Pos))
			continue
		}
		m.new[r.Key] = r
	}
	collectRefs(m.oldRefs, f.oldRefs)
	collectRefs(m.refs, f.refs)
}

func collectRefs(into map[spec.Key][]spec.Ref, refs []spec.Ref) {
	for _, ref := range refs {
		into[ref.From] = append(into[ref.From], ref)
	}
}

// finish turns what was removed and added into the dataset's changes, sorted by key,
// and keeps the references that records did not have before.
func (m *merger) finish() {
	d := m.dataset
	name := nameOf(d)
	d.changes = make([]Change, 0, max(len(m.new), len(m.old)))
	for key, r := range m.new {
		after := r
		var before *spec.Record
		if old, ok := m.old[key]; ok {
			before = &old
			delete(m.old, key)
		}
		if c, changed := MakeChange(name, before, &after); changed {
			d.changes = append(d.changes, c)
			d.refs = append(d.refs, newRefs(m.oldRefs[key], m.refs[key])...)
		}
	}
	for _, r := range m.old {
		before := r
		c, _ := MakeChange(name, &before, nil)
		d.changes = append(d.changes, c)
	}
	slices.SortFunc(d.changes, func(a, b Change) int { return strings.Compare(string(a.Key), string(b.Key)) })
}

// newRefs returns the references that were not there before. The others led somewhere
// in the base, and records that this plan deletes are asked who refers to them.
func newRefs(old, current []spec.Ref) []spec.Ref {
	return slices.DeleteFunc(current, func(r spec.Ref) bool {
		return slices.ContainsFunc(old, func(o spec.Ref) bool { return o.Key == r.Key && *o.Target == *r.Target })
	})
}

func nameOf(d *datasetDiff) string {
	if d.to != nil {
		return d.to.Name
	}
	return d.from.Name
}

package planner

import (
	"context"
	"fmt"
	"slices"

	"github.com/promoctl/promoctl/spec"
)

// linkChecker finds what only files that did not change can show: a key that also
// stands elsewhere, a reference to a record that does not exist, and a deleted record
// that others refer to. It looks only as far as the plan gives reason.
type linkChecker struct {
	p            *Planner
	b, t         *snapshot
	listings     map[string]*listing // by dataset
	deleted      map[string]map[spec.Key]bool
	said         map[spec.Pos]bool
	problems     spec.Problems
	baseProblems spec.Problems
}

// checkLinks returns the problems of the target. Those of the base are an error.
func (p *Planner) checkLinks(ctx context.Context, b, t *snapshot, plan *Plan) (spec.Problems, error) {
	c := &linkChecker{
		p: p, b: b, t: t, listings: map[string]*listing{},
		deleted: deletedKeys(plan.Changes), said: map[spec.Pos]bool{},
	}
	for _, d := range t.pipeline.Datasets {
		if err := c.dataset(ctx, d); err != nil {
			return nil, err
		}
	}
	if len(c.problems) == 0 && len(c.baseProblems) > 0 {
		return nil, invalidBase(b, c.baseProblems)
	}
	return c.problems, nil
}

func deletedKeys(changes []Change) map[string]map[spec.Key]bool {
	out := map[string]map[spec.Key]bool{}
	for _, c := range changes {
		if c.Op != Delete {
			continue
		}
		if out[c.Dataset] == nil {
			out[c.Dataset] = map[spec.Key]bool{}
		}
		out[c.Dataset][c.Key] = true
	}
	return out
}

// dataset checks the keys of one dataset and what its records refer to.
func (c *linkChecker) dataset(ctx context.Context, d *spec.Dataset) error {
	from := datasetOf(c.b, d.Name)
	diff, err := c.p.diff(ctx, c.b, c.t, from, d)
	if err != nil {
		return err
	}
	if !diff.whole { // else the merge has seen every key
		if err := c.checkKeys(ctx, d, diff.changes); err != nil {
			return err
		}
	}
	if err := c.checkRefs(ctx, diff.refs); err != nil {
		return err
	}
	if from != nil && c.retargeted(from, d) {
		return c.checkAll(ctx, d)
	}
	return c.stillReferred(ctx, d)
}

func (c *linkChecker) listing(ctx context.Context, d *spec.Dataset) (*listing, error) {
	if l := c.listings[d.Name]; l != nil {
		return l, nil
	}
	l, err := c.p.list(ctx, c.t, d)
	if err == nil {
		c.listings[d.Name] = l
	}
	return l, err
}

// retargeted reports whether references of records that did not change may lead
// elsewhere now, or are references only now.
func (c *linkChecker) retargeted(from, to *spec.Dataset) bool {
	return from.Schema.Digest != to.Schema.Digest ||
		!slices.Equal(targetNames(c.b.pipeline, from), targetNames(c.t.pipeline, to))
}

// targetNames lists the datasets that a dataset may refer to.
func targetNames(p *spec.Pipeline, d *spec.Dataset) []string {
	var out []string
	for _, o := range p.Datasets {
		if len(o.Layout.Key) == 1 && d.Schema.RefersTo(o.Kind, o.Name) {
			out = append(out, o.Name)
		}
	}
	slices.Sort(out)
	return out
}

// checkRefs notes references to records that do not exist.
func (c *linkChecker) checkRefs(ctx context.Context, refs []spec.Ref) error {
	wanted := map[*spec.Dataset]*hashSet{}
	for _, r := range refs {
		for _, d := range c.t.pipeline.Targets(r.Target) {
			if wanted[d] == nil {
				wanted[d] = newHashSet()
			}
			wanted[d].add(spec.HashKey(r.Key))
		}
	}
	found := map[*spec.Dataset]map[spec.KeyHash][]int{}
	for _, d := range c.t.pipeline.Datasets {
		if wanted[d] == nil {
			continue
		}
		l, err := c.listing(ctx, d)
		if err != nil {
			return err
		}
		found[d] = l.holders(wanted[d])
	}
	for _, r := range refs {
		targets := c.t.pipeline.Targets(r.Target)
		exists := func(d *spec.Dataset) bool { return len(found[d][spec.HashKey(r.Key)]) > 0 }
		if len(targets) > 0 && !slices.ContainsFunc(targets, exists) && !c.said[r.Pos] {
			c.said[r.Pos] = true
			c.problems = append(c.problems, c.leadsNowhere(r, targets))
		}
	}
	return nil
}

// leadsNowhere is the problem of a reference to a record that does not exist, or not
// any more.
func (c *linkChecker) leadsNowhere(r spec.Ref, targets []*spec.Dataset) spec.Problem {
	for _, d := range targets {
		if c.deleted[d.Name][r.Key] {
			return spec.Problem{
				Pos: r.Pos, Field: r.Field,
				What: fmt.Sprintf("refers to %q of %s, which this commit deletes", r.Key, d.Name),
				Fix:  "delete or change this record in the same commit, or keep the other",
			}
		}
	}
	return spec.MissingRef(c.t.pipeline, r)
}

// stillReferred checks the records of a dataset that refer to what the plan deletes.
func (c *linkChecker) stillReferred(ctx context.Context, d *spec.Dataset) error {
	gone := newHashSet()
	for _, o := range c.t.pipeline.Datasets {
		if !d.Schema.RefersTo(o.Kind, o.Name) {
			continue
		}
		for key := range c.deleted[o.Name] {
			h := spec.HashKey(key)
			gone.add(refHash(spec.RefTarget{Kind: o.Kind}, h))
			gone.add(refHash(spec.RefTarget{Dataset: o.Name}, h))
		}
	}
	if len(gone.members) == 0 {
		return nil
	}
	return c.checkReferrers(ctx, d, gone, false)
}

// checkAll checks every reference of a dataset.
func (c *linkChecker) checkAll(ctx context.Context, d *spec.Dataset) error {
	good := newHashSet()
	for _, o := range c.t.pipeline.Datasets {
		if len(o.Layout.Key) != 1 || !d.Schema.RefersTo(o.Kind, o.Name) {
			continue
		}
		l, err := c.listing(ctx, o)
		if err != nil {
			return err
		}
		for _, f := range l.files {
			for h := range f.keys.all() {
				good.add(refHash(spec.RefTarget{Kind: o.Kind}, h))
				good.add(refHash(spec.RefTarget{Dataset: o.Name}, h))
			}
		}
	}
	if len(good.members) == 0 && len(targetNames(c.t.pipeline, d)) == 0 {
		return nil // nothing here to refer to, so nothing is checked
	}
	return c.checkReferrers(ctx, d, good, true)
}

// checkReferrers checks the references of the files of a dataset that hold one of
// those given, or with without, one that is none of them.
func (c *linkChecker) checkReferrers(ctx context.Context, d *spec.Dataset, refs *hashSet, without bool) error {
	l, err := c.listing(ctx, d)
	if err != nil {
		return err
	}
	var found []spec.Ref
	for _, e := range l.referrers(refs, without) {
		parsed, err := c.p.parse(ctx, l, e)
		if err != nil {
			return err
		}
		for _, r := range parsed.Refs {
			if refs.has(refHash(*r.Target, spec.HashKey(r.Key))) != without {
				found = append(found, r)
			}
		}
	}
	return c.checkRefs(ctx, found)
}

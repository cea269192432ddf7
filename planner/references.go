package planner

import (
	"context"
	"fmt"

	"github.com/promoctl/promoctl/spec"
)

// checkReferences finds what only files that did not change can show: a created key
// that also stands elsewhere, a reference to a record that does not exist, and a
// deleted record that others refer to. It looks only as far as the plan gives reason.
func (p *Planner) checkReferences(ctx context.Context, b, t *snapshot, plan *Plan) (spec.Problems, error) {
	c := refChecker{p: p, t: t, listings: map[string]*listing{}}
	for _, name := range datasetNames(t.pipeline) {
		to := t.pipeline.Dataset(name)
		d, err := p.diff(ctx, b, t, datasetOf(b, name), to)
		if err != nil {
			return nil, err
		}
		if !d.whole { // else the merge has seen every key
			if err := c.createdTwice(ctx, to, d.changes); err != nil {
				return nil, err
			}
		}
		if err := c.missing(ctx, d.refs); err != nil {
			return nil, err
		}
	}
	return c.problems, c.stillReferred(ctx, plan)
}

// refChecker looks keys up in the target commit.
type refChecker struct {
	p        *Planner
	t        *snapshot
	listings map[string]*listing // by dataset
	problems spec.Problems
}

// listing is the index of all files of a dataset in the target.
type listing struct {
	entries []Entry
	blobs   []*blobIndex
	count   map[spec.KeyHash]int // how often each key stands
	refs    map[spec.KeyHash]bool
}

func (c *refChecker) listing(ctx context.Context, d *spec.Dataset) (*listing, error) {
	if l := c.listings[d.Name]; l != nil {
		return l, nil
	}
	l := &listing{count: map[spec.KeyHash]int{}, refs: map[spec.KeyHash]bool{}}
	files, err := c.p.files(ctx, c.t, d)
	if err != nil {
		return nil, err
	}
	for _, e := range files {
		if e.Mode == spec.ModeFile {
			l.entries = append(l.entries, e)
		}
	}
	if l.blobs, err = c.p.blobs(ctx, d, l.entries); err != nil {
		return nil, err
	}
	for _, b := range l.blobs {
		for _, h := range b.keys {
			l.count[h]++
		}
		for _, h := range b.refs {
			l.refs[h] = true
		}
	}
	c.listings[d.Name] = l
	return l, nil
}

// createdTwice refuses created keys that stand in another file too.
func (c *refChecker) createdTwice(ctx context.Context, d *spec.Dataset, changes []Change) error {
	for _, change := range changes {
		if change.Op != Create {
			continue
		}
		l, err := c.listing(ctx, d)
		if err != nil {
			return err
		}
		h := spec.HashKey(change.Key)
		if l.count[h] < 2 {
			continue
		}
		for _, e := range holders(l.entries, l.blobs, h, false) {
			if pos, ok := c.place(ctx, d, e, change.Key); ok && pos != change.After.Pos {
				c.problems = append(c.problems, spec.DuplicateKey(d.Name, change.Key, change.After.Pos, pos))
				break
			}
		}
	}
	return nil
}

// place returns where a key stands in a file.
func (c *refChecker) place(ctx context.Context, d *spec.Dataset, e Entry, key spec.Key) (spec.Pos, bool) {
	data, err := c.p.cfg.Repo.Blob(ctx, e.Hash)
	if err != nil {
		return spec.Pos{}, false
	}
	parsed, _ := d.Parse(e.Path, data)
	for _, r := range parsed.Records {
		if r.Key == key {
			return r.Pos, true
		}
	}
	return spec.Pos{}, false
}

// missing refuses references of changed records to records that do not exist.
func (c *refChecker) missing(ctx context.Context, refs []spec.Ref) error {
	for _, r := range refs {
		targets := c.t.pipeline.Targets(r.Target)
		found := len(targets) == 0
		for _, d := range targets {
			l, err := c.listing(ctx, d)
			if err != nil {
				return err
			}
			found = found || l.count[spec.HashKey(r.Key)] > 0
		}
		if !found {
			c.problems = append(c.problems, spec.MissingRef(c.t.pipeline, r))
		}
	}
	return nil
}

// stillReferred refuses the deletion of records that others refer to.
func (c *refChecker) stillReferred(ctx context.Context, plan *Plan) error {
	for _, change := range plan.Changes {
		d := c.t.pipeline.Dataset(change.Dataset)
		if change.Op != Delete || d == nil {
			continue
		}
		for _, name := range [...]spec.Key{
			refName(&spec.RefTarget{Kind: d.Kind}, change.Key),
			refName(&spec.RefTarget{Dataset: d.Name}, change.Key),
		} {
			if err := c.referrer(ctx, d, change, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// referrer notes the first record that refers to a deleted one.
func (c *refChecker) referrer(ctx context.Context, deleted *spec.Dataset, change Change, name spec.Key) error {
	for _, d := range c.t.pipeline.Datasets {
		if !d.Schema.RefersTo(deleted.Kind, deleted.Name) {
			continue
		}
		l, err := c.listing(ctx, d)
		if err != nil {
			return err
		}
		h := spec.HashKey(name)
		if !l.refs[h] {
			continue
		}
		for _, e := range holders(l.entries, l.blobs, h, true) {
			if ref, ok := c.refPlace(ctx, d, e, name); ok && !c.elsewhere(ctx, ref) {
				c.problems = append(c.problems, spec.Problem{
					Pos: ref.Pos, Field: ref.Field,
					What: fmt.Sprintf("refers to %q of %s, which this commit deletes", change.Key, change.Dataset),
					Fix:  "delete or change this record in the same commit, or keep the other",
				})
				return nil
			}
		}
	}
	return nil
}

// elsewhere reports whether another dataset still has the key that a reference names.
func (c *refChecker) elsewhere(ctx context.Context, ref spec.Ref) bool {
	for _, d := range c.t.pipeline.Targets(ref.Target) {
		if l, err := c.listing(ctx, d); err == nil && l.count[spec.HashKey(ref.Key)] > 0 {
			return true
		}
	}
	return false
}

func (c *refChecker) refPlace(ctx context.Context, d *spec.Dataset, e Entry, name spec.Key) (spec.Ref, bool) {
	data, err := c.p.cfg.Repo.Blob(ctx, e.Hash)
	if err != nil {
		return spec.Ref{}, false
	}
	parsed, _ := d.Parse(e.Path, data)
	for _, r := range parsed.Refs {
		if refName(r.Target, r.Key) == name {
			return r, true
		}
	}
	return spec.Ref{}, false
}

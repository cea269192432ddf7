package planner

import "github.com/promoctl/promoctl/spec"

// Op is what a change does to a record.
type Op string

const (
	Create Op = "create"
	Update Op = "update"
	Delete Op = "delete"
)

// Change is the create, update or delete of one record. Changes of a plan are sorted
// by dataset, then by key, byte by byte; no record appears twice.
type Change struct {
	Dataset string
	Key     spec.Key
	Op      Op
	Before  *spec.Record // nil for Create
	After   *spec.Record // nil for Delete
}

// MakeChange returns the change between two versions of one record, at least one of
// which is not nil, and whether there is any.
func MakeChange(dataset string, before, after *spec.Record) (Change, bool) {
	c := Change{Dataset: dataset, Before: before, After: after}
	switch {
	case before == nil:
		c.Key, c.Op = after.Key, Create
	case after == nil:
		c.Key, c.Op = before.Key, Delete
	default:
		c.Key, c.Op = after.Key, Update
		return c, before.Digest != after.Digest
	}
	return c, true
}

// Inverse returns the change that undoes c.
func (c Change) Inverse() Change {
	inv, _ := MakeChange(c.Dataset, c.After, c.Before)
	return inv
}

// Delta is what changes do to a dataset: the records they take out (deletes, and the
// old versions of updates) and those they put in (creates, and the new versions).
type Delta struct {
	Removed spec.DataDigest `json:"removed"`
	Added   spec.DataDigest `json:"added"`
}

// Include adds one change to the delta.
func (d *Delta) Include(c Change) {
	if c.Before != nil {
		d.Removed = d.Removed.Add(c.Before.Digest)
	}
	if c.After != nil {
		d.Added = d.Added.Add(c.After.Digest)
	}
}

// Apply returns the digest of a dataset after the delta.
func (d Delta) Apply(to spec.DataDigest) spec.DataDigest {
	return to.Minus(d.Removed).Plus(d.Added)
}

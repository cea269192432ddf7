package planner

import (
	"context"
	"slices"

	"github.com/promoctl/promoctl/spec"
)

// checkKeys refuses created keys that stand in a file that did not change too, and
// deleted keys that still do. A record that is updated stood in the base, which was
// checked when it was released: nothing but a create or a delete can be wrong here.
func (c *linkChecker) checkKeys(ctx context.Context, d *spec.Dataset, changes []Change) error {
	asked := newHashSet()
	for _, change := range changes {
		if change.Op != Update {
			asked.add(spec.HashKey(change.Key))
		}
	}
	if len(asked.members) == 0 {
		return nil
	}
	l, err := c.listing(ctx, d)
	if err != nil {
		return err
	}
	holders := l.holders(asked)
	wrong := map[spec.Key]Change{}
	var files []int
	for _, change := range changes {
		at := holders[spec.HashKey(change.Key)]
		if (change.Op == Create && len(at) > 1) || (change.Op == Delete && len(at) > 0) {
			wrong[change.Key] = change
			files = append(files, at...)
		}
	}
	slices.Sort(files)
	for _, i := range slices.Compact(files) {
		if err := c.foundAgain(ctx, l, l.entries[i], wrong); err != nil {
			return err
		}
	}
	return nil
}

// foundAgain notes the keys of a file that stand at another place too, the first other
// place for each.
func (c *linkChecker) foundAgain(ctx context.Context, l *listing, e Entry, wrong map[spec.Key]Change) error {
	parsed, err := c.p.parse(ctx, l, e)
	if err != nil {
		return err
	}
	for _, r := range parsed.Records {
		change, ok := wrong[r.Key]
		switch {
		case !ok || (change.Op == Create && r.Pos == change.After.Pos):
			continue
		case change.Op == Create:
			c.problems = append(c.problems, spec.DuplicateKey(l.dataset.Name, r.Key, change.After.Pos, r.Pos))
		default:
			c.baseProblems = append(c.baseProblems, spec.DuplicateKey(l.dataset.Name, r.Key, change.Before.Pos, r.Pos))
		}
		delete(wrong, r.Key)
	}
	return nil
}

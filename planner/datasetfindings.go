package planner

import (
	"context"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// datasets finds what loses the records of a whole dataset, or shows them to somebody
// else: no guardrail looks at deletes.
func (f *configFinder) datasets(ctx context.Context, t *snapshot, plan *Plan) error {
	for _, d := range plan.Datasets {
		from, to := f.base.Dataset(d.Name), f.target.Dataset(d.Name)
		switch {
		case from == nil:
		case to == nil:
			f.gone(from, d)
		case d.Delete > 0 && d.Create+d.Update == 0:
			holds, err := f.planner.holdsAny(ctx, t, to)
			if err != nil {
				return err
			}
			if !holds {
				f.about(d.Name, "dataset-emptied", "", "", "dataset %s has no record any more: %s deleted; are its files where promoctl.yaml looks for them?", d.Name, areRecords(d.Delete))
			}
		}
		if d.Replace {
			f.about(d.Name, "dataset-replaced", from.Fingerprint().String(), to.Fingerprint().String(), "key or types of dataset %s change: stores build it anew beside the old one and swap", d.Name)
		}
	}
	for _, to := range f.target.Datasets {
		if from := f.base.Dataset(to.Name); from != nil {
			f.places(from, to)
		}
	}
	return nil
}

func (f *configFinder) gone(from *spec.Dataset, d DatasetPlan) {
	if d.Delete == 0 {
		return
	}
	stores := f.kept(from.Stores)
	if len(stores) == 0 {
		f.about(d.Name, "dataset-gone", "", "", "dataset %s, of %s, is gone, and so are its stores; they keep serving it", d.Name, plural(d.Delete, "record"))
		return
	}
	f.about(d.Name, "dataset-gone", "", "", "dataset %s is gone or has another name: %s deleted from %s", d.Name, areRecords(d.Delete), strings.Join(stores, ", "))
}

// places compares the stores that take a dataset. Of a store that is gone from the file
// store-gone speaks: it keeps its data.
func (f *configFinder) places(from, to *spec.Dataset) {
	for _, s := range f.kept(lost(from.Stores, to.Stores)) {
		f.about(to.Name, "dataset-leaves-store", s, "", "dataset %s no longer goes to store %s, where its records are deleted", to.Name, s)
	}
	if !to.Layout.Sensitive() {
		return
	}
	for _, s := range lost(to.Stores, from.Stores) {
		f.about(to.Name, "sensitive-exposed", "", s, "dataset %s has sensitive fields, and store %s gets it for the first time", to.Name, s)
	}
}

// kept returns the stores that the target still knows.
func (f *configFinder) kept(stores []string) []string {
	return slices.DeleteFunc(slices.Clone(stores), func(s string) bool { return f.target.Store(s) == nil })
}

func areRecords(n int) string {
	if n == 1 {
		return "1 record is"
	}
	return plural(n, "record") + " are"
}

// holdsAny reports whether a dataset has a record in a commit. It stops at the first,
// because it is asked whenever a plan only deletes.
func (p *Planner) holdsAny(ctx context.Context, s *snapshot, d *spec.Dataset) (bool, error) {
	skip := func(dir string) bool { return !d.MayMatchBelow(dir) }
	for pair, err := range p.cfg.Repo.Diff(ctx, "", s.commit.Hash, p.cfg.Prefix, skip) {
		if err != nil {
			return false, err
		}
		e := pair.New
		if e.Mode != spec.ModeFile || !d.Matches(e.Path) {
			continue
		}
		x := p.index.get(d.Fingerprint(), []Entry{e})[0]
		if x == nil {
			data, err := p.read(ctx, e)
			if err != nil {
				return false, err
			}
			parsed, problems := d.Parse(e.Path, data)
			if x = indexOf(parsed); len(problems) > 0 {
				return true, nil // it holds something; validate says what is wrong
			}
			p.index.put(d.Fingerprint(), contentOf(e), x)
		}
		if len(x.keys) > 0 {
			return true, nil
		}
	}
	return false, nil
}

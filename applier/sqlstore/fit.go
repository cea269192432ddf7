package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// fit says what stands between a dataset's table as it is and the form that a
// release wants.
type fit struct {
	live    table
	made    bool     // promoctl made the table, so that it may change it
	missing []column // columns to add
	misfits []string // what only a new table can mend
}

// fitTable compares a dataset's table with the shape that a release wants it in. Base
// is the shape that its rows have now, nil when they are not promoctl's.
func (s *Store) fitTable(ctx context.Context, c conn, dataset string, base, target *shape) (fit, error) {
	live, err := s.d.table(ctx, c, s.liveTable(dataset))
	if err != nil {
		return fit{}, err
	}
	f := fit{live: live}
	if !live.exists() {
		return f, nil
	}
	if f.made, err = s.isMade(ctx, c, dataset); err != nil {
		return f, err
	}
	keys, err := s.d.uniqueKeys(ctx, c, live)
	if err != nil {
		return f, err
	}
	if !slices.ContainsFunc(keys, func(key []string) bool { return sameSet(s.d, key, target.keyNames()) }) {
		f.misfit("its primary key is not (%s), compared byte by byte", strings.Join(target.keyNames(), ", "))
	}
	for _, want := range target.columns {
		if err := s.fitColumn(ctx, c, &f, want, base); err != nil {
			return f, err
		}
	}
	for _, have := range live.columns {
		s.fitOther(&f, have, base, target)
	}
	return f, nil
}

func (f *fit) misfit(format string, args ...any) {
	f.misfits = append(f.misfits, fmt.Sprintf(format, args...))
}

// fitColumn compares one column that is wanted with what is there.
func (s *Store) fitColumn(ctx context.Context, c conn, f *fit, want column, base *shape) error {
	have := f.live.column(s.d, want.name)
	var was *column
	if base != nil {
		was = base.find(s.d, want.name)
	}
	fresh := base != nil && was == nil && !want.shop // declared by this release
	switch {
	case fresh && base.open && !want.extra:
		f.misfit("field %s may stand in %s", want.name, extraColumn)
	case have == nil && want.key >= 0:
		f.misfit("column %s of the key is missing", want.name)
	case have == nil:
		f.missing = append(f.missing, want)
	case have.computed:
		f.misfit("column %s is computed", want.name)
	case !s.d.fits(have.decl, want.typ):
		f.misfit("column %s has the type %s and needs %s", want.name, have.decl, s.d.columnType(want.typ))
	case have.notNull && !want.notNull && !(want.shop && have.fallback):
		f.misfit("column %s is NOT NULL, the field may be absent", want.name)
	case was != nil && encoding(was.typ) != encoding(want.typ):
		f.misfit("column %s changes from %s to %s", want.name, was.typ, want.typ)
	case was != nil && was.shop && !want.shop:
		f.misfit("column %s was the shop's", want.name)
	case fresh:
		used, err := s.anyRow(ctx, c, fmt.Sprintf("SELECT 1 FROM %s WHERE %s IS NOT NULL LIMIT 1", s.d.quote(f.live.name), s.d.quote(have.name)))
		if used {
			f.misfit("column %s holds values of the shop", want.name)
		}
		return err
	}
	return nil
}

// fitOther looks at a column that is there and may not be wanted.
func (s *Store) fitOther(f *fit, have tableColumn, base, target *shape) {
	if target.find(s.d, have.name) != nil {
		return
	}
	if base != nil {
		if was := base.find(s.d, have.name); was != nil && !was.shop {
			f.misfit("column %s is no longer a field", have.name)
			return
		}
	}
	if have.notNull && !have.fallback && !have.computed {
		f.misfit("column %s is no field of the dataset, and NOT NULL without a default", have.name)
	}
}

// encoding groups the types whose values look alike in a column.
func encoding(t spec.FieldType) spec.FieldType {
	if t == spec.TypeTime {
		return spec.TypeString
	}
	return t
}

func (s *Store) isMade(ctx context.Context, c conn, dataset string) (bool, error) {
	name := s.ownName("dataset")
	have, err := s.d.tables(ctx, c, []string{name})
	if err != nil || !have[name] {
		return false, err
	}
	return s.anyRow(ctx, c, "SELECT 1 FROM "+s.own("dataset")+" WHERE name = "+s.d.bind(1), dataset)
}

// anyRow reports whether a query has a row.
func (s *Store) anyRow(ctx context.Context, c conn, query string, args ...any) (bool, error) {
	found := false
	err := each(ctx, c, func(func(...any) error) error { found = true; return nil }, query, args...)
	return found, err
}

// refuse returns the error for a table that promoctl did not make and that does not fit.
func (s *Store) refuse(f fit, hint string) error {
	what := f.misfits
	for _, c := range f.missing {
		what = append(what, fmt.Sprintf("column %s %s is missing", c.name, s.d.columnType(c.typ)))
	}
	return fmt.Errorf("table %s was not made by promoctl and does not fit: %s; %s, or give the store a prefix of its own",
		f.live.name, strings.Join(what, "; "), hint)
}

// notInitialized names what is missing and how to get it.
func notInitialized(what string) error {
	return fmt.Errorf("%w: %s is missing; run promoctl init-store", applier.ErrNotInitialized, what)
}

package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// stagePart is a part while it is being staged.
type stagePart struct {
	part
	rows  *shape // of the stage: the target's, or the base's if the dataset goes
	read  *shape // how the live rows read now
	live  table  // has no columns if there is no table
	fresh bool   // whatever is live is not promoctl's
	whole bool   // Replace: live rows are neither compared nor kept
	blind bool   // the live rows have another key, and cannot be read as records
	gone  bool   // somebody dropped the table of a dataset that the store holds
	count [opEnd]int64
}

// layOutPart makes the tables that one dataset needs for the release.
func (w *stager) layOutPart(ctx context.Context, c conn, name string, i int) (*stagePart, error) {
	dr := w.r.Datasets[name]
	base, target, err := w.s.shapes(name, dr)
	if err != nil {
		return nil, err
	}
	p := &stagePart{fresh: isNew(w.r, name), whole: dr.Replace && !isNew(w.r, name), rows: target, read: base}
	p.part = part{Dataset: name, Table: fmt.Sprintf("%s_%s_%d", w.s.ownName("stage"), w.r.Attempt, i)}
	if target == nil {
		p.rows = base
	} else {
		was := base
		if p.fresh {
			was = nil
			p.read = target
		}
		if err := w.fitLive(ctx, c, p, was); err != nil {
			return nil, err
		}
	}
	if p.live, err = w.s.d.table(ctx, c, w.s.liveTable(name)); err != nil {
		return nil, err
	}
	if p.Rebuild && !p.gone {
		if err := w.rehearse(ctx, c, p); err != nil {
			return nil, err
		}
	}
	_, err = c.ExecContext(ctx, w.s.createStage(p.Table, p.rows))
	return p, err
}

// shapes returns the shapes of a dataset at base and target; nil where it is not there.
func (s *Store) shapes(name string, dr applier.DatasetRelease) (base, target *shape, err error) {
	if dr.Base == nil && dr.Target == nil {
		return nil, nil, fmt.Errorf("the release gives it no layout")
	}
	shape := func(l *spec.Layout) (*shape, error) {
		if l == nil {
			return nil, nil
		}
		return newShape(s.d, name, *l)
	}
	if base, err = shape(dr.Base); err != nil {
		return nil, nil, err
	}
	target, err = shape(dr.Target)
	return base, target, err
}

// fitLive makes the dataset's table, adds columns to it, or decides that the release
// needs a new one.
func (w *stager) fitLive(ctx context.Context, c conn, p *stagePart, base *shape) error {
	s := w.s
	f, err := s.fitTable(ctx, c, p.Dataset, base, p.rows)
	if err != nil {
		return err
	}
	table := "table " + s.liveTable(p.Dataset)
	p.gone = !f.live.exists() && base != nil
	p.Rebuild = p.gone || f.live.exists() && (p.whole || len(f.misfits) > 0)
	switch {
	case p.gone && !s.make:
		return fmt.Errorf("%w: somebody dropped %s; run promoctl init-store, then promoctl apply --repair", applier.ErrNotInitialized, table)
	case p.gone:
		return nil // the activation makes it, in full
	case !f.live.exists() && !s.make:
		return notInitialized(table)
	case !f.live.exists():
		return execAll(ctx, c, []string{s.createLive(p.Dataset, p.rows, nil), s.registerLive(p.Dataset)})
	case !f.made && p.whole && len(f.misfits) == 0:
		return fmt.Errorf("%s was not made by promoctl, and this release replaces it as a whole; change the table by hand, drop it, or give the store a prefix of its own", table)
	case !f.made && len(f.misfits) > 0:
		return s.refuse(f, "change the table by hand")
	case !f.made && len(f.missing) > 0:
		return s.refuse(f, "run promoctl init-store to add the columns")
	case p.Rebuild && base != nil && !p.whole && !sameKey(base, p.rows):
		return fmt.Errorf("the key changes, and the release does not replace the dataset")
	case !p.Rebuild && len(f.missing) > 0 && !s.make:
		return notInitialized(fmt.Sprintf("column %s of %s", f.missing[0].name, table))
	case !p.Rebuild:
		return execAll(ctx, c, s.addColumns(p.Dataset, f.missing))
	case p.fresh && !f.live.hasColumns(s.d, p.read.keyNames()):
		return w.blind(ctx, c, p)
	}
	return nil
}

// blind leaves rows out of the comparison that have another key, if there are any.
func (w *stager) blind(ctx context.Context, c conn, p *stagePart) error {
	p.blind = true
	rows, err := w.s.anyRow(ctx, c, "SELECT 1 FROM "+w.s.liveQuoted(p.Dataset)+" LIMIT 1")
	if err == nil && rows && !w.r.Overwrite {
		err = fmt.Errorf("table %s holds rows under another key; delete them, or let the release overwrite", w.s.liveTable(p.Dataset))
	}
	return err
}

func (s *Store) addColumns(dataset string, missing []column) []string {
	var out []string
	for _, m := range missing {
		out = append(out, s.addColumn(dataset, m))
	}
	return out
}

func sameKey(a, b *shape) bool {
	return slices.Equal(a.keyNames(), b.keyNames()) && slices.Equal(a.types, b.types)
}

// selectStaged returns the columns of a stage, in the order that decode wants.
func (s *Store) selectStaged(alias string, sh *shape) []string {
	return s.quoteAll(alias, names(sh.git()))
}

// selectLive returns the columns of a live table in the order that decode wants, NULL
// where the table lacks one. The plus sign keeps the driver from guessing by the
// declared type.
func (s *Store) selectLive(alias string, sh *shape, live table) []string {
	var out []string
	for _, c := range sh.git() {
		if live.column(s.d, c.name) == nil {
			out = append(out, "NULL")
			continue
		}
		out = append(out, "+"+alias+"."+s.d.quote(c.name))
	}
	return out
}

// onKey returns the condition that two rows have the same key.
func (s *Store) onKey(a, b string, names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, fmt.Sprintf("%s.%s = %s.%s", a, s.d.quote(n), b, s.d.quote(n)))
	}
	return strings.Join(out, " AND ")
}

package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// complete looks at the live records that no change names. In a dataset that is new
// to the store they are drift, and go if that is overwritten; in a dataset that gets a
// new table they are carried over into it.
func (w *stager) complete(ctx context.Context) error {
	for _, p := range w.parts {
		var err error
		switch {
		case p.gone:
			err = w.bringsBack(p)
		case p.compared() == nil:
		case p.fresh:
			err = w.others(ctx, p, func(args []any, rec spec.Record) ([]any, op, error) {
				w.drift.extra.Add(applier.Drift{Dataset: p.Dataset, Key: rec.Key, Found: &rec})
				if !w.r.Overwrite || p.Rebuild {
					return nil, 0, nil
				}
				args, err := p.rows.encodeKey(args, rec.Key)
				return args, opPurge, err
			})
		case p.Rebuild:
			err = w.others(ctx, p, func(args []any, rec spec.Record) ([]any, op, error) {
				args, err := p.rows.encode(args, &rec)
				return args, opCarry, err
			})
		}
		if err != nil {
			return fmt.Errorf("dataset %s: %w", p.Dataset, err)
		}
	}
	return nil
}

// bringsBack refuses a release of some records to a table that somebody dropped, since
// readers would take them for all there are.
func (w *stager) bringsBack(p *stagePart) error {
	lost := w.r.Target.Datasets[p.Dataset].Data.Minus(w.receipt.Datasets[p.Dataset].Added)
	if lost == (spec.DataDigest{}) {
		return nil
	}
	return fmt.Errorf("somebody dropped table %s, and this release does not bring all of its records back; run promoctl apply --repair, then this command again",
		w.s.liveTable(p.Dataset))
}

// others stages a row for each live record that no change names, as keep says: it
// appends the row's values and returns the operation, or none for no row. It reads one
// snapshot on a connection of its own while batches are written on the other.
func (w *stager) others(ctx context.Context, p *stagePart, keep func([]any, spec.Record) ([]any, op, error)) error {
	reader, err := w.s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer reader.Close()
	if err := w.s.d.begin(ctx, reader, false); err != nil {
		return err
	}
	defer rollback(ctx, reader)
	b := &rowBatch{w: w, p: p, width: len(p.rows.git()) + 2}
	scanRow := newRowScanner(p.read)
	err = each(ctx, reader, func(scan func(...any) error) error {
		rec, err := scanRow(scan)
		if err != nil {
			return err
		}
		return b.add(ctx, rec, keep)
	}, w.othersQuery(p))
	if err != nil {
		return err
	}
	return b.flush(ctx)
}

func (w *stager) othersQuery(p *stagePart) string {
	s, key := w.s, p.read.keyNames()
	return fmt.Sprintf("SELECT %s FROM %s l WHERE (%s) NOT IN (SELECT %s FROM %s s) ORDER BY %s",
		strings.Join(s.selectLive("l", p.read, p.live), ", "), s.liveQuoted(p.Dataset),
		s.list("l", key), s.list("s", key), s.d.quote(p.Table), s.list("l", key))
}

// newRowScanner returns a function that reads one row of git columns as a record.
func newRowScanner(sh *shape) func(scan func(...any) error) (spec.Record, error) {
	values := make([]any, len(sh.git()))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	return func(scan func(...any) error) (spec.Record, error) {
		if err := scan(into...); err != nil {
			return spec.Record{}, err
		}
		return sh.decode(values), nil
	}
}

// rowBatch collects rows of a stage that stem from live records.
type rowBatch struct {
	w     *stager
	p     *stagePart
	width int
	rows  int
	args  []any
}

func (b *rowBatch) add(ctx context.Context, rec spec.Record, keep func([]any, spec.Record) ([]any, op, error)) error {
	values, o, err := keep(nil, rec)
	if err != nil || o == 0 {
		return err
	}
	b.w.n++
	b.args = append(b.args, b.w.n, int64(o))
	b.args = append(b.args, values...)
	b.rows++
	for len(b.args) < b.rows*b.width {
		b.args = append(b.args, nil)
	}
	b.p.count[o]++
	if b.rows == batchRows {
		return b.flush(ctx)
	}
	return nil
}

func (b *rowBatch) flush(ctx context.Context) error {
	if b.rows == 0 {
		return nil
	}
	err := b.w.insert(ctx, b.p, b.args, b.rows)
	b.args, b.rows = b.args[:0], 0
	return err
}

package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// errStageGone: somebody removed the stage while it was being written, as they may
// once its lease has ended.
var errStageGone = errors.New("the stage was removed meanwhile; run the command again")

// one returns err unless the statement changed exactly one row.
func one(res sql.Result, err error) error {
	n, rowsErr := res.RowsAffected()
	if rowsErr != nil {
		return rowsErr
	}
	if n != 1 {
		return err
	}
	return nil
}

// writeBatch writes changes of one dataset, reads them back and compares the live
// records with what the changes expect.
func (w *stager) writeBatch(ctx context.Context, batch []planner.Change) error {
	p := w.parts[batch[0].Dataset]
	first := w.n + 1
	args, err := w.encodeBatch(p, batch)
	if err != nil {
		return fmt.Errorf("dataset %s: %w", p.Dataset, err)
	}
	if err := w.insert(ctx, p, args, len(batch)); err != nil {
		return err
	}
	w.n += int64(len(batch))
	return w.se.read(ctx, func(c conn) error { return w.readBack(ctx, c, p, batch, first) })
}

// encodeBatch returns the values of all rows, one row after the other.
func (w *stager) encodeBatch(p *stagePart, batch []planner.Change) ([]any, error) {
	width := len(p.rows.git()) + 2
	args := make([]any, 0, width*len(batch))
	for i := range batch {
		var err error
		change := &batch[i]
		args = append(args, w.n+int64(i)+1, int64(opOf(change.Op)))
		if change.After == nil {
			args, err = p.rows.encodeKey(args, change.Key)
		} else {
			args, err = p.rows.encode(args, change.After)
		}
		if err != nil {
			return nil, err
		}
		for len(args) < width*(i+1) { // a delete has nothing but its key
			args = append(args, nil)
		}
	}
	return args, nil
}

func opOf(o planner.Op) op {
	switch o {
	case planner.Create:
		return opCreate
	case planner.Update:
		return opUpdate
	}
	return opDelete
}

// insert writes rows to the stage table in one transaction.
func (w *stager) insert(ctx context.Context, p *stagePart, args []any, rows int) error {
	width := len(args) / rows
	chunk := max(1, min(statementRows, w.s.d.maxArgs()/width))
	return w.se.write(ctx, func(c conn) error {
		if err := w.stillThere(ctx, c); err != nil {
			return err
		}
		for len(args) > 0 {
			n := min(chunk, len(args)/width)
			st, err := w.statement(ctx, c, p, width, n)
			if err != nil {
				return err
			}
			if _, err := st.ExecContext(ctx, args[:n*width]...); err != nil {
				return err
			}
			args = args[n*width:]
		}
		return nil
	})
}

// stillThere checks that the release still has its base and its stage, so that a
// stage without a future ends early.
func (w *stager) stillThere(ctx context.Context, c conn) error {
	if err := w.s.onBase(ctx, c, w.r); err != nil {
		return err
	}
	there, err := w.s.anyRow(ctx, c, "SELECT 1 FROM "+w.s.own("stage")+" WHERE attempt = "+w.s.d.bind(1), w.r.Attempt)
	if err == nil && !there {
		err = errStageGone
	}
	return err
}

// statement returns the prepared INSERT of n rows.
func (w *stager) statement(ctx context.Context, c conn, p *stagePart, width, n int) (*sql.Stmt, error) {
	id := fmt.Sprintf("%s %d", p.Table, n)
	if st := w.inserts[id]; st != nil {
		return st, nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s VALUES ", w.s.d.quote(p.Table))
	for i := range n * width {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString(w.s.d.bind(i + 1))
	}
	b.WriteString(")")
	st, err := c.PrepareContext(ctx, b.String())
	if err == nil {
		w.inserts[id] = st
	}
	return st, err
}

// readBack reads rows of the stage beside the live rows of the same keys.
func (w *stager) readBack(ctx context.Context, c conn, p *stagePart, batch []planner.Change, first int64) error {
	staged := len(p.rows.git())
	values := make([]any, 2+staged, 2+staged+len(p.compared())+1)
	values = values[:cap(values)]
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	delta := w.receipt.Datasets[p.Dataset]
	next := 0
	err := each(ctx, c, func(scan func(...any) error) error {
		if err := scan(into...); err != nil {
			return err
		}
		if next == len(batch) || values[0] != first+int64(next) {
			return fmt.Errorf("dataset %s: the stage holds rows that were not written", p.Dataset)
		}
		change := batch[next]
		next++
		found := p.found(values[2+staged:])
		w.compare(p, change, found)
		return w.include(p, &delta, change, values[1], values[2:2+staged])
	}, w.readBackQuery(p), first, first+int64(len(batch))-1)
	if err == nil && next != len(batch) {
		err = fmt.Errorf("dataset %s: the stage lost rows that were written", p.Dataset)
	}
	w.receipt.Datasets[p.Dataset] = delta
	return err
}

// compared returns the live columns that changes are compared with, if they are.
func (p *stagePart) compared() []column {
	if p.whole || p.blind || !p.live.exists() {
		return nil
	}
	return p.read.git()
}

func (w *stager) readBackQuery(p *stagePart) string {
	d := w.s.d
	columns := append([]string{"s." + d.quote(stageN), "s." + d.quote(stageOp)}, w.s.selectStaged("s", p.rows)...)
	from := d.quote(p.Table) + " s"
	if p.compared() == nil {
		columns = append(columns, "NULL")
	} else {
		key := p.read.keyNames()
		columns = append(columns, "l."+d.quote(key[0])+" IS NOT NULL")
		columns = append(columns, w.s.selectLive("l", p.read, p.live)...)
		from += fmt.Sprintf(" LEFT JOIN %s l ON %s", w.s.liveQuoted(p.Dataset), w.s.onKey("l", "s", key))
	}
	return fmt.Sprintf("SELECT %s FROM %s WHERE s.%[3]s BETWEEN %[4]s AND %[5]s ORDER BY s.%[3]s",
		strings.Join(columns, ", "), from, d.quote(stageN), d.bind(1), d.bind(2))
}

// found returns the live record beside a staged row; nil if there is none.
func (p *stagePart) found(values []any) *spec.Record {
	if values[0] == nil || values[0] == int64(0) {
		return nil
	}
	rec := p.read.decode(values[1:])
	return &rec
}

// include adds a change to the receipt as the stage has it.
func (w *stager) include(p *stagePart, delta *planner.Delta, c planner.Change, staged any, values []any) error {
	o, _ := staged.(int64)
	if op(o) != opOf(c.Op) {
		return fmt.Errorf("%s %s: the stage says another operation than was written", c.Dataset, c.Key)
	}
	p.count[o]++
	if c.After != nil {
		rec := p.rows.decode(values)
		if rec.Digest != c.After.Digest {
			return fmt.Errorf("%s %s: the database does not give back what was written: wrote %s, read %s",
				c.Dataset, c.Key, c.After.JSON, rec.JSON)
		}
		c.After = &rec
	}
	delta.Include(c)
	return nil
}

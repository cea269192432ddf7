package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/promoctl/promoctl/applier"
)

// newTable says how a dataset's new table takes the place of the old one.
type newTable struct {
	old    string        // the name that the old one has meanwhile
	more   []tableColumn // columns of the shop that are no fields, kept as they are
	kept   []string      // columns whose values come from the old table
	match  string        // which old row (o) belongs to a staged one (s)
	extras []extra       // indexes and triggers, made again
}

// planNewTable looks at the old table. Base is nil when its rows are not promoctl's.
func (s *Store) planNewTable(ctx context.Context, c conn, p part, live table, base, target *shape) (newTable, error) {
	n := newTable{old: p.Table + "_old"}
	var err error
	if n.extras, err = s.d.extras(ctx, c, live.name); err != nil {
		return n, err
	}
	for _, col := range live.columns {
		want := target.find(s.d, col.name)
		switch {
		case want != nil && want.shop && !col.computed:
			n.kept = append(n.kept, want.name)
		case want != nil:
		case base != nil && base.find(s.d, col.name) != nil && !base.find(s.d, col.name).shop:
		case col.computed:
			return n, fmt.Errorf("column %s is computed and cannot be carried over to the new table; drop it first", col.name)
		default:
			n.more = append(n.more, col)
			n.kept = append(n.kept, col.name)
		}
	}
	n.match = s.matchKeys(live, base, target)
	return n, nil
}

// matchKeys compares the parts of the key one by one, as text where their types
// differ. Keys with another number of parts never match.
func (s *Store) matchKeys(live table, base, target *shape) string {
	if base == nil {
		base = target
	}
	if base.keys != target.keys {
		return "1 = 0"
	}
	var out []string
	for i := range target.keys {
		o, t := base.columns[i], target.columns[i]
		if live.column(s.d, o.name) == nil {
			return "1 = 0"
		}
		left, right := "o."+s.d.quote(o.name), "s."+s.d.quote(t.name)
		if o.typ != t.typ {
			left, right = s.d.keyText(left, o.typ), s.d.keyText(right, t.typ)
		}
		out = append(out, left+" = "+right)
	}
	return strings.Join(out, " AND ")
}

// rebuild puts a new table with the staged rows in the place of the old one, or of one
// that somebody dropped.
func (s *Store) rebuild(ctx context.Context, c conn, r applier.Release, p part, base, target *shape) error {
	if isNew(r, p.Dataset) {
		base = nil
	}
	live, err := s.d.table(ctx, c, s.liveTable(p.Dataset))
	if err != nil {
		return err
	}
	if !live.exists() {
		return execAll(ctx, c, []string{s.createLive(p.Dataset, target, nil), s.registerLive(p.Dataset), s.fill(p, newTable{}, target)})
	}
	n, err := s.planNewTable(ctx, c, p, live, base, target)
	if err != nil {
		return err
	}
	return execAll(ctx, c, append([]string{
		s.d.rename(live.name, n.old),
		s.createLive(p.Dataset, target, n.more),
		s.fill(p, n, target),
		"DROP TABLE " + s.d.quote(n.old),
	}, statements(n.extras)...))
}

// fill returns the statement that fills the new table.
func (s *Store) fill(p part, n newTable, target *shape) string {
	columns := names(target.git())
	from := s.d.quote(p.Table) + " s"
	values := s.quoteAll("s", columns)
	if len(n.kept) > 0 {
		from += fmt.Sprintf(" LEFT JOIN %s o ON %s", s.d.quote(n.old), n.match)
		values = append(values, s.quoteAll("o", n.kept)...)
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE s.%s IN (%d, %d, %d)",
		s.liveQuoted(p.Dataset), s.list("", append(columns, n.kept...)), strings.Join(values, ", "),
		from, s.d.quote(stageOp), opCreate, opUpdate, opCarry)
}

func statements(extras []extra) []string {
	var out []string
	for _, e := range extras {
		out = append(out, e.statement)
	}
	return out
}

// rehearse makes the new table without rows and takes it back, so that an index that
// cannot be kept stops the release now and not at its activation.
func (w *stager) rehearse(ctx context.Context, c conn, p *stagePart) error {
	base, target, err := w.s.shapes(p.Dataset, w.r.Datasets[p.Dataset])
	if err != nil {
		return err
	}
	if p.fresh {
		base = nil
	}
	n, err := w.s.planNewTable(ctx, c, p.part, p.live, base, target)
	if err != nil {
		return err
	}
	steps := []string{"SAVEPOINT rehearsal", w.s.d.rename(p.live.name, n.old)}
	for _, e := range n.extras {
		steps = append(steps, w.s.d.dropExtra(e))
	}
	if err := execAll(ctx, c, append(steps, w.s.createLive(p.Dataset, target, n.more))); err != nil {
		return err
	}
	for _, e := range n.extras {
		if _, err := c.ExecContext(ctx, e.statement); err != nil {
			return fmt.Errorf("the release makes table %s anew, and its %s %s cannot be kept: %w; drop it first", p.live.name, e.kind, e.name, err)
		}
	}
	return execAll(ctx, c, []string{"ROLLBACK TO rehearsal", "RELEASE rehearsal"})
}

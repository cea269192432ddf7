package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// Scan implements [applier.Scanner]. The sequence can be used once. It holds a read
// transaction from now on, until it ends or ctx does; that keeps nobody from
// writing, but the log grows meanwhile.
func (s *Store) Scan(ctx context.Context, dataset string, layout spec.Layout) (applier.Marker, iter.Seq2[spec.Record, error], error) {
	m, seq, err := s.scan(ctx, dataset, layout)
	if errors.Is(err, errMissing) {
		return applier.Marker{}, func(func(spec.Record, error) bool) {}, nil
	}
	if err != nil {
		return applier.Marker{}, nil, s.fail("scan", err)
	}
	return m, seq, nil
}

// cursor is the snapshot that a Scan holds.
type cursor struct {
	se    *session
	close func() // once
	query string // empty: there is no table
	sh    *shape
}

func (s *Store) scan(ctx context.Context, dataset string, layout spec.Layout) (applier.Marker, iter.Seq2[spec.Record, error], error) {
	var m applier.Marker
	sh, err := newShape(s.d, dataset, layout)
	if err != nil {
		return m, nil, err
	}
	se, err := s.session(ctx)
	if err != nil {
		return m, nil, err
	}
	cur := &cursor{se: se, sh: sh, close: sync.OnceFunc(se.close)}
	if err := s.d.begin(ctx, se.conn, false); err != nil {
		cur.close()
		return m, nil, err
	}
	if m, err = s.liveMarker(ctx, se.conn); err == nil {
		cur.query, err = s.scanQuery(ctx, se.conn, dataset, sh)
	}
	if err != nil {
		cur.close()
		return m, nil, err
	}
	// A caller that never ranges over the records must not leave the snapshot behind.
	stop := context.AfterFunc(ctx, cur.close)
	return m, func(yield func(spec.Record, error) bool) {
		defer cur.close()
		defer stop()
		if err := cur.each(ctx, yield); err != nil {
			yield(spec.Record{}, s.fail("scan "+dataset, err))
		}
	}, nil
}

// errStop ends a scan whose caller has seen enough.
var errStop = errors.New("stop")

func (cur *cursor) each(ctx context.Context, yield func(spec.Record, error) bool) error {
	if err := ctx.Err(); err != nil || cur.query == "" {
		return err
	}
	scanRow := newRowScanner(cur.sh)
	err := each(ctx, cur.se.conn, func(scan func(...any) error) error {
		rec, err := scanRow(scan)
		if err != nil {
			return err
		}
		if !yield(rec, nil) {
			return errStop
		}
		return nil
	}, cur.query)
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// scanQuery returns the query of all records in the order of their keys; it is empty
// when there is no table.
func (s *Store) scanQuery(ctx context.Context, c conn, dataset string, sh *shape) (string, error) {
	live, err := s.d.table(ctx, c, s.liveTable(dataset))
	if err != nil || !live.exists() {
		return "", err
	}
	if !live.hasColumns(s.d, sh.keyNames()) {
		return "", fmt.Errorf("table %s lacks columns of the key (%s); rename it out of the way and run promoctl apply --repair", live.name, strings.Join(sh.keyNames(), ", "))
	}
	order, err := s.keyOrder(ctx, c, dataset, sh)
	return fmt.Sprintf("SELECT %s FROM %s l ORDER BY %s",
		strings.Join(s.selectLive("l", sh, live), ", "), s.liveQuoted(dataset), order), err
}

// keyOrder returns the expression that sorts by key as [spec.Key] spells it. The
// order of one text column is the same if no key needs an escape, and costs no sort.
func (s *Store) keyOrder(ctx context.Context, c conn, dataset string, sh *shape) (string, error) {
	if column := "l." + s.d.quote(sh.columns[0].name); sh.keys == 1 && encoding(sh.types[0]) == spec.TypeString {
		escaped, err := s.anyRow(ctx, c, fmt.Sprintf("SELECT 1 FROM %s l WHERE %s LIKE '%%/%%' OR %s LIKE '%%\\%%%%' ESCAPE '\\' LIMIT 1",
			s.liveQuoted(dataset), column, column))
		if err != nil || !escaped {
			return column, err
		}
	}
	var parts []string
	for i := range sh.keys {
		text := s.d.keyText("l."+s.d.quote(sh.columns[i].name), sh.types[i])
		parts = append(parts, s.d.replaceText(s.d.replaceText(text, "%", "%25"), "/", "%2F"))
	}
	return strings.Join(parts, " || '/' || "), nil
}

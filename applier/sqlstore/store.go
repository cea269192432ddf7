package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/promoctl/promoctl/applier"
)

// Store keeps datasets in the tables of a SQL database. It implements [applier.Store],
// [applier.Scanner] and [applier.Initializer] and is safe for concurrent use.
type Store struct {
	d      dialect
	db     *sql.DB
	id     applier.Identity
	name   string
	prefix string
	make   bool // create what is missing
	now    func() time.Time
}

var (
	_ applier.Store       = (*Store)(nil)
	_ applier.Scanner     = (*Store)(nil)
	_ applier.Initializer = (*Store)(nil)
	_ io.Closer           = (*Store)(nil)
)

func newStore(cfg applier.StoreConfig, d dialect) (*Store, error) {
	db, err := d.open()
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", cfg.Name, err)
	}
	s := &Store{d: d, db: db, id: cfg.Identity, name: cfg.Name, prefix: cfg.Prefix, make: cfg.Create, now: cfg.Now}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// Close closes the connections of scans that nobody drained. No method may be used after it.
func (s *Store) Close() error { return s.db.Close() }

// fail says which store and database an error is about, and what to do if that is known.
func (s *Store) fail(op string, err error) error {
	return fmt.Errorf("store %s: %s: %s: %w", s.name, op, s.d.place(), s.d.explain(err))
}

// The names of tables, quoted. Datasets share one name space with promoctl's own
// tables, which newShape keeps apart.
func (s *Store) own(name string) string      { return s.d.quote(s.ownName(name)) }
func (s *Store) ownName(name string) string  { return s.prefix + ownPrefix + name }
func (s *Store) liveTable(ds string) string  { return s.prefix + ds }
func (s *Store) liveQuoted(ds string) string { return s.d.quote(s.liveTable(ds)) }

// Live implements [applier.Store].
func (s *Store) Live(ctx context.Context) (applier.State, error) {
	var st applier.State
	err := s.reading(ctx, func(c conn) (err error) {
		st, err = s.state(ctx, c)
		return err
	})
	if err != nil && !errors.Is(err, errMissing) {
		return applier.State{}, s.fail("live", err)
	}
	return st, nil
}

// reading runs fn on one snapshot, or returns errMissing.
func (s *Store) reading(ctx context.Context, fn func(c conn) error) error {
	se, err := s.session(ctx)
	if err != nil {
		return err
	}
	defer se.close()
	return se.read(ctx, fn)
}

func (s *Store) state(ctx context.Context, c conn) (applier.State, error) {
	var st applier.State
	ready, err := s.initialized(ctx, c)
	if err != nil || !ready {
		return st, err
	}
	if st.Live, err = s.marker(ctx, c); err != nil {
		return applier.State{}, err
	}
	if st.History, err = s.history(ctx, c); err != nil {
		return applier.State{}, err
	}
	st.Staged, err = s.stages(ctx, c)
	return st, err
}

// initialized reports whether promoctl's own tables are there.
func (s *Store) initialized(ctx context.Context, c conn) (bool, error) {
	missing, err := s.missingOwn(ctx, c)
	return len(missing) == 0, err
}

// marker returns what is live; the own tables are there.
func (s *Store) marker(ctx context.Context, c conn) (applier.Marker, error) {
	var m applier.Marker
	err := each(ctx, c, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		var err error
		m, err = applier.DecodeMarker([]byte(text), s.id)
		return err
	}, "SELECT marker FROM "+s.own("marker"))
	return m, err
}

func (s *Store) history(ctx context.Context, c conn) ([]applier.Marker, error) {
	var out []applier.Marker
	err := each(ctx, c, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		m, err := applier.DecodeMarker([]byte(text), s.id)
		out = append(out, m)
		return err
	}, fmt.Sprintf("SELECT marker FROM %s ORDER BY n DESC LIMIT %d", s.own("history"), applier.HistoryLen))
	return out, err
}

func (s *Store) stages(ctx context.Context, c conn) ([]applier.Staged, error) {
	var out []applier.Staged
	err := each(ctx, c, func(scan func(...any) error) error {
		var text string
		var sealed bool
		if err := scan(&text, &sealed); err != nil {
			return err
		}
		var doc stageDoc
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			return fmt.Errorf("read stage: %w", err)
		}
		out = append(out, doc.Release.Staged(sealed))
		return nil
	}, "SELECT doc, sealed FROM "+s.own("stage")+" ORDER BY n")
	return out, err
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

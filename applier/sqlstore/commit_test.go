package sqlstore_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/sqlstore"
	"github.com/promoctl/promoctl/applier/storetest"
)

// lostCommit commits and then loses the reply.
type lostCommit struct{ driver.Connector }

type lostConn struct{ sqliteConn }

func (c lostCommit) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return lostConn{inner.(sqliteConn)}, nil
}

func (c lostConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	res, err := c.sqliteConn.ExecContext(ctx, query, args)
	if err == nil && query == "COMMIT" {
		return nil, errCut
	}
	return res, err
}

func TestLostReplyOfTheCommitIsAnUnknownOutcome(t *testing.T) {
	s := newShelf(t)
	s.release(one("t", layout(), storetest.Records{"a": `{"sku":"a"}`}))
	m := s.move(one("t", layout(), storetest.Records{"b": `{"sku":"b"}`}))
	if _, err := s.store.Stage(t.Context(), m.Release, m.Seq()); err != nil {
		t.Fatal(err)
	}
	deaf, err := sqlstore.OpenSQLiteOver(s.place.config(testID()), func(c driver.Connector) driver.Connector { return lostCommit{c} })
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	err = deaf.Activate(t.Context(), m.Release)
	if err == nil || errors.Is(err, applier.ErrConflict) || errors.Is(err, applier.ErrNotStaged) {
		t.Errorf("error %v, want one of an unknown outcome", err)
	}
	if st, err := s.store.Live(t.Context()); err != nil || !st.Live.Equal(m.Target) {
		t.Errorf("live %v, error %v: want the target", st.Live, err)
	}
	if err := s.store.Activate(t.Context(), m.Release); err != nil {
		t.Errorf("again: %v", err)
	}
}

// syncWatch notes how connections commit.
type syncWatch struct {
	driver.Connector
	seen map[string]int
}

type syncConn struct {
	sqliteConn
	seen map[string]int
}

func (c syncWatch) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return syncConn{inner.(sqliteConn), c.seen}, nil
}

func (c syncConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if query == "COMMIT" {
		c.seen["synchronous "+c.pragma(ctx, "synchronous")]++
		c.seen["journal_mode "+c.pragma(ctx, "journal_mode")]++
	}
	return c.sqliteConn.ExecContext(ctx, query, args)
}

func (c syncConn) pragma(ctx context.Context, name string) string {
	rows, err := c.QueryContext(ctx, "PRAGMA "+name, nil)
	if err != nil {
		return err.Error()
	}
	defer rows.Close()
	values := make([]driver.Value, 1)
	if err := rows.Next(values); err != nil {
		return err.Error()
	}
	switch v := values[0].(type) {
	case int64:
		return string(rune('0' + v))
	case string:
		return v
	}
	return "?"
}

func TestCommitIsDurable(t *testing.T) {
	s := newShelf(t)
	seen := map[string]int{}
	var err error
	s.store, err = sqlstore.OpenSQLiteOver(s.place.config(testID()), func(c driver.Connector) driver.Connector { return syncWatch{c, seen} })
	if err != nil {
		t.Fatal(err)
	}
	defer s.store.Close()
	s.release(one("t", layout(), storetest.Records{"a": `{"sku":"a"}`}))
	if len(seen) != 2 || seen["synchronous 2"] == 0 || seen["journal_mode wal"] == 0 {
		t.Errorf("commits were %v, want all with synchronous FULL (2) and a log", seen)
	}
}

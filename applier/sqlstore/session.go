package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// session is the connection of one call of a method. Nothing is shared between calls:
// a driver keeps no state in memory, and two handles behave as two processes do.
type session struct {
	s    *Store
	conn *sql.Conn
}

// errMissing says that the database does not exist. It never leaves the package.
var errMissing = errors.New("the database does not exist")

// session opens the database, or returns errMissing.
func (s *Store) session(ctx context.Context) (*session, error) {
	there, err := s.d.exists()
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, errMissing
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &session{s: s, conn: conn}, nil
}

func (se *session) close() { se.conn.Close() }

// read runs fn on one snapshot.
func (se *session) read(ctx context.Context, fn func(c conn) error) error {
	if err := se.s.d.begin(ctx, se.conn, false); err != nil {
		return err
	}
	defer rollback(ctx, se.conn)
	return fn(se.conn)
}

// write runs fn in a transaction that holds the write lock and commits what it did,
// or nothing if it fails.
func (se *session) write(ctx context.Context, fn func(c conn) error) error {
	if err := se.s.d.begin(ctx, se.conn, true); err != nil {
		return err
	}
	done := false
	defer func() { // also when fn panics
		if !done {
			rollback(ctx, se.conn)
		}
	}()
	if err := fn(se.conn); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// A commit is short and must not be cut off in the middle.
	if _, err := se.conn.ExecContext(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	done = true
	return nil
}

// rollback ends a transaction that changed nothing or failed. Its own error says
// nothing new: a connection that cannot roll back is closed soon, which does.
func rollback(ctx context.Context, c conn) {
	_, _ = c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
}

// each runs a query and calls fn for every row.
func each(ctx context.Context, c conn, fn func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := c.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// execAll runs statements one after the other.
func execAll(ctx context.Context, c conn, statements []string) error {
	for _, st := range statements {
		if _, err := c.ExecContext(ctx, st); err != nil {
			return fmt.Errorf("run %q: %w", firstLine(st), err)
		}
	}
	return nil
}

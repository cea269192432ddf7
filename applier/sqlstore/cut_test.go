package sqlstore_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync/atomic"
)

var errCut = errors.New("the connection was cut")

// cut stops every connection of the handles that it wraps after a number of
// statements, as a kill does: what is in a transaction then is rolled back by SQLite.
type cut struct {
	armed atomic.Bool
	left  atomic.Int64
	pages atomic.Int64 // the size that no database may outgrow; 0: any
}

func (c *cut) step() error {
	if c.armed.Load() && c.left.Add(-1) < 0 {
		return errCut
	}
	return nil
}

func (c *cut) wrap(inner driver.Connector) driver.Connector { return cutConnector{inner, c} }

type cutConnector struct {
	driver.Connector
	cut *cut
}

func (c cutConnector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn := inner.(sqliteConn)
	// The suite kills processes and pulls no power cords: without waiting for the disk
	// it takes half the time. TestCommitIsDurable sees that promoctl does wait.
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = OFF", nil); err != nil {
		return nil, err
	}
	if n := c.cut.pages.Load(); n > 0 {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", n), nil); err != nil {
			return nil, err
		}
	}
	return &cutConn{sqliteConn: conn, cut: c.cut}, nil
}

// sqliteConn is what database/sql uses of a connection.
type sqliteConn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnPrepareContext
	driver.Validator
}

type cutConn struct {
	sqliteConn
	cut *cut
}

func (c *cutConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.cut.step(); err != nil {
		return nil, err
	}
	return c.sqliteConn.ExecContext(ctx, query, args)
}

func (c *cutConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.cut.step(); err != nil {
		return nil, err
	}
	return c.sqliteConn.QueryContext(ctx, query, args)
}

func (c *cutConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.cut.step(); err != nil {
		return nil, err
	}
	return c.sqliteConn.PrepareContext(ctx, query)
}

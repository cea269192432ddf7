package sqlstore

import (
	"context"
	"database/sql"

	"github.com/promoctl/promoctl/spec"
)

// conn runs statements on one connection, inside whatever transaction it is in.
type conn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// dialect is what differs between databases; everything else is the protocol.
type dialect interface {
	// place names the database in errors, without credentials.
	place() string
	// open returns a pool that keeps no idle connection, without connecting.
	open() (*sql.DB, error)
	// exists reports whether the database is there to be connected to.
	exists() (bool, error)
	// create makes the database if it does not exist, ready to be opened.
	create(ctx context.Context) error
	// prepare returns the statements that make an existing database fit for
	// releases; db is nil when it does not exist yet.
	prepare(ctx context.Context, c conn) ([]string, error)
	// begin starts a transaction that may write and holds the lock that keeps other
	// writers away, or one that reads one snapshot.
	begin(ctx context.Context, c conn, write bool) error
	// explain turns an error of the database into one that says what to do.
	explain(err error) error

	quote(name string) string                       // a name as it stands in a statement
	sameName(a, b string) bool                      // whether the database takes two names for one
	bind(n int) string                              // the placeholder of the n-th argument, from 1
	maxArgs() int                                   // how many arguments a statement may have
	columnType(t spec.FieldType) string             // the type of a column for a field
	fits(decl string, t spec.FieldType) bool        // whether a column declared so keeps every value of a field exactly
	tableSuffix() string                            // goes after the parenthesis of CREATE TABLE
	upsert(key, set []string) string                // what an INSERT ... SELECT ends with; names are quoted
	keyText(column string, t spec.FieldType) string // an expression for the key's text form of a column
	replaceText(expr, old, new string) string       // an expression with every old replaced by new

	// tables returns those of the names that tables have, as they were asked for.
	tables(ctx context.Context, c conn, names []string) (map[string]bool, error)
	// table describes a table; it has no columns when it does not exist.
	table(ctx context.Context, c conn, name string) (table, error)
	// uniqueKeys returns the sets of columns of a table that are unique, compared
	// byte by byte.
	uniqueKeys(ctx context.Context, c conn, t table) ([][]string, error)
	// extras returns the statements that make the indexes and triggers of a table.
	extras(ctx context.Context, c conn, name string) ([]extra, error)
	// dropExtra returns the statement that removes an index or trigger.
	dropExtra(e extra) string
	// rename returns the statement that renames a table and nothing that refers to it.
	rename(from, to string) string
}

// table is a table as it is in the database.
type table struct {
	name    string
	columns []tableColumn
}

// tableColumn is a column of a table as it is in the database.
type tableColumn struct {
	name     string
	decl     string // type as declared
	notNull  bool
	fallback bool // has a default
	computed bool // a generated column
	inKey    bool // part of the primary key
}

// extra is an index or a trigger of a table.
type extra struct {
	kind, name, statement string
}

func (t table) exists() bool { return len(t.columns) > 0 }

// column returns the column of that name, or nil.
func (t table) column(d dialect, name string) *tableColumn {
	for i := range t.columns {
		if d.sameName(t.columns[i].name, name) {
			return &t.columns[i]
		}
	}
	return nil
}

// hasColumns reports whether the table has all these columns.
func (t table) hasColumns(d dialect, names []string) bool {
	for _, n := range names {
		if t.column(d, n) == nil {
			return false
		}
	}
	return true
}

func sameSet(d dialect, a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		found := false
		for _, y := range b {
			found = found || d.sameName(x, y)
		}
		if !found {
			return false
		}
	}
	return true
}

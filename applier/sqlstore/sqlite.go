package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite" // pure Go: promoctl needs no C compiler and no library

	"github.com/promoctl/promoctl/applier"
)

// sqliteDialect is SQLite behind modernc.org/sqlite.
type sqliteDialect struct {
	path   string                                  // absolute
	params url.Values                              // of the file: URL
	tries  int                                     // how often to wait a second for the write lock
	wrap   func(driver.Connector) driver.Connector // what tests do to connections; nil: nothing
}

// OpenSQLite returns a store in the SQLite database file that cfg.URL names: a path,
// relative to cfg.Dir, or a file: URL. It connects to nothing yet; it fails when the
// URL does not name a file. Every method opens a connection of its own and closes it, so
// that a database that was replaced by its backup is found.
func OpenSQLite(cfg applier.StoreConfig) (*Store, error) {
	d, err := newSQLite(cfg)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", cfg.Name, err)
	}
	return newStore(cfg, d)
}

func newSQLite(cfg applier.StoreConfig) (*sqliteDialect, error) {
	path, params := cfg.URL, url.Values{}
	switch {
	case strings.HasPrefix(cfg.URL, "file:"):
		u, err := url.Parse(cfg.URL)
		if err != nil {
			return nil, errors.New("url is not a valid file: URL; write the path of the database file instead")
		}
		if path = u.Path; u.Opaque != "" {
			if path, err = url.PathUnescape(u.Opaque); err != nil {
				return nil, errors.New("url is not a valid file: URL; write the path of the database file instead")
			}
		}
		params = u.Query()
	case strings.Contains(cfg.URL, "://"):
		return nil, errors.New("url is not a file; write the path of the database file, or a file: URL")
	}
	if path == "" || strings.Contains(path, ":memory:") || params.Get("mode") == "memory" {
		return nil, errors.New("url names no file, and a database in memory is gone when promoctl ends; write a path like .live/shop.db")
	}
	for name := range params {
		if strings.HasPrefix(name, "_") {
			return nil, fmt.Errorf("url has the parameter %s, which promoctl sets itself; remove it", name)
		}
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(cfg.Dir, path)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the working directory: %w", err)
	}
	return &sqliteDialect{path: path, params: params, tries: lockTries}, nil
}

func (d *sqliteDialect) place() string { return d.path }

// dsn returns the name to open the database by. Every connection waits a second for a
// lock, and syncs the log before a commit returns.
func (d *sqliteDialect) dsn(mode string) string {
	q := url.Values{"mode": {mode}}
	for name, v := range d.params {
		q[name] = v
	}
	q["_pragma"] = []string{
		"busy_timeout(1000)", "synchronous(FULL)", "cache_size(-65536)", "legacy_alter_table(ON)",
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(d.path), RawQuery: q.Encode()}
	return u.String()
}

func (d *sqliteDialect) exists() (bool, error) {
	info, err := os.Stat(d.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case info.IsDir():
		return false, errors.New("is a directory; write the path of a database file")
	}
	return true, nil
}

// open asks for mode=rw, so that a connection never makes a file.
func (d *sqliteDialect) open() (*sql.DB, error) { return d.connect("rw") }

func (d *sqliteDialect) connect(mode string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(d.dsn(mode))
	if err != nil {
		return nil, errors.New("url has parameters that SQLite does not take")
	}
	if d.wrap != nil {
		c = d.wrap(c)
	}
	db := sql.OpenDB(c)
	db.SetMaxIdleConns(-1)
	return db, nil
}

// create makes the file and its directory. It is not durable on purpose: the first
// commit makes it so.
func (d *sqliteDialect) create(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(d.path), 0o755); err != nil {
		return err
	}
	db, err := d.connect("rwc")
	if err != nil {
		return err
	}
	defer db.Close()
	return db.PingContext(ctx)
}

// prepare asks for WAL, which is a property of the file, and refuses a text encoding
// that would sort keys in another order.
func (d *sqliteDialect) prepare(ctx context.Context, c conn) ([]string, error) {
	const wal = "PRAGMA journal_mode = WAL"
	if c == nil {
		if _, err := os.Stat(filepath.Dir(d.path)); errors.Is(err, fs.ErrNotExist) {
			return []string{"-- make the directory " + filepath.Dir(d.path), wal}, nil
		}
		return []string{wal}, nil
	}
	var mode, encoding string
	if err := c.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return nil, err
	}
	if err := c.QueryRowContext(ctx, "PRAGMA encoding").Scan(&encoding); err != nil {
		return nil, err
	}
	if encoding != "UTF-8" {
		return nil, fmt.Errorf("the database keeps text as %s; promoctl needs UTF-8, so write to another file", encoding)
	}
	if mode == "wal" {
		return nil, nil
	}
	return []string{wal}, nil
}

// lockTries is how often a connection that waited a second for the write lock tries
// again. Waiting in short steps lets a context that ends end the wait.
const lockTries = 10

func (d *sqliteDialect) begin(ctx context.Context, c conn, write bool) error {
	if !write {
		_, err := c.ExecContext(ctx, "BEGIN")
		return err
	}
	var err error
	for range d.tries {
		_, err = c.ExecContext(ctx, "BEGIN IMMEDIATE")
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !isBusy(err) {
			return err
		}
	}
	return err
}

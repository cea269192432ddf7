package sqlstore_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/sqlstore"
	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

// place is a SQLite database in a directory of its own.
type place struct {
	dir  string
	cut  *cut
	mu   sync.Mutex
	shop *sql.DB // the connections of a shop's service, once it has read
}

func newPlace(t testing.TB) *place {
	p := &place{dir: t.TempDir(), cut: &cut{}}
	t.Cleanup(p.closeShop)
	return p
}

// service returns the shop's connections, which stay open as those of a service do.
func (p *place) service() (*sql.DB, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shop != nil {
		return p.shop, nil
	}
	db, err := sql.Open("sqlite", "file:"+p.path()+"?mode=rw&_pragma=busy_timeout(10000)")
	p.shop = db
	return db, err
}

func (p *place) closeShop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shop != nil {
		p.shop.Close()
		p.shop = nil
	}
}

func (p *place) path() string { return filepath.Join(p.dir, "live", "shop.db") }

func (p *place) config(id applier.Identity) applier.StoreConfig {
	return applier.StoreConfig{Name: "orders", URL: "live/shop.db", Dir: p.dir, Identity: id, Create: true}
}

func (p *place) Open(t testing.TB, id applier.Identity) applier.Store {
	t.Helper()
	s, err := sqlstore.OpenSQLiteOver(p.config(id), p.cut.wrap)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Interrupt cuts the handles off at the n-th statement from now on.
func (p *place) Interrupt(n int) func() bool {
	if underRace {
		n *= 7
	}
	p.cut.left.Store(int64(n))
	p.cut.armed.Store(true)
	return func() bool { // and reports whether the cut was reached
		p.cut.armed.Store(false)
		return p.cut.left.Load() < 0
	}
}

// List names files and tables. SQLite's own companions of the file come and go.
func (p *place) List(t testing.TB) []string {
	var out []string
	err := filepath.WalkDir(p.dir, func(path string, _ os.DirEntry, err error) error {
		if !strings.HasSuffix(path, "-wal") && !strings.HasSuffix(path, "-shm") {
			out = append(out, strings.TrimPrefix(path, p.dir))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.path()); err != nil {
		return out
	}
	return append(out, queryText(t, p.path(), "SELECT name FROM sqlite_schema ORDER BY name")...)
}

func (p *place) Tamper(t testing.TB, dataset string, layout spec.Layout, key spec.Key, canonical []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path()), 0o755); err != nil {
		t.Fatal(err)
	}
	db := plainOpen(t, p.path())
	run(t, db, plainTable(dataset, layout))
	var conditions []string
	var args []any
	for i, part := range key.Parts() {
		conditions = append(conditions, fmt.Sprintf("%q = ?", layout.Key[i].Column))
		args = append(args, part)
	}
	if canonical == nil {
		run(t, db, fmt.Sprintf("DELETE FROM %q WHERE %s", dataset, strings.Join(conditions, " AND ")), args...)
		return
	}
	columns, values := plainRow(t, layout, key, canonical)
	var set, marks, quoted []string
	for _, c := range columns {
		quoted = append(quoted, fmt.Sprintf("%q", c))
		set = append(set, fmt.Sprintf("%q = excluded.%q", c, c))
		marks = append(marks, "?")
	}
	var keys []string
	for _, k := range layout.Key {
		keys = append(keys, fmt.Sprintf("%q", k.Column))
	}
	run(t, db, fmt.Sprintf("INSERT INTO %q (%s) VALUES (%s) ON CONFLICT (%s) DO UPDATE SET %s", dataset,
		strings.Join(quoted, ", "), strings.Join(marks, ", "), strings.Join(keys, ", "), strings.Join(set, ", ")), values...)
}

func (p *place) SetFormat(t testing.TB, format int) {
	t.Helper()
	run(t, plainOpen(t, p.path()), "UPDATE promoctl_marker SET marker = json_set(marker, '$.format', ?)", format)
}

func (p *place) Break(t testing.TB, kind storetest.Fault) (func(), bool) {
	t.Helper()
	p.closeShop()
	switch kind {
	case storetest.FaultReadOnly:
		return p.readOnly(t), true
	case storetest.FaultFull:
		return p.full(t), true
	}
	return nil, false
}

// readOnly raises the write version in the file's header, as a newer SQLite would
// do: every SQLite then refuses to write to the file and goes on reading it. Unlike
// permissions this also stops root.
func (p *place) readOnly(t testing.TB) func() {
	t.Helper()
	path := p.path()
	checkpoint(t, path) // the header is in the file, not in the log
	set := func(version byte) {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteAt([]byte{version}, 18); err != nil {
			t.Fatal(err)
		}
	}
	set(3)
	return func() {
		p.closeShop() // it has read the header
		set(2)
	}
}

// full lets the database not outgrow the pages that it has, without one to spare.
func (p *place) full(t testing.TB) func() {
	t.Helper()
	db := plainOpen(t, p.path())
	run(t, db, "VACUUM")
	var pages int64
	if err := db.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	p.cut.pages.Store(pages)
	return func() { p.cut.pages.Store(0) }
}

// checkpoint moves the log into the file and ends with no log at all.
func checkpoint(t testing.TB, path string) {
	t.Helper()
	db := plainOpen(t, path)
	run(t, db, "PRAGMA wal_checkpoint(TRUNCATE)")
	db.Close()
	if _, err := os.Stat(path + "-wal"); err == nil {
		t.Fatal("somebody keeps the database open")
	}
}

// plainOpen opens a database as a shop's service does.
func plainOpen(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

func run(t testing.TB, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.Exec(statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// queryText returns the first column of a query's rows.
func queryText(t testing.TB, path, query string) []string {
	t.Helper()
	db := plainOpen(t, path)
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s sql.NullString
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s.String)
	}
	return out
}

func TestConformance(t *testing.T) {
	storetest.Run(t, storetest.Suite{
		New:        func(t testing.TB) storetest.Place { return newPlace(t) },
		Partitions: 1,
	})
}

var (
	_ storetest.Interrupter = (*place)(nil)
	_ storetest.Lister      = (*place)(nil)
)

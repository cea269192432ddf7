package sqlstore_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/sqlstore"
	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

// BenchmarkActivate compares the activation of 100,000 upserts (90,000 updates and
// 10,000 creates) with the sqlite3 shell's .import of the same rows into an empty
// table of the same form, with the same log and the same syncs, in the same run.
func BenchmarkActivate(b *testing.B) {
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		b.Skip("the sqlite3 shell is not installed, so there is nothing to compare with")
	}
	const total, created = 100_000, 10_000
	base := benchContent(0, total-created)
	versions := []storetest.Content{benchContent(1, total), benchContent(2, total)}
	var activated, imported, staged time.Duration
	for i := range b.N {
		dir := b.TempDir()
		after := versions[i%2]
		s, err := sqlstore.OpenSQLite(applier.StoreConfig{Name: "orders", URL: "shop.db", Dir: dir, Identity: benchID(), Create: true})
		if err != nil {
			b.Fatal(err)
		}
		first := storetest.Step{Identity: benchID(), After: base}.Move()
		benchStage(b, s, first)
		benchActivate(b, s, first)
		second := storetest.Step{Identity: benchID(), Base: first.Target, Before: base, After: after}.Move()
		if len(second.Changes) != total {
			b.Fatalf("%d changes", len(second.Changes))
		}
		staged += benchStage(b, s, second)
		activated += benchActivate(b, s, second)
		imported += benchImport(b, shell, dir, after)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	rows := float64(total * b.N)
	b.ReportMetric(rows/activated.Seconds(), "activated/s")
	b.ReportMetric(rows/imported.Seconds(), "imported/s")
	b.ReportMetric(rows/staged.Seconds(), "staged/s")
	b.ReportMetric(imported.Seconds()/activated.Seconds(), "x_import")
}

func benchID() applier.Identity { return applier.Identity{Pipeline: "bench"} }

// benchContent returns n prices of about 150 bytes of JSON each; every version has other prices.
func benchContent(version, n int) storetest.Content {
	records := storetest.Records{}
	for i := range n {
		sku := fmt.Sprintf("SKU-%07d", i)
		records[spec.Key(sku)] = fmt.Sprintf(
			`{"currency":"CNY","list_price":%d.5,"price":%d.%d9,"sku":"%s","tags":["sale","1111"],"tax_class":"standard","valid_from":"2026-11-1%dT16:00:00Z"}`,
			20+i%900, 10+i%900, version, sku, version)
	}
	return storetest.Content{"prices": {Layout: benchLayout(), Records: records}}
}

func benchLayout() spec.Layout {
	return spec.Layout{
		Key: []spec.KeyPart{{Name: "sku", Column: "sku", Field: true}},
		Fields: []spec.Field{
			{Name: "currency", Type: spec.TypeString, Required: true},
			{Name: "list_price", Type: spec.TypeNumber},
			{Name: "price", Type: spec.TypeNumber, Required: true},
			{Name: "sku", Type: spec.TypeString, Required: true},
			{Name: "tags", Type: spec.TypeJSON},
			{Name: "tax_class", Type: spec.TypeString},
			{Name: "valid_from", Type: spec.TypeTime},
		},
	}
}

func benchStage(b *testing.B, s *sqlstore.Store, m storetest.Move) time.Duration {
	b.Helper()
	start := time.Now()
	if _, err := s.Stage(b.Context(), m.Release, m.Seq()); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

func benchActivate(b *testing.B, s *sqlstore.Store, m storetest.Move) time.Duration {
	b.Helper()
	start := time.Now()
	if err := s.Activate(b.Context(), m.Release); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// benchImport times the shell from its start to its end.
func benchImport(b *testing.B, shell, dir string, c storetest.Content) time.Duration {
	b.Helper()
	rows := filepath.Join(dir, "rows.csv")
	benchCSV(b, rows, c)
	path := filepath.Join(dir, "import.db")
	db := plainOpen(b, path)
	run(b, db, "PRAGMA journal_mode = WAL")
	run(b, db, strings.Join(queryText(b, filepath.Join(dir, "shop.db"), "SELECT sql FROM sqlite_schema WHERE name = 'prices'"), ""))
	db.Close()
	cmd := exec.CommandContext(b.Context(), shell, path)
	cmd.Stdin = strings.NewReader("PRAGMA synchronous = FULL;\n.mode csv\n.import " + rows + " prices\n")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%v: %s", err, out.String())
	}
	took := time.Since(start)
	if n := queryText(b, path, "SELECT COUNT(*) FROM prices"); n[0] != fmt.Sprint(len(c["prices"].Records)) {
		b.Fatalf("the shell imported %s rows: %s", n, out.String())
	}
	return took
}

// benchCSV writes the rows in the order of their keys, which is the shell's best case.
func benchCSV(b *testing.B, path string, c storetest.Content) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := csv.NewWriter(f)
	columns := []string{"sku", "currency", "list_price", "price", "tags", "tax_class", "valid_from"}
	m := storetest.Step{Identity: benchID(), After: c}.Move()
	for _, change := range m.Changes {
		fields := change.After.Fields()
		row := make([]string, len(columns))
		for i, name := range columns {
			switch v := fields[name].(type) {
			case []any:
				row[i] = `["sale","1111"]`
			default:
				row[i] = fmt.Sprint(v)
			}
		}
		if err := w.Write(row); err != nil {
			b.Fatal(err)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		b.Fatal(err)
	}
}

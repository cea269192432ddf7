package sqlstore_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/sqlstore"
	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

func testID() applier.Identity { return applier.Identity{Pipeline: "shop", Env: "test"} }

// shelf is a store under test with what was released to it.
type shelf struct {
	*testing.T
	place *place
	store *sqlstore.Store
	live  applier.Marker
	holds storetest.Content
}

func newShelf(t *testing.T, change ...func(*applier.StoreConfig)) *shelf {
	t.Helper()
	p := newPlace(t)
	cfg := p.config(testID())
	for _, c := range change {
		c(&cfg)
	}
	return &shelf{T: t, place: p, store: openStore(t, cfg)}
}

func openStore(t *testing.T, cfg applier.StoreConfig) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.OpenSQLite(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *shelf) move(after storetest.Content, replace ...string) storetest.Move {
	return storetest.Step{Identity: testID(), Base: s.live, Before: s.holds, After: after, Replace: replace}.Move()
}

func (s *shelf) try(m storetest.Move) error {
	if _, err := s.store.Stage(s.Context(), m.Release, m.Seq()); err != nil {
		return err
	}
	if err := s.store.Activate(s.Context(), m.Release); err != nil {
		return err
	}
	s.live, s.holds = m.Target, m.After
	return nil
}

// release takes the store to the content and checks that a recount agrees.
func (s *shelf) release(after storetest.Content, replace ...string) {
	s.Helper()
	if err := s.try(s.move(after, replace...)); err != nil {
		s.Fatal(err)
	}
	for name, d := range after {
		if diff := cmp.Diff(map[spec.Key]string(d.Records), s.scan(name, d.Layout)); diff != "" {
			s.Errorf("%s as scanned (-want +got):\n%s", name, diff)
		}
		plain, err := s.place.Read(s.Context(), name, d.Layout)
		if diff := cmp.Diff(map[spec.Key]string(d.Records), plain); err != nil || diff != "" {
			s.Errorf("%s as a shop reads it: error %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func (s *shelf) scan(dataset string, layout spec.Layout) map[spec.Key]string {
	s.Helper()
	_, seq, err := s.store.Scan(s.Context(), dataset, layout)
	if err != nil {
		s.Fatal(err)
	}
	out := map[spec.Key]string{}
	for rec, err := range seq {
		if err != nil {
			s.Fatal(err)
		}
		out[rec.Key] = string(rec.JSON)
	}
	return out
}

func (s *shelf) sql(statement string, args ...any) {
	s.Helper()
	db := plainOpen(s, s.place.path())
	defer db.Close()
	run(s, db, statement, args...)
}

// query returns the rows of a query, one line each, NULL as "null".
func (s *shelf) query(query string) string {
	s.Helper()
	db := plainOpen(s, s.place.path())
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		s.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		s.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		lines = append(lines, rowLine(s, rows, len(columns)))
	}
	return strings.Join(lines, "\n")
}

func rowLine(t testing.TB, rows *sql.Rows, n int) string {
	t.Helper()
	values, into := make([]any, n), make([]any, n)
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		t.Fatal(err)
	}
	parts := make([]string, n)
	for i, v := range values {
		parts[i] = "null"
		if v != nil {
			parts[i] = fmt.Sprint(v)
		}
	}
	return strings.Join(parts, " ")
}

// wantError checks that an error is there and says all of the words.
func wantError(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("got no error, want one with %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

// layout returns one with a text key named sku, and fields as "name type flag...":
// the flags are required, nullable and shop.
func layout(fields ...string) spec.Layout {
	l := spec.Layout{Key: []spec.KeyPart{{Name: "sku", Column: "sku", Field: true}}}
	for _, f := range append(fields, "sku string required") {
		w := strings.Fields(f)
		field := spec.Field{Name: w[0], Type: spec.FieldType(w[1])}
		for _, flag := range w[2:] {
			switch flag {
			case "required":
				field.Required = true
			case "nullable":
				field.Nullable = true
			case "shop":
				field.Owner = spec.OwnerShop
			}
		}
		l.Fields = append(l.Fields, field)
	}
	return l
}

func open(l spec.Layout) spec.Layout {
	l.Open = true
	return l
}

// one returns a content of one dataset, with records by their SKU.
func one(dataset string, l spec.Layout, records storetest.Records) storetest.Content {
	return storetest.Content{dataset: {Layout: l, Records: records}}
}

package sqlstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

// shopTable makes a table in the database as a shop had it before promoctl came.
func (s *shelf) shopTable(statements ...string) {
	s.Helper()
	if err := os.MkdirAll(filepath.Dir(s.place.path()), 0o755); err != nil {
		s.Fatal(err)
	}
	for _, st := range statements {
		s.sql(st)
	}
}

func priced() spec.Layout { return layout("active boolean", "price number required", "title string") }

func TestForeignTableWithTheRightColumnsIsAdopted(t *testing.T) {
	s := newShelf(t)
	s.shopTable("CREATE TABLE prices (id INTEGER PRIMARY KEY, sku VARCHAR(40) NOT NULL UNIQUE, title CLOB, price TEXT NOT NULL, active BOOLEAN, stock INT DEFAULT 5)",
		"INSERT INTO prices (sku, price, active) VALUES ('a', '1.5', true), ('b', '2', NULL)")
	after := one("prices", priced(), storetest.Records{"a": `{"active":true,"price":1.5,"sku":"a"}`, "b": `{"price":2,"sku":"b"}`, "c": `{"price":3,"sku":"c"}`})
	m := s.move(after)
	_, err := s.store.Stage(t.Context(), m.Release, m.Seq())
	var drift *applier.DriftError
	if !errors.As(err, &drift) || drift.Total != 2 {
		t.Errorf("without Adopt: error %v, want two drifted records", err)
	}
	m = m.Again()
	m.Adopt = true
	if err := s.try(m); err != nil {
		t.Fatal(err)
	}
	if got, want := s.query("SELECT id, sku, price, active, stock FROM prices ORDER BY sku"), "1 a 1.5 1 5\n2 b 2 null 5\n3 c 3 null 5"; got != want {
		t.Errorf("adopted:\n%s\nwant:\n%s", got, want)
	}
	s.release(one("prices", priced(), storetest.Records{"a": `{"active":false,"price":1,"sku":"a"}`, "c": `{"price":3,"sku":"c","title":"C"}`}))
	wantError(t, s.try(s.move(one("prices", layout("active boolean", "price number required"), storetest.Records{}))),
		"prices", "not made by promoctl", "title is no longer a field")
	wantError(t, s.try(s.move(after, "prices")), "not made by promoctl", "replaces it as a whole")
}

func TestForeignTableThatDoesNotFitIsLeftAlone(t *testing.T) {
	tests := []struct{ name, ddl, want string }{
		{"columns are missing", "CREATE TABLE prices (sku TEXT PRIMARY KEY, active INT, title TEXT)", "column price TEXT is missing; run promoctl init-store"},
		{"a decimal is a float", "CREATE TABLE prices (sku TEXT PRIMARY KEY, active INT, title TEXT, price DECIMAL(10,2))", "column price has the type DECIMAL(10,2) and needs TEXT"},
		{"a text is a number", "CREATE TABLE prices (sku TEXT PRIMARY KEY, active INT, title REAL, price TEXT)", "column title has the type REAL"},
		{"another key", "CREATE TABLE prices (id INTEGER PRIMARY KEY, sku TEXT, active INT, title TEXT, price TEXT)", "its primary key is not (sku)"},
		{"a key that ignores case", "CREATE TABLE prices (sku TEXT COLLATE NOCASE PRIMARY KEY, active INT, title TEXT, price TEXT)", "compared byte by byte"},
		{"a key of some rows", "CREATE TABLE prices (sku TEXT, active INT, title TEXT, price TEXT); CREATE UNIQUE INDEX u ON prices (sku) WHERE active", "its primary key is not (sku)"},
		{"an optional field must be there", "CREATE TABLE prices (sku TEXT PRIMARY KEY, active INT NOT NULL, title TEXT, price TEXT)", "column active is NOT NULL"},
		{"a column that promoctl cannot fill", "CREATE TABLE prices (sku TEXT PRIMARY KEY, active INT, title TEXT, price TEXT, vendor TEXT NOT NULL)", "column vendor is no field of the dataset"},
		{"a computed column", "CREATE TABLE prices (sku TEXT PRIMARY KEY, active INT, price TEXT, title TEXT AS (upper(sku)))", "column title is computed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newShelf(t)
			s.shopTable(test.ddl)
			schema := s.query("SELECT sql FROM sqlite_schema WHERE name = 'prices'")
			m := s.move(one("prices", priced(), storetest.Records{"a": `{"price":1,"sku":"a"}`}))
			m.Adopt, m.Overwrite = true, true
			_, err := s.store.Stage(t.Context(), m.Release, m.Seq())
			wantError(t, err, "table prices was not made by promoctl", test.want, s.place.path())
			if got := s.query("SELECT sql FROM sqlite_schema WHERE name = 'prices'"); got != schema {
				t.Errorf("the table became %s", got)
			}
			if st, err := s.store.Live(t.Context()); err != nil || len(st.Staged) > 0 {
				t.Errorf("state %v, error %v", st, err)
			}
		})
	}
}

func TestInitAddsColumnsToAForeignTableAndRefusesWrongOnes(t *testing.T) {
	s := newShelf(t)
	s.shopTable("CREATE TABLE prices (sku TEXT PRIMARY KEY, active INT, title TEXT)")
	layouts := map[string]spec.Layout{"prices": priced()}
	plan, err := s.store.InitPlan(t.Context(), layouts)
	if err != nil || plan[len(plan)-1] != `ALTER TABLE "prices" ADD COLUMN "price" TEXT;` {
		t.Errorf("plan %q, error %v", plan, err)
	}
	if err := s.store.Init(t.Context(), layouts); err != nil {
		t.Fatal(err)
	}
	s.release(one("prices", priced(), storetest.Records{"a": `{"price":1,"sku":"a"}`}))

	wrong := map[string]spec.Layout{"prices": layout("active boolean", "price integer", "title string")}
	schema := s.query("SELECT sql FROM sqlite_schema ORDER BY name")
	_, err = s.store.InitPlan(t.Context(), wrong)
	wantError(t, err, "column price has the type TEXT and needs INTEGER")
	wantError(t, s.store.Init(t.Context(), wrong), "column price has the type TEXT and needs INTEGER")
	if diff := cmp.Diff(schema, s.query("SELECT sql FROM sqlite_schema ORDER BY name")); diff != "" {
		t.Errorf("a refused init changed the schema (-before +after):\n%s", diff)
	}
}

// Without Create, nothing is made until somebody runs what InitPlan prints.
func TestWithoutCreateTheShellRunsWhatInitPlanPrints(t *testing.T) {
	s := newShelf(t, func(c *applier.StoreConfig) { c.Create = false })
	content := storetest.Content{
		"prices": {Layout: priced(), Records: storetest.Records{"a": `{"price":1,"sku":"a"}`}},
		"stocks": {Layout: shopLayout(), Records: storetest.Records{"a": `{"allocated":1,"sku":"a"}`}},
	}
	refused := func(words ...string) {
		t.Helper()
		err := s.try(s.move(content))
		if !errors.Is(err, applier.ErrNotInitialized) {
			t.Errorf("error %v, want ErrNotInitialized", err)
		}
		wantError(t, err, append(words, "promoctl init-store")...)
	}
	refused("the database is missing")
	if _, err := os.Stat(filepath.Dir(s.place.path())); err == nil {
		t.Error("the directory was made")
	}
	plan, err := s.store.InitPlan(t.Context(), map[string]spec.Layout{"prices": content["prices"].Layout, "stocks": content["stocks"].Layout})
	if err != nil || !strings.HasPrefix(plan[0], "-- make the directory ") {
		t.Fatalf("plan %q, error %v", plan, err)
	}
	s.shopTable("CREATE TABLE unrelated (x)")
	refused("journal_mode")
	s.sql("PRAGMA journal_mode = WAL")
	refused("own tables")
	for _, statement := range plan {
		s.sql(statement)
	}
	s.release(content)
	wider := content.WithDataset("prices", storetest.Dataset{Layout: layout("active boolean", "price number required", "rank integer", "title string"), Records: storetest.Records{}})
	err = s.try(s.move(wider))
	if !errors.Is(err, applier.ErrNotInitialized) {
		t.Errorf("a new column: error %v, want ErrNotInitialized", err)
	}
	wantError(t, err, "column rank of table prices", "promoctl init-store")
	if err := s.store.Init(t.Context(), map[string]spec.Layout{"prices": wider["prices"].Layout}); err != nil {
		t.Fatal(err)
	}
	s.release(wider)
}

func TestTwoPipelinesShareAFileByPrefix(t *testing.T) {
	s := newShelf(t)
	cfg := s.place.config(applier.Identity{Pipeline: "other"})
	cfg.Prefix = "other_"
	other := openStore(t, cfg)
	s.release(one("prices", priced(), storetest.Records{"a": `{"price":1,"sku":"a"}`}))
	m := storetest.Step{Identity: applier.Identity{Pipeline: "other"}, After: one("prices", priced(), storetest.Records{"z": `{"price":9,"sku":"z"}`})}.Move()
	if _, err := other.Stage(t.Context(), m.Release, m.Seq()); err != nil {
		t.Fatal(err)
	}
	if err := other.Activate(t.Context(), m.Release); err != nil {
		t.Fatal(err)
	}
	if got := s.query("SELECT sku FROM prices UNION ALL SELECT sku FROM other_prices"); got != "a\nz" {
		t.Errorf("got %q", got)
	}
	s.release(one("prices", priced(), storetest.Records{"a": `{"price":2,"sku":"a"}`}))
	// A dataset whose table would be the other pipeline's is somebody else's table.
	err := s.try(s.move(s.holds.WithDataset("other_prices", storetest.Dataset{Layout: priced(), Records: storetest.Records{"q": `{"price":9,"sku":"q"}`}})))
	if !errors.Is(err, applier.ErrDrift) {
		t.Errorf("writing into the other pipeline's table: error %v, want ErrDrift", err)
	}
}

package sqlstore_test

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

// teaPrices returns a content of three prices.
func teaPrices() storetest.Content {
	return one("prices", priced(), storetest.Records{
		"a": `{"price":1,"sku":"a"}`, "b": `{"price":2,"sku":"b","title":"B"}`, "c": `{"active":true,"price":3,"sku":"c"}`,
	})
}

// found makes s hold what a scan finds, as a full comparison does.
func (s *shelf) found() {
	s.Helper()
	holds := storetest.Content{}
	for name, d := range s.holds {
		holds[name] = storetest.Dataset{Layout: d.Layout, Records: s.scan(name, d.Layout)}
	}
	s.holds = holds
}

func (s *shelf) wantRecords(want storetest.Content) {
	s.Helper()
	for name, d := range want {
		if diff := cmp.Diff(map[spec.Key]string(d.Records), s.scan(name, d.Layout)); diff != "" {
			s.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDroppedTableComesBackWithARepair(t *testing.T) {
	s := newShelf(t)
	want := teaPrices()
	s.release(want)
	s.sql("DROP TABLE prices")
	if got := s.scan("prices", priced()); len(got) > 0 {
		t.Errorf("a table that is gone holds %v", got)
	}
	s.found()
	s.release(want)
	s.release(want.WithDataset("prices", storetest.Dataset{Layout: priced(), Records: storetest.Records{"a": `{"price":9,"sku":"a"}`}}))
}

// A release of some records would leave readers with a table of nothing else.
func TestDroppedTableStopsAReleaseThatDoesNotBringItBack(t *testing.T) {
	s := newShelf(t)
	want := teaPrices()
	s.release(want)
	s.sql("DROP TABLE prices")
	more := want["prices"].Records
	for name, after := range map[string]storetest.Records{
		"one more": {"a": more["a"], "b": more["b"], "c": more["c"], "d": `{"price":4,"sku":"d"}`},
		"one less": {"a": more["a"], "b": more["b"]},
		"the same": more,
	} {
		m := s.move(one("prices", priced(), after))
		m.Overwrite = true
		for range 2 { // a refused release does not make the table for the next one
			m = m.Again()
			_, err := s.store.Stage(t.Context(), m.Release, m.Seq())
			wantError(t, err, s.place.path(), "somebody dropped table prices", "promoctl apply --repair")
		}
		if got := s.query("SELECT name FROM sqlite_schema WHERE name = 'prices' OR name LIKE 'promoctl_stage_%'"); got != "" {
			t.Errorf("%s: left over: %s", name, got)
		}
	}
	s.found()
	s.release(want)
}

func TestDroppedTableOfAStoreThatCreatesNothing(t *testing.T) {
	s := newShelf(t)
	want := teaPrices()
	s.release(want)
	s.sql("DROP TABLE prices")
	s.found()
	careful := s.place.config(testID())
	careful.Create = false
	s.store = openStore(t, careful)
	err := s.try(s.move(want))
	if !errors.Is(err, applier.ErrNotInitialized) {
		t.Errorf("error %v, want ErrNotInitialized", err)
	}
	wantError(t, err, "dropped table prices", "promoctl init-store", "promoctl apply --repair")
	if err := s.store.Init(t.Context(), map[string]spec.Layout{"prices": priced()}); err != nil {
		t.Fatal(err)
	}
	s.release(want)
}

func TestInitBringsADroppedTableBack(t *testing.T) {
	s := newShelf(t)
	want := teaPrices()
	s.release(want)
	before := s.query("SELECT sql FROM sqlite_schema WHERE name = 'prices'")
	s.sql("DROP TABLE prices")
	if err := s.store.Init(t.Context(), map[string]spec.Layout{"prices": priced()}); err != nil {
		t.Fatal(err)
	}
	if got := s.query("SELECT sql FROM sqlite_schema WHERE name = 'prices'"); got != before {
		t.Errorf("the table became %s", got)
	}
	if got := s.query("SELECT name FROM promoctl_dataset"); got != "prices" {
		t.Errorf("promoctl made %q", got)
	}
	s.found()
	s.release(want)
}

func TestDroppedColumnIsDriftAndComesBack(t *testing.T) {
	for _, column := range []string{"price", "title", "active"} {
		t.Run(column, func(t *testing.T) {
			s := newShelf(t)
			want := teaPrices()
			s.release(want)
			s.sql("ALTER TABLE prices DROP COLUMN " + column)
			s.found()
			if cmp.Equal(want, s.holds) {
				t.Errorf("a scan does not see that %s is gone", column)
			}
			s.release(want)
			s.wantRecords(want)
		})
	}
}

// What init-store prints goes into the database's own shell as it is, as a whole.
func TestInitPlanIsAScript(t *testing.T) {
	layouts := map[string]spec.Layout{"it's; \"odd\"": open(layout("select integer", "a;b string")), "prices": priced()}
	script := func(s *shelf) string {
		t.Helper()
		plan, err := s.store.InitPlan(t.Context(), layouts)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(plan, "\n")
	}
	check := func(s *shelf) {
		t.Helper()
		if left := script(s); left != "" {
			t.Errorf("still missing:\n%s", left)
		}
		s.release(teaPrices())
	}
	t.Run("program", func(t *testing.T) {
		s := newShelf(t)
		text := script(s)
		s.shopTable(text)
		check(s)
		s.sql("DROP TABLE prices")
		s.sql(script(s))
		check(&shelf{T: t, place: s.place, store: s.store, live: s.live, holds: storetest.Content{"prices": {Layout: priced()}}})
	})
	t.Run("sqlite3 shell", func(t *testing.T) {
		shell, err := exec.LookPath("sqlite3")
		if err != nil {
			t.Skip("there is no sqlite3 shell here; the test above runs the same script")
		}
		s := newShelf(t)
		text := script(s)
		if lines := strings.Split(text, "\n"); !strings.HasSuffix(lines[len(lines)-1], ";") || slices.Contains(lines, ";") {
			t.Errorf("the script ends badly:\n%s", text)
		}
		s.shopTable()
		c := exec.Command(shell, "-bail", s.place.path())
		c.Stdin = strings.NewReader(text)
		if out, err := c.CombinedOutput(); err != nil || strings.Contains(string(out), "rror") {
			t.Fatalf("%v\n%s\n%s", err, out, text)
		}
		check(s)
	})
}

// The database's own words never stand alone.
func TestErrorsSayWhatToDo(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil string
		want  []string
	}{
		{"a trigger of the shop refuses", "CREATE TRIGGER no BEFORE INSERT ON prices BEGIN SELECT RAISE(ABORT, 'not today'); END",
			[]string{"not today", "constraint or trigger", "run the command again"}},
		{"a trigger of the shop is broken", "CREATE TRIGGER no BEFORE INSERT ON prices BEGIN INSERT INTO nowhere VALUES (1); END",
			[]string{"no such table", "trigger of the shop", "promoctl init-store"}},
		{"the table goes between stage and activation", "DROP TABLE prices",
			[]string{"no such table", "promoctl init-store", "promoctl apply --repair"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newShelf(t)
			s.release(teaPrices())
			m := s.move(teaPrices().WithDataset("prices", storetest.Dataset{Layout: priced(), Records: storetest.Records{"z": `{"price":9,"sku":"z"}`}}))
			if _, err := s.store.Stage(t.Context(), m.Release, m.Seq()); err != nil {
				t.Fatal(err)
			}
			s.sql(test.spoil)
			wantError(t, s.store.Activate(t.Context(), m.Release), append(test.want, s.place.path(), "store orders")...)
		})
	}
}

package sqlstore_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

// Each step changes how a dataset is held. The records must read back exactly as they
// are after it, whichever way the table took.
func TestLayoutsEvolve(t *testing.T) {
	type step struct {
		layout  spec.Layout
		records storetest.Records
		replace bool
	}
	tests := []struct {
		name  string
		steps []step
		want  string // SELECT * FROM t ORDER BY 1 at the end
	}{
		{"an optional field comes and goes", []step{
			{layout: layout("n integer"), records: storetest.Records{"a": `{"n":1,"sku":"a"}`, "b": `{"sku":"b"}`}},
			{layout: layout("n integer", "tag string"), records: storetest.Records{"a": `{"n":1,"sku":"a","tag":"x"}`, "b": `{"sku":"b"}`}},
			{layout: layout("tag string"), records: storetest.Records{"a": `{"sku":"a","tag":"x"}`, "b": `{"sku":"b"}`}},
		}, "a x\nb null"},
		{"a required field becomes optional", []step{
			{layout: layout("n integer required"), records: storetest.Records{"a": `{"n":1,"sku":"a"}`, "b": `{"n":2,"sku":"b"}`}},
			{layout: layout("n integer"), records: storetest.Records{"a": `{"n":1,"sku":"a"}`, "b": `{"sku":"b"}`}},
		}, "a 1\nb null"},
		{"a required field goes", []step{
			{layout: layout("n integer required"), records: storetest.Records{"a": `{"n":1,"sku":"a"}`}},
			{layout: layout(), records: storetest.Records{"a": `{"sku":"a"}`, "b": `{"sku":"b"}`}},
		}, "a\nb"},
		{"an integer becomes a number", []step{
			{layout: layout("n integer"), records: storetest.Records{"a": `{"n":1,"sku":"a"}`, "b": `{"n":2,"sku":"b"}`}},
			{layout: layout("n number"), records: storetest.Records{"a": `{"n":1,"sku":"a"}`, "b": `{"n":2.5,"sku":"b"}`}},
		}, "a 1\nb 2.5"},
		{"a text becomes a union", []step{
			{layout: layout("v string"), records: storetest.Records{"a": `{"sku":"a","v":"x"}`, "b": `{"sku":"b","v":"\"q\""}`}},
			{layout: layout("v json"), records: storetest.Records{"a": `{"sku":"a","v":"x"}`, "b": `{"sku":"b","v":"\"q\""}`, "c": `{"sku":"c","v":7}`}},
		}, "a \"x\"\nb \"\\\"q\\\"\"\nc 7"},
		{"an undeclared field is declared and forgotten again", []step{
			{layout: open(layout()), records: storetest.Records{"a": `{"n":1.5,"sku":"a","x":"y"}`, "b": `{"n":2,"sku":"b"}`}},
			{layout: open(layout("n number")), records: storetest.Records{"a": `{"n":1.5,"sku":"a","x":"y"}`, "b": `{"n":2,"sku":"b"}`}},
			{layout: open(layout()), records: storetest.Records{"a": `{"n":1.5,"sku":"a","x":"y"}`, "b": `{"n":2,"sku":"b"}`}},
			{layout: open(layout("n number")), records: storetest.Records{"a": `{"n":1.5,"sku":"a","x":"y"}`, "b": `{"n":3,"sku":"b"}`}},
		}, "a 1.5 {\"x\":\"y\"}\nb 3 null"},
		{"a layout opens and closes", []step{
			{layout: layout(), records: storetest.Records{"a": `{"sku":"a"}`}},
			{layout: open(layout()), records: storetest.Records{"a": `{"sku":"a"}`, "b": `{"sku":"b","x":1}`}},
			{layout: layout(), records: storetest.Records{"a": `{"sku":"a"}`, "b": `{"sku":"b"}`}},
		}, "a\nb"},
		{"the type of the key changes", []step{
			{layout: layout(), records: storetest.Records{"10": `{"sku":"10"}`}},
			{replace: true, layout: spec.Layout{
				Key:    []spec.KeyPart{{Name: "sku", Column: "sku", Field: true}},
				Fields: []spec.Field{{Name: "sku", Type: spec.TypeInteger, Required: true}},
			}, records: storetest.Records{"10": `{"sku":10}`, "9": `{"sku":9}`}},
		}, "9\n10"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newShelf(t)
			for _, st := range test.steps {
				var replace []string
				if st.replace {
					replace = []string{"t"}
				}
				s.release(one("t", st.layout, st.records), replace...)
			}
			if diff := cmp.Diff(test.want, s.query("SELECT * FROM t ORDER BY 1")); diff != "" {
				t.Errorf("the table (-want +got):\n%s", diff)
			}
			if got := s.query("SELECT name FROM sqlite_schema WHERE name LIKE 'promoctl_stage_%'"); got != "" {
				t.Errorf("left over: %s", got)
			}
		})
	}
}

// shopLayout has a field that the shop writes.
func shopLayout(more ...string) spec.Layout {
	return layout(append([]string{"allocated integer required", "remaining integer shop"}, more...)...)
}

func TestShopOwnedValuesStay(t *testing.T) {
	s := newShelf(t)
	s.release(one("stocks", shopLayout(), storetest.Records{
		"a": `{"allocated":10,"sku":"a"}`, "b": `{"allocated":20,"sku":"b"}`, "c": `{"allocated":30,"sku":"c"}`,
	}))
	s.sql("UPDATE stocks SET remaining = allocated - 3")
	s.release(one("stocks", shopLayout(), storetest.Records{
		"a": `{"allocated":11,"sku":"a"}`, "b": `{"allocated":20,"sku":"b"}`, "d": `{"allocated":40,"sku":"d"}`,
	}))
	want := "a 11 7\nb 20 17\nd 40 null"
	if got := s.query("SELECT sku, allocated, remaining FROM stocks ORDER BY 1"); got != want {
		t.Errorf("after updates:\n%s\nwant:\n%s", got, want)
	}
	s.release(one("stocks", shopLayout("note string"), storetest.Records{
		"a": `{"allocated":11,"note":"x","sku":"a"}`, "e": `{"allocated":50,"sku":"e"}`,
	}), "stocks")
	want = "a 11 7\ne 50 null"
	if got := s.query("SELECT sku, allocated, remaining FROM stocks ORDER BY 1"); got != want {
		t.Errorf("after a replacement:\n%s\nwant:\n%s", got, want)
	}
}

func TestFieldsChangeOwners(t *testing.T) {
	s := newShelf(t)
	git, shop := layout("n integer"), layout("n integer shop")
	s.release(one("t", git, storetest.Records{"a": `{"n":1,"sku":"a"}`, "b": `{"n":2,"sku":"b"}`}))
	s.release(one("t", shop, storetest.Records{"a": `{"sku":"a"}`, "b": `{"sku":"b"}`}))
	s.sql("UPDATE t SET n = n + 100")
	if got, want := s.query("SELECT sku, n FROM t ORDER BY 1"), "a 101\nb 102"; got != want {
		t.Errorf("the shop starts from what Git said:\n%s\nwant:\n%s", got, want)
	}
	s.release(one("t", git, storetest.Records{"a": `{"sku":"a"}`, "b": `{"n":5,"sku":"b"}`}))
	if got, want := s.query("SELECT sku, n FROM t ORDER BY 1"), "a null\nb 5"; got != want {
		t.Errorf("Git owns it again:\n%s\nwant:\n%s", got, want)
	}
}

// What a shop adds to a table that promoctl made survives a new table.
func TestShopsOwnColumnsIndexesTriggersAndViewsSurvive(t *testing.T) {
	s := newShelf(t)
	s.release(one("t", layout("n integer required"), storetest.Records{"a": `{"n":1,"sku":"a"}`, "b": `{"n":2,"sku":"b"}`}))
	s.sql("ALTER TABLE t ADD COLUMN memo VARCHAR(20) DEFAULT 'none'")
	s.sql("UPDATE t SET memo = 'seen' WHERE sku = 'a'")
	s.sql("CREATE INDEX t_by_n ON t (n) WHERE n > 0")
	s.sql("CREATE TABLE log (sku TEXT)")
	s.sql("CREATE TRIGGER t_log AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (new.sku); END")
	s.sql("CREATE VIEW cheap AS SELECT sku FROM t WHERE n < 10")
	s.release(one("t", layout("n number"), storetest.Records{"a": `{"n":1,"sku":"a"}`, "b": `{"n":2.5,"sku":"b"}`}))
	if got, want := s.query("SELECT sku, n, memo FROM t ORDER BY 1"), "a 1 seen\nb 2.5 none"; got != want {
		t.Errorf("table:\n%s\nwant:\n%s", got, want)
	}
	if got, want := s.query("SELECT type, name FROM sqlite_schema WHERE name IN ('t_by_n', 't_log', 'cheap') ORDER BY 1"), "index t_by_n\ntrigger t_log\nview cheap"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	s.sql("DELETE FROM log")
	s.release(one("t", layout("n number"), storetest.Records{"a": `{"n":9,"sku":"a"}`, "b": `{"n":2.5,"sku":"b"}`}))
	if got := s.query("SELECT sku FROM log"); got != "a" {
		t.Errorf("the trigger saw %q, want a", got)
	}
	if got := s.query("SELECT sku FROM cheap ORDER BY 1"); got != "" { // text is not less than a number
		t.Errorf("the view shows %q", got)
	}
}

func TestIndexOnDroppedFieldStopsTheReleaseWhenItIsStaged(t *testing.T) {
	s := newShelf(t)
	before := one("t", layout("n integer"), storetest.Records{"a": `{"n":1,"sku":"a"}`})
	s.release(before)
	s.sql("CREATE INDEX t_by_n ON t (n)")
	m := s.move(one("t", layout(), storetest.Records{"a": `{"sku":"a"}`}))
	_, err := s.store.Stage(t.Context(), m.Release, m.Seq())
	wantError(t, err, "index t_by_n", "drop it first", "table t")
	if diff := cmp.Diff(map[spec.Key]string(before["t"].Records), s.scan("t", before["t"].Layout)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	s.sql("DROP INDEX t_by_n")
	s.release(one("t", layout(), storetest.Records{"a": `{"sku":"a"}`}))
}

func TestComputedColumnStopsTheReleaseWhenItIsStaged(t *testing.T) {
	s := newShelf(t)
	s.release(one("t", layout("n integer"), storetest.Records{"a": `{"n":1,"sku":"a"}`}))
	s.sql("ALTER TABLE t ADD COLUMN twice INTEGER AS (2 * n)")
	s.release(one("t", layout("n integer"), storetest.Records{"a": `{"n":2,"sku":"a"}`}))
	wantError(t, s.try(s.move(one("t", layout(), storetest.Records{"a": `{"sku":"a"}`}))), "column twice is computed", "drop it first")
}

// A column that was added for a release that was never activated is no obstacle.
func TestColumnOfAnAbandonedReleaseIsUsed(t *testing.T) {
	s := newShelf(t)
	s.release(one("t", layout(), storetest.Records{"a": `{"sku":"a"}`}))
	m := s.move(one("t", layout("n integer"), storetest.Records{"a": `{"n":1,"sku":"a"}`}))
	if _, err := s.store.Stage(t.Context(), m.Release, m.Seq()); err != nil {
		t.Fatal(err)
	}
	if err := s.store.Discard(t.Context(), m.Release); err != nil {
		t.Fatal(err)
	}
	s.sql("CREATE TRIGGER keep AFTER UPDATE ON t BEGIN SELECT 1; END")
	s.release(one("t", layout("n integer"), storetest.Records{"a": `{"n":2,"sku":"a"}`}))
	s.sql("ALTER TABLE t ADD COLUMN later TEXT")
	s.sql("UPDATE t SET later = 'the shop wrote this'")
	s.release(one("t", layout("later string", "n integer"), storetest.Records{"a": `{"n":2,"sku":"a"}`, "b": `{"later":"git","sku":"b"}`}))
}

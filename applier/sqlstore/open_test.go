package sqlstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/sqlstore"
	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

func TestURLsNameFiles(t *testing.T) {
	dir := t.TempDir()
	tests := []struct{ url, file string }{
		{"shop.db", "shop.db"},
		{"a/b c/shop?x=1#y%41.db", "a/b c/shop?x=1#y%41.db"},
		{"file:shop%20one.db", "shop one.db"},
		{"file:" + dir + "/abs.db?cache=private", "abs.db"},
		{"file://" + dir + "/abs2.db", "abs2.db"},
		{filepath.Join(dir, "尺.db"), "尺.db"},
	}
	for _, test := range tests {
		t.Run(test.url, func(t *testing.T) {
			s := openStore(t, applier.StoreConfig{Name: "s", URL: test.url, Dir: dir, Identity: testID(), Create: true})
			if st, err := s.Live(t.Context()); err != nil || !st.Live.IsZero() {
				t.Fatalf("state %v, error %v", st, err)
			}
			if _, err := os.Stat(filepath.Join(dir, test.file)); err == nil {
				t.Fatal("Live made the file")
			}
			if err := s.Init(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(dir, test.file)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestURLsThatNameNoFileAreRefused(t *testing.T) {
	tests := []struct{ url, want string }{
		{"", "names no file"},
		{":memory:", "names no file"},
		{"file::memory:?cache=shared", "names no file"},
		{"file:x?mode=memory", "names no file"},
		{"postgres://user:hunter2@db/shop", "is not a file"},
		{"file:%zz", "not a valid file: URL"},
		{"file:shop.db?_pragma=synchronous(OFF)", "_pragma"},
	}
	for _, test := range tests {
		t.Run(test.url, func(t *testing.T) {
			_, err := sqlstore.OpenSQLite(applier.StoreConfig{Name: "s", URL: test.url, Dir: t.TempDir()})
			wantError(t, err, "store s: url", test.want)
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error %q holds a credential", err)
			}
		})
	}
}

func TestURLMayAskForReadOnly(t *testing.T) {
	s := newShelf(t)
	s.release(one("t", layout(), storetest.Records{"a": `{"sku":"a"}`}))
	cfg := s.place.config(testID())
	cfg.URL = "file:" + cfg.URL + "?mode=ro"
	s.store = openStore(t, cfg)
	if st, err := s.store.Live(t.Context()); err != nil || !st.Live.Equal(s.live) {
		t.Errorf("live %v, error %v", st.Live, err)
	}
	m := s.move(one("t", layout(), storetest.Records{}))
	_, err := s.store.Stage(t.Context(), m.Release, m.Seq())
	wantError(t, err, "the database is read-only", s.place.path())
}

func TestNamesThatCannotBeColumnsOrTablesAreRefused(t *testing.T) {
	tests := []struct {
		name, dataset string
		layout        spec.Layout
		want          string
	}{
		{"fields that differ in case", "t", layout("price number", "Price string"), "Price and price are the same column"},
		{"a field named like the column of the rest", "t", open(layout("_extra json")), "the same column"},
		{"a bookkeeping field", "t", layout("promoctl_op integer"), "promoctl's own"},
		{"a bookkeeping dataset", "promoctl_marker", layout(), "promoctl's own"},
		{"no key", "t", spec.Layout{Fields: layout().Fields}, "no key"},
		{"an empty name", "t", spec.Layout{Key: layout().Key, Fields: []spec.Field{{Type: spec.TypeString}, {Name: "sku", Type: spec.TypeString}}}, "cannot be the name of a column"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newShelf(t)
			m := s.move(one(test.dataset, test.layout, storetest.Records{}))
			_, err := s.store.Stage(t.Context(), m.Release, m.Seq())
			wantError(t, err, test.want, "dataset "+test.dataset)
		})
	}
}

func TestRecordsThatDoNotFitTheLayoutAreRefused(t *testing.T) {
	l := layout("b boolean", "i integer", "n number", "r string required nullable", "s string", "shop integer shop")
	tests := []struct{ record, want string }{
		{`{"sku":"a","other":1}`, "field other is not in the layout"},
		{`{"sku":"a","shop":1}`, "field shop is not in the layout"},
		{`{"sku":"z"}`, "the key says a"},
		{`{"sku":"a","b":1}`, "field b: 1 is not true or false"},
		{`{"sku":"a","i":1.5}`, `field i: "1.5" is not an integer`},
		{`{"sku":"a","i":9223372036854775808}`, "is not an integer of 64 bits"},
		{`{"sku":"a","n":"1"}`, `field n: "1" is not a number`},
		{`{"sku":"a","s":1}`, "field s: 1 is not a string"},
		{`{"sku":"a","s":null}`, "field s: null is not allowed"},
		{`{"sku":"a" ,"s":"x"}`, "not a canonical JSON object"},
		{`[]`, "not a canonical JSON object"},
		{`{"sku":"a","s":"\/"}`, "does not give back what was written"},
	}
	for _, test := range tests {
		t.Run(test.record, func(t *testing.T) {
			s := newShelf(t)
			m := s.move(one("t", l, storetest.Records{"a": test.record}))
			_, err := s.store.Stage(t.Context(), m.Release, m.Seq())
			wantError(t, err, test.want)
		})
	}
}

// A database that was replaced, as by a restored backup, is found by handles that were
// open before.
func TestReplacedFileIsSeen(t *testing.T) {
	s := newShelf(t)
	s.release(one("t", layout(), storetest.Records{"a": `{"sku":"a"}`}))
	old := s.live
	s.place.closeShop()
	checkpoint(t, s.place.path())
	backup, err := os.ReadFile(s.place.path())
	if err != nil {
		t.Fatal(err)
	}
	s.release(one("t", layout(), storetest.Records{"b": `{"sku":"b"}`}))
	s.place.closeShop()
	checkpoint(t, s.place.path())
	if err := os.WriteFile(s.place.path()+".new", backup, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.place.path()+".new", s.place.path()); err != nil {
		t.Fatal(err)
	}
	if st, err := s.store.Live(t.Context()); err != nil || !st.Live.Equal(old) {
		t.Errorf("live %v, error %v: want what the backup says", st.Live, err)
	}
}

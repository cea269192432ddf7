package objectstore_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/objectstore"
	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

// What a torn or missing marker says is lost, so that nothing goes on by itself. The
// error names the file and the commands that mend it; readers see their data throughout.
func TestDamagedMarker(t *testing.T) {
	for _, test := range []struct {
		name     string
		releases int
		file     string // glob
		damage   func(t *testing.T, file string)
		says     string
		seq      uint64 // of the repair
	}{
		{"torn", 3, "live/*3/marker.json", cut, "unexpected end of JSON", 4},
		{"missing", 3, "live/*3/marker.json", remove, "it is missing", 4},
		{"of another release", 3, "live/*3", moveUp, "the marker of sequence 3", 10},
		{"torn, and the one before", 3, "live/*[23]/marker.json", cut, "unexpected end of JSON", 4},
		{"all torn", 3, "live/*/marker.json", cut, "unexpected end of JSON", 1},
		{"the first is torn", 1, "live/*1/marker.json", cut, "unexpected end of JSON", 1},
		{"the first is missing", 1, "live/*1/marker.json", remove, "it is missing", 1},
		{"the only one was moved", 1, "live/*1", moveUp, "the marker of sequence 1", 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newFastShop(t, withBuckets(3))
			for i := range test.releases {
				s.release(prices(20, i))
			}
			var file string
			for _, file = range globs(t, s.root, test.file) {
				test.damage(t, file)
			}
			_, err := s.store.Live(t.Context())
			checkDamage(t, "live", err, file, test.says, "promoctl apply --full")
			checkDamage(t, "scan", scanError(t, s), file, test.says)
			m := s.move(prices(20, 9))
			_, stageErr := s.store.Stage(t.Context(), m.Release, m.Seq())
			checkDamage(t, "stage", stageErr, file, test.says)

			runRecipe(t, err)
			seen, err := readPlain(t.Context(), s.root, "prices")
			if diff := cmp.Diff(map[spec.Key]string(s.holds["prices"].Records), seen); err != nil || diff != "" {
				t.Errorf("readers after the recipe: error %v (-want +got):\n%s", err, diff)
			}
			s.mend(prices(20, 9))
			if s.live.Seq != test.seq {
				t.Errorf("the repair has sequence %d, want %d", s.live.Seq, test.seq)
			}
			s.release(prices(20, 10))
			s.expect()
		})
	}
}

// runRecipe runs the commands of an error message, as an operator copies them.
func runRecipe(t *testing.T, err error) {
	t.Helper()
	_, commands, _ := strings.Cut(err.Error(), "run: ")
	commands, _, found := strings.Cut(commands, " and then: promoctl apply --full")
	if out, err := exec.Command("sh", "-euc", commands).CombinedOutput(); !found || err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, commands)
	}
}

// mend releases what promoctl apply --full releases: the changes from what a scan finds.
func (s *shop) mend(after storetest.Content, options ...func(*storetest.Step)) {
	s.Helper()
	marker, found := s.scan("prices")
	s.live, s.holds = marker, storetest.Content{"prices": {Layout: priceLayout(), Records: found}}
	if marker.IsZero() {
		s.holds = nil
	}
	m := s.move(after, options...)
	m.Adopt, m.Overwrite = marker.IsZero(), marker.IsZero()
	s.stage(m)
	if err := s.store.Activate(s.Context(), m.Release); err != nil {
		s.Fatal(err)
	}
	s.live, s.holds = m.Target, after
	s.expect()
}

func asRepair(s *storetest.Step) { s.Kind = applier.KindRepair }

// What else is damaged comes from Git: a scan shows what is left, a release that does
// not bring the rest back is refused, and one that does mends the store.
func TestDamagedRecords(t *testing.T) {
	for _, test := range []struct {
		name   string
		file   string // glob
		damage func(t *testing.T, file string)
		says   string
		left   int // records that can be read
	}{
		{"torn manifest", "live/*2/manifest.json", cut, "unexpected end of JSON", 0},
		{"edited manifest", "live/*2/manifest.json", edit, "torn or edited", 0},
		{"no manifest", "live/*2/manifest.json", remove, "it is missing", 0},
		{"missing object", "objects/*/prices/*.jsonl", remove, "it is missing and held 4 records", 16},
		{"torn object", "objects/*/prices/*.jsonl", cut, "lines without a record: 1", 19},
		{"an object of garbage", "objects/*/prices/*.jsonl", scribble, "lines without a record: 2", 16},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newFastShop(t, withBuckets(5))
			s.release(prices(20, 1))
			s.release(prices(20, 1))
			test.damage(t, objectWith(t, s.root, test.file, 4))
			state, err := s.store.Live(t.Context())
			if err != nil || !state.Live.Equal(s.live) {
				t.Fatalf("live %v, error %v", state.Live, err)
			}
			_, found := s.scan("prices")
			for key := range found {
				if s.holds["prices"].Records[key] != found[key] && !strings.HasPrefix(string(key), "unreadable lines of ") {
					t.Errorf("scan made %s: %s up", key, found[key])
				}
				if _, ok := s.holds["prices"].Records[key]; ok {
					test.left--
				}
			}
			if test.left != 0 {
				t.Errorf("a scan does not find what is left: %d off", test.left)
			}
			s.refuses(t, test.says)
			s.mend(prices(20, 1), asRepair)
			s.release(prices(20, 2))
			s.expect()
		})
	}
}

// refuses checks that a release that creates records everywhere, and is no drift, does
// not seal the damage.
func (s *shop) refuses(t *testing.T, says string) {
	t.Helper()
	m := s.move(prices(60, 1))
	m.Overwrite = true
	_, err := s.store.Stage(t.Context(), m.Release, m.Seq())
	checkDamage(t, "stage", err, s.root, says, "promoctl apply --repair")
	if left := listFiles(t, filepath.Join(s.root, "stage")); len(left) > 1 {
		t.Errorf("a stage is left: %v", left)
	}
}

// A line that readers stumble over, and a record in a bucket where none looks for it, go
// with a repair, though no record of the release changes.
func TestRepairRemovesWhatIsNoRecord(t *testing.T) {
	for name, line := range map[string]string{
		"garbage":   "what is this?\n",
		"misplaced": `{"key":"SKU-x","record":{"price":1,"sku":"SKU-x"}}` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := newFastShop(t, withBuckets(5))
			s.release(prices(20, 1))
			for _, object := range globs(t, s.root, "objects/*/prices/*.jsonl") {
				if name == "garbage" || objectstore.Bucket("SKU-x", 5) != bucketOfFile(t, object) {
					writeFile(t, object, append(readFile(t, object), line...))
					break
				}
			}
			if _, found := s.scan("prices"); len(found) != 21 {
				t.Errorf("a scan finds %d records, want one more than 20", len(found))
			}
			marker, found := s.scan("prices")
			s.live, s.holds = marker, storetest.Content{"prices": {Layout: priceLayout(), Records: found}}
			m := s.move(prices(20, 1), asRepair)
			s.stage(m)
			if err := s.store.Activate(t.Context(), m.Release); err != nil {
				t.Fatal(err)
			}
			s.live, s.holds = m.Target, m.After
			s.expect()
		})
	}
}

func bucketOfFile(t *testing.T, object string) int {
	t.Helper()
	var line struct{ Key spec.Key }
	if err := json.Unmarshal(bytes.SplitN(readFile(t, object), []byte("\n"), 2)[0], &line); err != nil {
		t.Fatal(err)
	}
	return objectstore.Bucket(line.Key, 5)
}

// A marker of the history that is damaged is no reason to stop.
func TestDamagedHistory(t *testing.T) {
	s := newFastShop(t, withBuckets(3))
	for i := range 4 {
		s.release(prices(20, i))
	}
	cut(t, glob(t, s.root, "live/*2/marker.json"))
	state, err := s.store.Live(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []uint64
	for _, m := range state.History {
		got = append(got, m.Seq)
	}
	if diff := cmp.Diff([]uint64{3, 1}, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

// Damaged manifests go with the history too, and gc takes nothing along that is live.
func TestDamagedManifestsLeaveTheHistory(t *testing.T) {
	s := newFastShop(t, withBuckets(3))
	for i := range 3 {
		s.release(prices(20, i))
	}
	cut(t, glob(t, s.root, "live/*3/manifest.json"))
	s.mend(prices(20, 3), asRepair)
	for i := range applier.HistoryLen + 3 {
		s.release(prices(20+i%2, 4))
	}
	s.store.GC(t.Context())
	s.expect()
	if n := len(globs(t, s.root, "live/*")); n != applier.HistoryLen+1 {
		t.Errorf("%d releases are kept, want %d", n, applier.HistoryLen+1)
	}
	if left := listFiles(t, filepath.Join(s.root, "trash")); len(left) > 1 {
		t.Errorf("the trash holds %v", left)
	}
}

func checkDamage(t *testing.T, method string, err error, file string, says ...string) {
	t.Helper()
	stem := strings.TrimSuffix(filepath.Dir(file), "/live")
	for _, want := range append(says, stem) {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want an error that says %q", method, err, want)
		}
	}
	for _, wrong := range []error{applier.ErrConflict, applier.ErrNotStaged, applier.ErrDrift} {
		if errors.Is(err, wrong) {
			t.Errorf("%s: %v is %v", method, err, wrong)
		}
	}
}

func scanError(t *testing.T, s *shop) error {
	_, seq, err := s.store.Scan(t.Context(), "prices", priceLayout())
	if err != nil {
		return err
	}
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

func glob(t *testing.T, root, pattern string) string { return globs(t, root, pattern)[0] }

func globs(t *testing.T, root, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no file matches %s (%v)", pattern, err)
	}
	return files
}

// objectWith returns the first of the files that is no object, or holds so many records.
func objectWith(t *testing.T, root, pattern string, records int) string {
	t.Helper()
	files := globs(t, root, pattern)
	for _, file := range files {
		if !strings.HasSuffix(file, ".jsonl") || bytes.Count(readFile(t, file), []byte("\n")) == records {
			return file
		}
	}
	t.Fatalf("no object has %d records", records)
	return ""
}

// edit changes a manifest so that it still reads.
func edit(t *testing.T, file string) {
	writeFile(t, file, bytes.Replace(readFile(t, file), []byte(`"bucket":1`), []byte(`"bucket": 1`), 1))
}

func scribble(t *testing.T, file string) { writeFile(t, file, []byte("\x00\xff\n{{{")) }

// cut removes the last bytes of a file.
func cut(t *testing.T, file string) {
	data := readFile(t, file)
	writeFile(t, file, data[:len(data)-7])
}

func remove(t *testing.T, file string) {
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// moveUp gives a release the number of a later one.
func moveUp(t *testing.T, dir string) {
	if err := os.Rename(dir, filepath.Join(filepath.Dir(dir), "000000000009")); err != nil {
		t.Fatal(err)
	}
}

// A stage that is not whole is never activated, and readers see nothing of it.
func TestDamagedStage(t *testing.T) {
	for _, test := range []struct {
		name   string
		file   string
		damage func(t *testing.T, file string)
	}{
		{"no seal", "stage/*/seal.json", remove},
		{"torn seal", "stage/*/seal.json", cut},
		{"torn manifest", "stage/*/manifest.json", cut},
		{"no manifest", "stage/*/manifest.json", remove},
		{"torn release", "stage/*/release.json", cut},
		{"missing object", "objects/ATTEMPT/prices/*.jsonl", remove},
		{"torn object", "objects/ATTEMPT/prices/*.jsonl", cut},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newFastShop(t, withBuckets(3))
			s.release(prices(20, 1))
			m := s.move(prices(20, 2))
			s.stage(m)
			test.damage(t, glob(t, s.root, strings.ReplaceAll(test.file, "ATTEMPT", m.Attempt)))
			if err := s.store.Activate(t.Context(), m.Release); !errors.Is(err, applier.ErrNotStaged) {
				t.Errorf("activate: %v, want ErrNotStaged", err)
			}
			s.expect()
			s.release(prices(20, 3))
			s.expect()
		})
	}
}

// Lines that somebody edited are shown as they are: out of order, without a record,
// twice, or with a record that is no object.
func TestScanOfAnEditedObject(t *testing.T) {
	s := newFastShop(t, withBuckets(1))
	s.release(prices(3, 1))
	object := glob(t, s.root, "objects/*/prices/*.jsonl")
	writeFile(t, object, []byte(`{"key":"b","record":{"price":1}}

{"record":{"price":2},"key":"a"}
{"key":"c"}
{"key":"d","record":5}
{"key":"b","record":{"price":3}}
{"price":7}
{"key":
`))
	_, got := s.scan("prices")
	want := map[spec.Key]string{
		"a": `{"price":2}`,
		"b": `{"unreadable":[{"price":1},{"price":3}]}`,
		"c": `{"unreadable":[null]}`,
		"d": `{"unreadable":[5]}`,

		spec.MakeKey("unreadable lines of " + filepath.Base(object)): `{"unreadable":[2]}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scan (-want +got):\n%s", diff)
	}
}

package objectstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// Each damage to what is live makes an error that names the file, from each method
// that needs the file.
func TestDamagedLiveRelease(t *testing.T) {
	for _, test := range []struct {
		name   string
		file   string // glob
		damage func(t *testing.T, file string)
		live   bool // Live fails
		scan   bool // Scan fails, in the end
		stage  bool
		says   string
	}{
		{"torn marker", "live/*1/marker.json", cut, true, true, true, "unexpected end of JSON"},
		{"no marker", "live/*1/marker.json", remove, true, true, true, "no such file"},
		{"torn manifest", "live/*1/manifest.json", cut, false, true, true, "torn or edited"},
		{"no manifest", "live/*1/manifest.json", remove, false, true, true, "no such file"},
		{"no seal", "live/*1/seal.json", remove, false, true, true, "no such file"},
		{"torn seal", "live/*1/seal.json", cut, false, true, true, "torn or edited"},
		{"missing object", "objects/*/prices/*.jsonl", remove, false, true, true, "restore it from a backup"},
		{"torn object", "objects/*/prices/*.jsonl", cut, false, true, true, "not a JSON line"},
		{"marker in the wrong place", "live/*1", moveUp, true, true, true, "the marker of sequence 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newFastShop(t, withBuckets(1))
			s.release(prices(20, 1))
			file := glob(t, s.root, test.file)
			test.damage(t, file)
			_, err := s.store.Live(t.Context())
			checkDamage(t, "live", err, test.live, file, test.says)
			checkDamage(t, "scan", scanError(t, s), test.scan, file, test.says)
			m := s.move(prices(20, 2))
			_, err = s.store.Stage(t.Context(), m.Release, m.Seq())
			checkDamage(t, "stage", err, test.stage, file, test.says)
			if _, err := os.Stat(filepath.Join(s.root, "stage", m.Attempt)); err == nil {
				t.Error("a stage is left")
			}
		})
	}
}

func checkDamage(t *testing.T, method string, err error, wanted bool, file, says string) {
	t.Helper()
	if !wanted {
		if err != nil {
			t.Errorf("%s: %v, want no error", method, err)
		}
		return
	}
	stem := strings.TrimSuffix(filepath.Dir(file), "/live")
	if err == nil || !strings.Contains(err.Error(), stem) || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v; want an error that names %s and says %q", method, err, stem, says)
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

func glob(t *testing.T, root, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no file matches %s (%v)", pattern, err)
	}
	return files[0]
}

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

// The way out that the error of a missing object names: create it empty, repair.
func TestRepairOfAMissingObject(t *testing.T) {
	s := newFastShop(t, withBuckets(1))
	s.release(prices(20, 1))
	object := glob(t, s.root, "objects/*/prices/*.jsonl")
	writeFile(t, object, nil)
	marker, found := s.scan("prices")
	if len(found) > 0 {
		t.Fatalf("an empty object holds %d records", len(found))
	}
	s.live, s.holds = marker, prices(0, 0)
	s.release(prices(20, 1))
	s.expect()
	if len(readFile(t, object)) > 0 {
		t.Error("staging wrote to an object that readers used")
	}
}

// Lines that somebody edited are shown as they are: out of order, without a record,
// twice, or with a record that is no object.
func TestScanOfAnEditedObject(t *testing.T) {
	s := newFastShop(t, withBuckets(1))
	s.release(prices(3, 1))
	writeFile(t, glob(t, s.root, "objects/*/prices/*.jsonl"), []byte(`{"key":"b","record":{"price":1}}

{"record":{"price":2},"key":"a"}
{"key":"c"}
{"key":"d","record":5}
{"key":"b","record":{"price":3}}
`))
	_, got := s.scan("prices")
	want := map[spec.Key]string{
		"a": `{"price":2}`,
		"b": `{"unreadable":[{"price":1},{"price":3}]}`,
		"c": `{"unreadable":[null]}`,
		"d": `{"unreadable":[5]}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scan (-want +got):\n%s", diff)
	}
}

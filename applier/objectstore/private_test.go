package objectstore_test

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
)

// Readers of the directory learn prices, and neither who released them nor why.
func TestReadersSeeNoPeople(t *testing.T) {
	s := newFastShop(t, withBuckets(3))
	m := s.move(prices(20, 1))
	m.Target.By, m.Target.Note = "Li Wei <li@example.com>", "a secret reason"
	m.Target.Overrides = []applier.Override{{Fingerprint: "f", By: "Ann", Reason: "another reason"}}
	s.stage(m)
	s.onlyPrivate(t, "stage")
	if err := s.store.Activate(t.Context(), m.Release); err != nil {
		t.Fatal(err)
	}
	s.live, s.holds = m.Target, m.After
	s.onlyPrivate(t, "live")
	want := []string{"", "/manifest.json", "/marker.json"}
	if diff := cmp.Diff(want, listFiles(t, filepath.Join(s.root, "live", "000000000001"))); diff != "" {
		t.Errorf("the live directory (-want +got):\n%s", diff)
	}
	for _, file := range append(globs(t, s.root, "live/*/manifest.json"), globs(t, s.root, "objects/*/prices/*.jsonl")...) {
		if mode := modeOf(t, file); mode&0o400 == 0 || mode&0o111 != 0 || mode == 0o600 {
			t.Errorf("%s has mode %o; readers could not read it", file, mode)
		}
	}
	s.release(prices(20, 2))
	s.expect()
}

// onlyPrivate checks that files that name people can be read by their owner only.
func (s *shop) onlyPrivate(t *testing.T, dir string) {
	t.Helper()
	private := 0
	err := filepath.WalkDir(filepath.Join(s.root, dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		for _, words := range []string{"li@example.com", "a secret reason", "another reason", "Ann"} {
			if !bytes.Contains(readFile(t, path), []byte(words)) {
				continue
			}
			private++
			if mode := modeOf(t, path); mode != 0o600 {
				t.Errorf("%s says %q and has mode %o", path, words, mode)
			}
		}
		return nil
	})
	if err != nil || private == 0 {
		t.Errorf("nothing private was found under %s, error %v", dir, err)
	}
}

// A marker that is completed at activation stays private.
func TestCompletedMarkerIsPrivate(t *testing.T) {
	s := newFastShop(t, withBuckets(3))
	m := s.move(prices(20, 1))
	s.stage(m)
	m.Target.Note = "a secret reason"
	if err := s.store.Activate(t.Context(), m.Release); err != nil {
		t.Fatal(err)
	}
	s.onlyPrivate(t, "live")
}

// An applier that is killed right after the rename leaves files of the stage behind, which
// readers cannot open and the next release removes.
func TestStageFilesLeaveTheLiveDirectoryLater(t *testing.T) {
	s := newFastShop(t, withBuckets(3))
	m := s.move(prices(20, 1))
	s.stage(m)
	renameStage(t, s.root, m.Attempt, "000000000001")
	s.live, s.holds = m.Target, m.After
	for _, file := range []string{"release.json", "seal.json"} {
		if mode := modeOf(t, filepath.Join(s.root, "live", "000000000001", file)); mode != 0o600 {
			t.Errorf("%s has mode %o", file, mode)
		}
	}
	if err := s.store.Activate(t.Context(), m.Release); err != nil {
		t.Errorf("the same activation again: %v", err)
	}
	s.release(prices(20, 2))
	for _, name := range listFiles(t, filepath.Join(s.root, "live")) {
		if strings.HasSuffix(name, "release.json") || strings.HasSuffix(name, "seal.json") {
			t.Errorf("%s is left", name)
		}
	}
	s.expect()
}

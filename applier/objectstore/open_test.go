package objectstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/objectstore"
)

func TestOpenFileFindsTheDirectory(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		name   string
		url    string
		prefix string
		want   string
	}{
		{"relative path", "live/shop", "", "live/shop"},
		{"path with prefix", "live/shop", "eu", "live/shop/eu"},
		{"absolute path", filepath.Join(dir, "abs"), "", "abs"},
		{"file URL", "file://" + dir + "/a%20b", "", "a b"},
		{"file URL with localhost", "file://localhost" + dir + "/c", "", "c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := objectstore.OpenFile(applier.StoreConfig{Name: "files", URL: test.url, Dir: dir, Prefix: test.prefix})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Init(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(dir, test.want, "live")); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOpenFileRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		cfg  applier.StoreConfig
		says string
	}{
		{"no URL", applier.StoreConfig{}, "url: it is empty"},
		{"another scheme", applier.StoreConfig{URL: "redis://u:hunter2@host"}, `scheme "redis"`},
		{"a host", applier.StoreConfig{URL: "file://hunter2/x"}, "three slashes"},
		{"a prefix that leads out", applier.StoreConfig{URL: "x", Prefix: "../y"}, "prefix"},
		{"negative buckets", applier.StoreConfig{URL: "x", Buckets: -1}, "from 1 to 1024"},
		{"too many buckets", applier.StoreConfig{URL: "x", Buckets: 1025}, "from 1 to 1024"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := objectstore.OpenFile(test.cfg)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("got %v, want an error that says %q", err, test.says)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error repeats the URL: %v", err)
			}
		})
	}
}

func TestNotInitialized(t *testing.T) {
	mayNotCreate := func(cfg *applier.StoreConfig) { cfg.Create = false }
	s := newShop(t, mayNotCreate)
	m := s.move(prices(3, 1))
	_, err := s.store.Stage(t.Context(), m.Release, m.Seq())
	if !errors.Is(err, applier.ErrNotInitialized) || !strings.Contains(err.Error(), "promoctl init-store") {
		t.Errorf("stage: %v, want ErrNotInitialized that names promoctl init-store", err)
	}
	if _, err := os.Stat(s.root); !os.IsNotExist(err) {
		t.Errorf("the directory was created (%v)", err)
	}
	steps, err := s.store.InitPlan(t.Context(), nil)
	var want []string
	for _, dir := range []string{"live", "stage", "objects", "trash"} {
		want = append(want, "mkdir -p "+filepath.Join(s.root, dir))
	}
	if diff := cmp.Diff(want, steps); diff != "" || err != nil {
		t.Errorf("init plan: %v (-want +got):\n%s", err, diff)
	}
	for range 2 { // idempotent
		if err := s.store.Init(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if steps, err := s.store.InitPlan(t.Context(), nil); len(steps) > 0 || err != nil {
		t.Errorf("init plan after init: %v, %v", steps, err)
	}
	s.release(prices(3, 1))
	s.expect()
}

// A path that is a file, or leads through one, is a clear error and no zero marker.
func TestDirectoryIsAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, []byte("x"))
	for _, path := range []string{file, filepath.Join(file, "below")} {
		if _, err := open(t, path).Live(t.Context()); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("live in %s: %v, want an error that names it", path, err)
		}
	}
}

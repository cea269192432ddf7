package objectstore_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/objectstore"
	"github.com/promoctl/promoctl/applier/storetest"
)

// objectsOf returns the objects on disk and those that live manifests name.
func objectsOf(t *testing.T, root string) (onDisk, named map[string]bool) {
	t.Helper()
	onDisk, named = map[string]bool{}, map[string]bool{}
	for _, name := range listFiles(t, root) {
		if strings.HasSuffix(name, ".jsonl") {
			onDisk[name[1:]] = true
		}
		if strings.HasPrefix(name, "/live/") && filepath.Base(name) == "manifest.json" {
			var m objectstore.Manifest
			if err := json.Unmarshal(readFile(t, filepath.Join(root, name)), &m); err != nil {
				t.Fatal(err)
			}
			for _, d := range m.Datasets {
				for _, o := range d.Objects {
					named[o.Path] = true
				}
			}
		}
	}
	return onDisk, named
}

func TestGCKeepsTheHistoryAndNothingElse(t *testing.T) {
	s := newFastShop(t, withBuckets(4))
	for i := range applier.HistoryLen + 15 {
		s.release(prices(30, 1).With("prices", "SKU-7", `{"price":`+strings.Repeat("9", i+1)+`,"sku":"SKU-7"}`))
	}
	s.store.GC(t.Context())
	onDisk, named := objectsOf(t, s.root)
	if diff := cmp.Diff(named, onDisk); diff != "" {
		t.Errorf("objects (-named +on disk):\n%s", diff)
	}
	dirs, err := os.ReadDir(filepath.Join(s.root, "live"))
	if err != nil || len(dirs) != applier.HistoryLen+1 {
		t.Errorf("%d directories under live, want %d (%v)", len(dirs), applier.HistoryLen+1, err)
	}
	s.expect()
}

func TestGCRemovesWhatWasInterrupted(t *testing.T) {
	now := time.Now()
	clock := func(cfg *applier.StoreConfig) { cfg.Now = func() time.Time { return now } }
	s := newFastShop(t, withBuckets(4), clock)
	s.release(prices(30, 1))
	clean := listFiles(t, s.root)

	s.stage(s.move(prices(30, 2), func(step *storetest.Step) { step.Lease = time.Hour }))
	for _, dir := range []string{"stage/nameless", "trash/half/removed", "objects/lost/prices"} {
		if err := os.MkdirAll(filepath.Join(s.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.store.GC(t.Context())
	if got := strings.Join(listFiles(t, s.root), " "); !strings.Contains(got, "nameless") || !strings.Contains(got, "seal.json") {
		t.Error("gc took a stage that may still be at work")
	}
	now = now.Add(25 * time.Hour)
	s.store.GC(t.Context())
	if diff := cmp.Diff(clean, listFiles(t, s.root)); diff != "" {
		t.Errorf("left over (-want +got):\n%s", diff)
	}
}

// A search through all objects, which an interrupted removal starts, leaves those of
// stages alone.
func TestGCSparesStages(t *testing.T) {
	s := newFastShop(t, withBuckets(4))
	s.release(prices(30, 1))
	m := s.move(prices(30, 2))
	s.stage(m)
	if err := os.MkdirAll(filepath.Join(s.root, "trash", "half"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.store.GC(t.Context())
	if err := s.store.Activate(t.Context(), m.Release); err != nil {
		t.Fatal(err)
	}
	s.live, s.holds = m.Target, m.After
	s.expect()
}

// Several handles release, go back and collect garbage at once; whatever wins, every
// object of every release that is kept must be there.
func TestGCBesideReleases(t *testing.T) {
	s := newFastShop(t, withBuckets(2))
	s.release(prices(10, 0))
	stop := make(chan struct{})
	var collecting sync.WaitGroup
	collecting.Go(func() {
		for other := open(t, s.root); ; {
			select {
			case <-stop:
				return
			default:
				other.GC(t.Context())
			}
		}
	})
	rounds := applier.HistoryLen + 10
	if testing.Short() {
		rounds = 20
	}
	for i := range rounds {
		loser := s.move(prices(10, 1000+i))
		s.stage(loser)
		s.release(prices(10, i%3))
		if i%2 == 0 {
			if err := s.store.Discard(t.Context(), loser.Release); err != nil {
				t.Error(err)
			}
		}
	}
	close(stop)
	collecting.Wait()
	s.expect()
	onDisk, named := objectsOf(t, s.root)
	for path := range named {
		if !onDisk[path] {
			t.Errorf("%s is gone, but a release needs it", path)
		}
	}
}

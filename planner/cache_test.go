package planner_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/plantest"
)

// countingRepo counts the blobs that are read.
type countingRepo struct {
	planner.Repo
	blobs atomic.Int64
}

func (r *countingRepo) Blob(ctx context.Context, hash string) ([]byte, error) {
	r.blobs.Add(1)
	return r.Repo.Blob(ctx, hash)
}

const cachedFiles = 30

// cached is a repository of many files and a commit that adds a record to one of them,
// so that the keys of all are needed.
func cached(t *testing.T) (r *plantest.Repo, base, target string) {
	t.Helper()
	r = plantest.New(t)
	edits := []plantest.Edit{plantest.Put("promoctl.yaml", pricesOnly)}
	for i := range cachedFiles {
		edits = append(edits, plantest.Put(fmt.Sprintf("prices/%02d.yaml", i), price(fmt.Sprint("A", i), "1")))
	}
	base = r.Commit("base", edits...)
	target = r.Commit("target", plantest.Put("prices/00.yaml", price("A0", "1")+price("NEW", "1")))
	return r, base, target
}

// planWith plans with a cache folder, as a process of its own would, and returns how
// many files were read.
func planWith(t *testing.T, r *plantest.Repo, dir, base, target string) int64 {
	t.Helper()
	repo := &countingRepo{Repo: plantest.Open(t, r.Dir)}
	plan, err := r.Planner(planner.Config{Repo: repo, CacheDir: dir}).CommitPlan(context.Background(), base, target)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Changes) == 0 {
		t.Error("the plan is empty")
	}
	return repo.blobs.Load()
}

const (
	coldReads = 2 + cachedFiles - 1 // both versions of the changed file, and every other file
	warmReads = 2
)

func TestKeyIndexIsKept(t *testing.T) {
	r, base, target := cached(t)
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	if n := planWith(t, r, dir, base, target); n != coldReads {
		t.Errorf("cold: %d files read, want %d", n, coldReads)
	}
	if n := planWith(t, r, dir, base, target); n != warmReads {
		t.Errorf("warm: %d files read, want %d", n, warmReads)
	}
	next := r.Commit("next", plantest.Put("prices/01.yaml", price("A1", "2")+price("NEW2", "1")), plantest.Put("prices/02.yaml", price("A2", "2")))
	if n := planWith(t, r, dir, target, next); n != 4 {
		t.Errorf("the next commit: %d files read, want 4", n)
	}
}

// A release from nothing reads everything anyway, and leaves the index behind.
func TestWholePlanFillsTheIndex(t *testing.T) {
	r, base, target := cached(t)
	dir := t.TempDir()
	if n := planWith(t, r, dir, "", base); n != cachedFiles {
		t.Errorf("from nothing: %d files read, want %d", n, cachedFiles)
	}
	if n := planWith(t, r, dir, base, target); n != warmReads {
		t.Errorf("then: %d files read, want %d", n, warmReads)
	}
}

// An update needs no index: an urgent price fix on a fresh machine costs what it touches.
func TestUpdateNeedsNoIndex(t *testing.T) {
	r, base, _ := cached(t)
	target := r.CommitOn([]string{base}, "update", plantest.Put("prices/00.yaml", price("A0", "2")))
	if n := planWith(t, r, "", base, target); n != 2 {
		t.Errorf("%d files read, want 2", n)
	}
}

func indexFile(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "keys-*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("index files %v, %v", files, err)
	}
	return files[0]
}

// A damaged index costs time and is mended; it is never believed.
func TestDamagedIndexIsHarmless(t *testing.T) {
	r, base, target := cached(t)
	good := t.TempDir()
	planWith(t, r, good, base, target)
	data, err := os.ReadFile(indexFile(t, good))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(indexFile(t, good))
	damage := map[string][]byte{"empty": {}, "garbage": []byte("not an index"), "torn": data[:len(data)/2], "one byte short": data[:len(data)-1], "longer": append(data[:len(data):len(data)], 0)}
	for _, at := range []int{0, len("promoctl key index 2 "), 100, 200, len(data) / 2, len(data) - 40, len(data) - 1} {
		flipped := append([]byte(nil), data...)
		flipped[at] ^= 1
		damage[fmt.Sprintf("byte %d of %d", at, len(data))] = flipped
	}
	for name2, bytes := range damage {
		t.Run(name2, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, name), bytes, 0o644); err != nil {
				t.Fatal(err)
			}
			if n := planWith(t, r, dir, base, target); n != coldReads {
				t.Errorf("%d files read, want %d", n, coldReads)
			}
			if n := planWith(t, r, dir, base, target); n != warmReads {
				t.Errorf("it was not mended: %d files read", n)
			}
		})
	}
}

func TestUnusableCacheFolder(t *testing.T) {
	r, base, target := cached(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "a file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if n := planWith(t, r, file, base, target); n != coldReads {
		t.Errorf("a file instead of the folder: %d files read", n)
	}
	readOnly := filepath.Join(dir, "read-only")
	if err := os.Mkdir(readOnly, 0o555); err != nil {
		t.Fatal(err)
	}
	planWith(t, r, readOnly, base, target) // as root it can be written to all the same
	if n := planWith(t, r, "/proc/nothing/here", base, target); n != coldReads {
		t.Errorf("a folder that cannot be made: %d files read", n)
	}
}

// Processes that plan at the same time share a folder.
func TestTwoProcessesShareTheIndex(t *testing.T) {
	r, base, target := cached(t)
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		repo := plantest.Open(t, r.Dir)
		wg.Go(func() {
			for range 3 {
				p, err := planner.New(planner.Config{Repo: repo, CacheDir: dir})
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := p.CommitPlan(context.Background(), base, target); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := planWith(t, r, dir, base, target); n != warmReads {
		t.Errorf("afterwards %d files read, want %d", n, warmReads)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".keys-*"))
	if diff := cmp.Diff([]string(nil), left); diff != "" || err != nil {
		t.Errorf("files are left behind: %v, %s", err, diff)
	}
}

// One planner serves several stores at once.
func TestPlannerIsSafeForConcurrentUse(t *testing.T) {
	r, base, target := cached(t)
	p := r.Planner(planner.Config{CacheDir: t.TempDir()})
	want := r.Plan(base, target).Digest
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			plan, err := p.CommitPlan(context.Background(), base, target)
			if err != nil || plan.Digest != want {
				t.Errorf("%v, %v", plan, err)
			}
			if _, err := p.StorePlan(context.Background(), "hot", "", target); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

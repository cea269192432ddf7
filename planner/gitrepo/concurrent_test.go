package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// TestRepackInTheMiddle lets other programs move objects about under an open Repo.
func TestRepackInTheMiddle(t *testing.T) {
	f := newFixture(t)
	var commits []string
	big := strings.Repeat("line of a big file\n", 5000)
	for i := range 6 {
		commits = append(commits, f.save(fmt.Sprint("c", i), "a", fmt.Sprint(i), "big", big+fmt.Sprint(i)))
	}
	r := f.open()
	check := func(when string) {
		t.Helper()
		for i, h := range commits {
			data, err := r.ReadFile(t.Context(), h, "big")
			if err != nil || string(data) != big+fmt.Sprint(i) {
				t.Fatalf("%s, commit %d: %d bytes, %v", when, i, len(data), err)
			}
		}
	}
	for _, step := range [][]string{{"repack", "-q", "-d"}, {"gc", "-q"}, {"repack", "-q", "-a", "-d", "-f", "--depth=1"}} {
		commits = append(commits, f.save("more", "a", "more", "big", big+fmt.Sprint(len(commits))))
		r.objects.cache.Clear() // else it would answer
		check("before " + step[0])
		commits = append(commits, f.save("more", "a", "more", "big", big+fmt.Sprint(len(commits))))
		f.git(step...)
		r.objects.cache.Clear()
		check("after " + step[0])
	}
}

func TestPackWithoutIndexIsIgnored(t *testing.T) {
	f := newFixture(t)
	h := f.save("one", "a", "1")
	f.git("gc", "-q")
	packs, err := filepath.Glob(f.path(".git/objects/pack/*.pack"))
	if err != nil || len(packs) != 1 {
		t.Fatal(packs, err)
	}
	half := filepath.Join(filepath.Dir(packs[0]), "pack-"+strings.Repeat("ab", 20)+".pack")
	if err := os.WriteFile(half, []byte("PACK"), 0o644); err != nil {
		t.Fatal(err)
	}
	if data, err := f.open().ReadFile(t.Context(), h, "a"); err != nil || string(data) != "1" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestConcurrentUse reads with many goroutines while git repacks; it is for -race.
func TestConcurrentUse(t *testing.T) {
	f := newFixture(t)
	var commits []string
	for i := range 8 {
		commits = append(commits, f.save(fmt.Sprint("c", i), "d/a", fmt.Sprint(i), fmt.Sprintf("d/%d", i), strings.Repeat("x\n", 20_000)+fmt.Sprint(i)))
	}
	r := f.open()
	g, ctx := errgroup.WithContext(t.Context())
	for n := range 8 {
		g.Go(func() error { return readEverything(ctx, r, commits, n) })
	}
	g.Go(func() error {
		_, err := f.try("", "gc", "-q")
		return err
	})
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if n := len(r.objects.idle); n > maxStorages {
		t.Errorf("%d storages are open", n)
	}
}

func readEverything(ctx context.Context, r *Repo, commits []string, n int) error {
	for i, h := range commits {
		base := ""
		if i > 0 {
			base = commits[i-1]
		}
		for p, err := range r.Diff(ctx, base, h, "d", nil) {
			if err != nil {
				return err
			}
			// A read within the walk: the walk holds nothing while it waits.
			data, err := r.Blob(ctx, p.New.Hash)
			if err != nil {
				return err
			}
			if p.New.Path == "a" && string(data) != fmt.Sprint(i) {
				return fmt.Errorf("reader %d: a of commit %d is %q", n, i, data)
			}
		}
		if rel, err := r.Relate(ctx, commits[0], h); err != nil || rel > 1 {
			return fmt.Errorf("reader %d: relation %d, %w", n, rel, err)
		}
	}
	return nil
}

func TestCanceledReadsStop(t *testing.T) {
	f := newFixture(t)
	h := f.save("one", "a", "1")
	r := f.open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range []error{
		func() error { _, err := r.Resolve(ctx, h); return err }(),
		func() error { _, err := r.Relate(ctx, h, h); return err }(),
		func() error { _, err := r.ReadFile(ctx, h, "a"); return err }(),
		func() error { _, err := r.Dirty(ctx, ""); return err }(),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	}
}

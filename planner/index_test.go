package planner

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/spec"
)

// entriesOf makes n entries, starting with number from.
func entriesOf(from, n int) []Entry {
	var out []Entry
	for i := range n {
		out = append(out, Entry{Path: fmt.Sprintf("f%d.yaml", from+i), Hash: fmt.Sprintf("%040x", from+i)})
	}
	return out
}

func putAll(x *index, fp spec.Digest, entries []Entry) {
	for i, e := range entries {
		x.put(fp, contentOf(e), indexOf(spec.Parsed{
			Records: []spec.Record{{Key: spec.Key(fmt.Sprint("k", i))}},
			Refs:    []spec.Ref{{Target: &spec.RefTarget{Kind: "product"}, Key: "p"}},
		}))
	}
}

func known(x *index, fp spec.Digest, entries []Entry) int {
	n := 0
	for _, f := range x.get(fp, entries) {
		if f != nil {
			n++
		}
	}
	return n
}

func TestIndexRoundTrip(t *testing.T) {
	dir, fp := t.TempDir(), spec.Digest{1}
	x, entries := newIndex(dir), entriesOf(0, 50)
	putAll(x, fp, entries)
	x.save(fp, entries)
	if diff := cmp.Diff(x.get(fp, entries), newIndex(dir).get(fp, entries), cmp.AllowUnexported(fileIndex{})); diff != "" {
		t.Errorf("read back (-written +read):\n%s", diff)
	}
	if n := known(newIndex(dir), spec.Digest{2}, entries); n != 0 {
		t.Errorf("another fingerprint knows %d files", n)
	}
	renamed := []Entry{{Path: "f0.json", Hash: entries[0].Hash}}
	if n := known(newIndex(dir), fp, renamed); n != 0 {
		t.Error("a file that is read as JSON now has the keys that it had as YAML")
	}
}

// What other commits used is kept for a while, and dropped when it is most of it all.
func TestIndexIsPruned(t *testing.T) {
	dir, fp := t.TempDir(), spec.Digest{1}
	old, current := entriesOf(0, 1100), entriesOf(5000, 40)
	x := newIndex(dir)
	putAll(x, fp, old[:900])
	x.save(fp, old[:900])
	y := newIndex(dir) // another process
	putAll(y, fp, current)
	y.save(fp, current)
	if n := known(newIndex(dir), fp, old); n != 900 {
		t.Errorf("%d of 900 files of an earlier commit are kept", n)
	}
	z := newIndex(dir)
	putAll(z, fp, old)
	z.save(fp, current)
	if kept, gone := known(newIndex(dir), fp, current), known(newIndex(dir), fp, old); kept != len(current) || gone != 0 {
		t.Errorf("%d files in use and %d others are left", kept, gone)
	}
}

// Each schema has a file of its own, and old ones go.
func TestOldIndexFilesAreDropped(t *testing.T) {
	dir := t.TempDir()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range maxIndexFiles + 10 {
		name := filepath.Join(dir, fmt.Sprintf("keys-%012d", i))
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, start, start.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	x, fp := newIndex(dir), spec.Digest{1}
	putAll(x, fp, entriesOf(0, 1))
	x.save(fp, entriesOf(0, 1))
	left, err := filepath.Glob(filepath.Join(dir, "keys-*"))
	if err != nil || len(left) != maxIndexFiles {
		t.Fatalf("%d files are left, %v", len(left), err)
	}
	if !strings.Contains(left[0], "keys-000000000011") && !strings.Contains(left[1], "keys-000000000011") {
		t.Errorf("the newest were not kept: %s", left[0])
	}
	if n := known(newIndex(dir), fp, entriesOf(0, 1)); n != 1 {
		t.Error("the one that was just written is gone")
	}
}

// References are hashed so that a key's hash tells which references lead to it.
func TestRefHash(t *testing.T) {
	a, b := spec.HashKey("a"), spec.HashKey("b")
	seen := map[spec.KeyHash]bool{}
	for _, target := range []spec.RefTarget{{Kind: "product"}, {Dataset: "product"}, {Dataset: "products"}, {}} {
		for _, key := range []spec.KeyHash{a, b} {
			seen[refHash(target, key)] = true
		}
	}
	if len(seen) != 8 {
		t.Errorf("%d hashes of 8 references", len(seen))
	}
}

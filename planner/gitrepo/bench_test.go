package gitrepo

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const (
	benchFiles   = 100_000
	benchChanges = 1_000
)

// manyFiles makes a repository with one small file a record, in folders, and a second
// commit that changes some of them, packed.
func manyFiles(b *testing.B) (f *fixture, base, target string) {
	b.Helper()
	f = newFixture(b)
	var s strings.Builder
	file := func(i, version int) {
		content := fmt.Sprintf("- sku: SKU-%07d\n  price: \"%d.99\"\n  currency: EUR\n", i, i%1000+version)
		fmt.Fprintf(&s, "M 100644 inline data/%02x/%02x/%d.yaml\ndata %d\n%s\n", i%256, i/256%16, i, len(content), content)
	}
	for version, step := range []int{1, benchFiles / benchChanges} {
		fmt.Fprintf(&s, "commit refs/heads/main\ncommitter C <c@x> %d +0000\ndata 1\nx\n", 1_700_000_000+version)
		for i := 0; i < benchFiles; i += step {
			file(i, version)
		}
	}
	f.gitIn(s.String(), "fast-import", "--quiet")
	f.git("repack", "-q", "-a", "-d")
	return f, f.git("rev-parse", "main~1"), f.git("rev-parse", "main")
}

// BenchmarkDiff compares a whole Diff, from opening the repository on and with the
// content of what changed, with git diff in the same run.
func BenchmarkDiff(b *testing.B) {
	f, base, target := manyFiles(b)
	var git, ours time.Duration
	for b.Loop() {
		start := time.Now()
		runGitDiff(b, f, base, target)
		git += time.Since(start)
		start = time.Now()
		diffWithBlobs(b, f, base, target)
		ours += time.Since(start)
	}
	b.ReportMetric(float64(ours)/float64(git), "x_git_diff")
	b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ms_ours/op")
}

func runGitDiff(b *testing.B, f *fixture, base, target string) {
	b.Helper()
	cmd := exec.Command("git", "-C", f.dir, "--no-pager", "diff", base, target)
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
}

func diffWithBlobs(b *testing.B, f *fixture, base, target string) {
	b.Helper()
	r, err := Open(f.dir)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	n := 0
	for p, err := range r.Diff(b.Context(), base, target, "data", nil) {
		if err != nil {
			b.Fatal(err)
		}
		for _, h := range []string{p.Old.Hash, p.New.Hash} {
			if _, err := r.Blob(b.Context(), h); err != nil {
				b.Fatal(err)
			}
		}
		n++
	}
	if n != benchChanges {
		b.Fatalf("%d changes, want %d", n, benchChanges)
	}
}

// BenchmarkFiles lists all files of a commit in an open repository.
func BenchmarkFiles(b *testing.B) {
	f, _, target := manyFiles(b)
	r := f.open()
	for b.Loop() {
		n := 0
		for _, err := range r.Files(b.Context(), target, "") {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != benchFiles {
			b.Fatalf("%d files", n)
		}
	}
}

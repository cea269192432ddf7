package gitrepo

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func mustHex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// drawFiles draws a set of files in which no file is a folder too. Names are chosen so
// that the order of folders and files of similar names matters.
func drawFiles(t *rapid.T, label string) map[string]string {
	name := rapid.SampledFrom([]string{"a", "a-", "a.", "a0", "b", "A", "é"})
	files := make(map[string]string)
	for range rapid.IntRange(0, 12).Draw(t, label) {
		parts := rapid.SliceOfN(name, 1, 3).Draw(t, "path")
		path := strings.Join(parts, "/")
		clash := false
		for other := range files {
			clash = clash || strings.HasPrefix(other, path+"/") || strings.HasPrefix(path, other+"/")
		}
		if !clash {
			files[path] = rapid.SampledFrom([]string{"1", "2"}).Draw(t, "content")
		}
	}
	return files
}

// importCommit adds a commit of just these files to a fast-import stream.
func importCommit(stream *strings.Builder, ref string, files map[string]string) {
	fmt.Fprintf(stream, "commit %s\ncommitter C <c@x> 1700000000 +0000\ndata 1\nx\ndeleteall\n", ref)
	for path, content := range files {
		fmt.Fprintf(stream, "M 100644 inline \"%s\"\ndata %d\n%s\n", path, len(content), content)
	}
	stream.WriteByte('\n')
}

// TestDiffIsWhatGitSays compares many pairs of trees with git diff.
func TestDiffIsWhatGitSays(t *testing.T) {
	f := newFixture(t)
	r := f.open()
	var n int
	rapid.Check(t, func(rt *rapid.T) {
		n++
		var stream strings.Builder
		a, b := fmt.Sprintf("refs/heads/a%d", n), fmt.Sprintf("refs/heads/b%d", n)
		importCommit(&stream, a, drawFiles(rt, "base"))
		importCommit(&stream, b, drawFiles(rt, "target"))
		f.gitIn(stream.String(), "fast-import", "--quiet")
		var want []string
		status := map[string]string{"A": "+ ", "D": "- ", "M": "~ "}
		out := f.git("diff", "--name-status", "--no-renames", "-z", a, b)
		fields := splitNUL([]byte(out))
		for i := 0; i+1 < len(fields); i += 2 {
			want = append(want, status[fields[i]]+fields[i+1])
		}
		if d := cmp.Diff(want, diffOf(t, r, resolve(t, r, a), resolve(t, r, b), "")); d != "" {
			rt.Error(d)
		}
	})
}

func resolve(t *testing.T, r *Repo, rev string) string {
	t.Helper()
	c, err := r.Resolve(t.Context(), rev)
	if err != nil {
		t.Fatal(err)
	}
	return c.Hash
}

package gitrepo

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

func TestDiff(t *testing.T) {
	f := newFixture(t)
	base := f.save("base", "data/a.yaml", "1", "data/b/c.yaml", "1", "data/b/d.yaml", "1", "data/same/x", "1",
		"data/swap", "file", "data/swap-x", "1", "data/dir/one", "1", "data/dir/two", "2", "other/y", "1", "top", "1")
	f.remove("data/swap")
	f.remove("data/dir")
	f.remove("data/b/d.yaml")
	target := f.save("target", "data/a.yaml", "2", "data/b/c.yaml", "2", "data/swap/in", "1", "data/swap-x", "2",
		"data/dir", "file now", "data/b.x", "new", "other/z", "1", "data/Ünï/ключ", "1", "data/A.yaml", "case")
	r := f.open()
	for name, test := range map[string]struct {
		base, target, prefix string
		want                 []string
	}{
		"all": {base, target, "", []string{"+ data/A.yaml", "~ data/a.yaml", "+ data/b.x", "~ data/b/c.yaml", "- data/b/d.yaml",
			"+ data/dir", "- data/dir/one", "- data/dir/two", "- data/swap", "~ data/swap-x", "+ data/swap/in", "+ data/Ünï/ключ", "+ other/z"}},
		"prefix":               {base, target, "data/b", []string{"~ c.yaml", "- d.yaml"}},
		"prefix with slashes":  {base, target, "/data/b/", []string{"~ c.yaml", "- d.yaml"}},
		"new folder":           {base, target, "data/swap", []string{"+ in"}},
		"gone folder":          {base, target, "data/dir", []string{"- one", "- two"}},
		"no such folder":       {base, target, "nowhere/at/all", nil},
		"prefix below a file":  {base, target, "top/x", nil},
		"from nothing":         {"", base, "data/dir", []string{"+ one", "+ two"}},
		"nothing to nothing":   {"", base, "nowhere", nil},
		"back":                 {target, base, "data/b", []string{"~ c.yaml", "+ d.yaml"}},
		"same":                 {target, target, "", nil},
		"unchanged folder":     {base, target, "data/same", nil},
		"case is a difference": {base, target, "data/A.yaml", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(test.want, diffOf(t, r, test.base, test.target, test.prefix)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDiffPairs(t *testing.T) {
	f := newFixture(t)
	base := f.save("base", "d/file", "1", "d/gone", "1")
	f.remove("d/gone")
	target := f.save("target", "d/file", "2", "d/more", "1")
	blob := func(rev string) string { return f.git("rev-parse", rev) }
	want := []planner.Pair{
		{Old: planner.Entry{Path: "file", Hash: blob(base + ":d/file")}, New: planner.Entry{Path: "file", Hash: blob(target + ":d/file")}},
		{Old: planner.Entry{Path: "gone", Hash: blob(base + ":d/gone")}},
		{New: planner.Entry{Path: "more", Hash: blob(target + ":d/more")}},
	}
	var got []planner.Pair
	for p, err := range f.open().Diff(t.Context(), base, target, "d", nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestDiffSkipsFolders(t *testing.T) {
	f := newFixture(t)
	base := f.save("base", "a/x", "1", "b/c/x", "1", "b/d/x", "1", "top", "1")
	target := f.save("target", "a/x", "2", "b/c/x", "2", "b/d/x", "2", "top", "2")
	var asked []string
	got := pairs(t, f.open().Diff(t.Context(), base, target, "", func(dir string) bool {
		asked = append(asked, dir)
		return dir == "a" || dir == "b/c"
	}))
	if d := cmp.Diff([]string{"~ b/d/x", "~ top"}, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"a", "b", "b/c", "b/d"}, asked); d != "" {
		t.Error("asked about:", d)
	}
	got = pairs(t, f.open().Diff(t.Context(), base, target, "b", func(dir string) bool { return dir == "d" }))
	if d := cmp.Diff([]string{"~ c/x"}, got); d != "" {
		t.Error("below a prefix:", d)
	}
}

func TestDiffDoesNotReadWhatIsSkippedOrEqual(t *testing.T) {
	f := newFixture(t)
	base := f.save("base", "equal/x", "1", "skipped/y", "1", "read/z", "1")
	target := f.save("target", "skipped/y", "2", "read/z", "2")
	for _, tree := range []string{base + ":equal", base + ":skipped", target + ":skipped"} {
		h := f.git("rev-parse", tree)
		f.remove(".git/objects/" + h[:2] + "/" + h[2:])
	}
	got := pairs(t, f.open().Diff(t.Context(), base, target, "", func(dir string) bool { return dir == "skipped" }))
	if d := cmp.Diff([]string{"~ read/z"}, got); d != "" {
		t.Error(d)
	}
	if got := diffOf(t, f.open(), base, target, "equal"); got != nil {
		t.Errorf("an unchanged prefix differs: %q", got)
	}
	for p, err := range f.open().Diff(t.Context(), base, target, "", nil) {
		if err != nil {
			if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "git fsck") {
				t.Error(err)
			}
			return
		}
		t.Log(p)
	}
	t.Error("a missing tree was no error")
}

func TestDiffCanBeStopped(t *testing.T) {
	f := newFixture(t)
	target := f.save("target", "a/1", "1", "a/2", "1", "b/3", "1")
	var got []string
	for p, err := range f.open().Diff(t.Context(), "", target, "", nil) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, p.New.Path); len(got) == 2 {
			break
		}
	}
	if d := cmp.Diff([]string{"a/1", "a/2"}, got); d != "" {
		t.Error(d)
	}
}

func TestDiffOfModes(t *testing.T) {
	f := newFixture(t)
	base := f.save("base", "exec", "1", "link", "exec")
	if err := os.Chmod(f.path("exec"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.remove("link")
	if err := os.Symlink("exec", f.path("link")); err != nil {
		t.Fatal(err)
	}
	f.git("update-index", "--add", "--cacheinfo", "160000,"+base+",sub")
	f.write("sub/.keep", "") // add -A would take a missing submodule out
	f.git("add", "exec", "link")
	f.git("commit", "-q", "-m", "modes")
	target := f.git("rev-parse", "HEAD")
	r := f.open()
	if d := cmp.Diff([]string{"~ link", "+ sub"}, diffOf(t, r, base, target, "")); d != "" {
		t.Error("an exec bit is no change, a link with the text of a file is:", d)
	}
	want := []planner.Entry{
		{Path: "exec", Hash: f.git("rev-parse", "HEAD:exec"), Mode: spec.ModeFile},
		{Path: "link", Hash: f.git("rev-parse", "HEAD:link"), Mode: spec.ModeSymlink},
		{Path: "sub", Hash: base, Mode: spec.ModeSubmodule},
	}
	if d := cmp.Diff(want, entries(t, r.Files(t.Context(), target, ""))); d != "" {
		t.Error(d)
	}
	if got := paths(t, r.Files(t.Context(), target, "sub")); got != nil {
		t.Errorf("a submodule has files %v", got)
	}
}

func TestDiffOfEmptyTreesAndOddNames(t *testing.T) {
	f := newFixture(t)
	empty := f.commit("empty")
	odd := f.save("odd", "caf\xe9.yaml", "latin", "\u00e9.yaml", "composed", "e\u0301.yaml", "decomposed",
		"a\nb", "line", "tab\t", "tab", `quo"te\`, "q", " space ", "s")
	r := f.open()
	want := strings.Split(strings.TrimSuffix(f.git("ls-tree", "-r", "-z", "--name-only", odd), "\x00"), "\x00")
	if d := cmp.Diff(want, paths(t, r.Files(t.Context(), odd, ""))); d != "" {
		t.Error(d)
	}
	if !slices.Contains(want, "caf\xe9.yaml") {
		t.Error("git changed the bytes of the name")
	}
	if got := diffOf(t, r, empty, odd, ""); len(got) != 7 {
		t.Errorf("from an empty commit: %q", got)
	}
	if got := diffOf(t, r, "", empty, ""); got != nil {
		t.Errorf("an empty commit has %q", got)
	}
}

func TestDiffOfMalformedTrees(t *testing.T) {
	f := newFixture(t)
	f.save("one", "a", "1")
	blob := f.git("rev-parse", "HEAD:a")
	raw := string(mustHex(t, blob))
	for name, tree := range map[string]string{
		"dot dot":  "100644 ..\x00" + raw,
		"no name":  "100644 \x00" + raw,
		"cut off":  "100644 a\x00" + raw[:10],
		"no space": "100644",
	} {
		h := f.gitIn(tree, "hash-object", "-t", "tree", "-w", "--stdin", "--literally")
		var failed error
		for _, err := range f.open().Diff(t.Context(), "", h, "", nil) {
			failed = err
		}
		if !errors.Is(failed, ErrMissing) {
			t.Errorf("%s: error is %v", name, failed)
		}
	}
	old := f.gitIn("100664 a\x00"+raw, "hash-object", "-t", "tree", "-w", "--stdin", "--literally")
	if got := diffOf(t, f.open(), old, f.git("rev-parse", "HEAD"), ""); got != nil {
		t.Errorf("the old spelling of a mode is a difference: %q", got)
	}
}

package gitrepo

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDirty(t *testing.T) {
	f := newFixture(t)
	f.save("one", "shop/a", "1", "shop/b", "1", "shop/c", "1", "shop/same", "1", "shop/old name", "text that is moved", "x", "1", ".gitignore", "*.tmp\n")
	f.write("shop/a", "2")
	f.git("add", "shop/a")
	f.write("shop/b", "2")
	f.remove("shop/c")
	f.git("mv", "shop/old name", "shop/neu é")
	f.write("shop/new/deep", "1")
	f.write("shop/x.tmp", "1")
	f.write("shop-too/a", "1")
	f.write("x", "2")
	r := f.open()
	for prefix, want := range map[string][]string{
		"":        {"shop-too/a", "shop/a", "shop/b", "shop/c", "shop/neu é", "shop/new/deep", "shop/old name", "x"},
		"shop":    {"a", "b", "c", "neu é", "new/deep", "old name"},
		"shop/":   {"a", "b", "c", "neu é", "new/deep", "old name"},
		"nowhere": nil,
		"*":       nil, // a name, not a pattern
	} {
		got, err := r.Dirty(t.Context(), prefix)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%q: %v %s", prefix, err, d)
		}
	}
	// What a hook has in its environment must not lead elsewhere.
	t.Setenv("GIT_DIR", "/nowhere")
	t.Setenv("GIT_INDEX_FILE", "/nowhere")
	if got, err := r.Dirty(t.Context(), "shop"); err != nil || len(got) != 6 {
		t.Errorf("within a hook: %q, %v", got, err)
	}
	f.git("--git-dir="+f.path(".git"), "clone", "-q", "--bare", f.dir, f.dir+"-bare")
	if got, err := open(t, f.dir+"-bare").Dirty(t.Context(), ""); err != nil || got != nil {
		t.Errorf("bare: %q, %v", got, err)
	}
}

func TestWorktreeCommit(t *testing.T) {
	f := newFixture(t)
	head := f.save("one", "shop/a", "1", "shop/b", "1", "other/x", "1", ".gitignore", "*.tmp\n")
	r := f.open()
	if c, err := r.WorktreeCommit(t.Context(), "shop"); err != nil || c.Hash != head {
		t.Errorf("without a difference it is %v, %v", c, err)
	}
	f.write("shop/a", "2")
	f.write("shop/new", "1")
	f.write("shop/x.tmp", "1")
	f.remove("shop/b")
	f.write("other/x", "2")
	f.write("shop/staged", "1")
	f.git("add", "shop/staged")
	status := f.git("status", "--porcelain")
	c, err := r.WorktreeCommit(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"~ shop/a", "- shop/b", "+ shop/new", "+ shop/staged"}, diffOf(t, r, head, c.Hash, "")); d != "" {
		t.Error(d)
	}
	if rel, err := r.Relate(t.Context(), head, c.Hash); err != nil || relationNames[rel] != "forward" {
		t.Errorf("it stands %s to HEAD (%v)", relationNames[rel], err)
	}
	if again, err := r.WorktreeCommit(t.Context(), "shop"); err != nil || again != c {
		t.Errorf("again it is %v, %v", again, err)
	}
	if got := f.git("status", "--porcelain"); got != status || f.git("rev-parse", "HEAD") != head {
		t.Errorf("the user's index or branch changed:\n%s", got)
	}
	f.remove("shop")
	if c, err = r.WorktreeCommit(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"- shop/a", "- shop/b"}, diffOf(t, r, head, c.Hash, "")); d != "" {
		t.Error("folder deleted:", d)
	}
}

func TestWorktreeCommitBeforeTheFirstCommitAndBare(t *testing.T) {
	f := newFixture(t)
	f.write("a", "1")
	r := f.open()
	c, err := r.WorktreeCommit(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"+ a"}, diffOf(t, r, "", c.Hash, "")); d != "" {
		t.Error(d)
	}
	f.git("clone", "-q", "--bare", ".", f.dir+"-bare")
	if _, err := open(t, f.dir+"-bare").WorktreeCommit(t.Context(), ""); !errors.Is(err, ErrNoWorktree) {
		t.Error(err)
	}
}

func TestWithoutGitProgram(t *testing.T) {
	f := newFixture(t)
	f.save("one", "a", "1")
	r := f.open()
	t.Setenv("PATH", t.TempDir())
	if _, err := r.Dirty(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "install Git") {
		t.Errorf("error is %v", err)
	}
	if c, err := r.Resolve(t.Context(), "main"); err != nil || c.Subject != "one" {
		t.Errorf("reading needs no git program: %v, %v", c, err)
	}
	if _, err := os.Stat(f.path("a")); err != nil {
		t.Error(err)
	}
}

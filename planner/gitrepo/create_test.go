package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// created returns a repository that Init made, and the tools to look at it.
func created(t *testing.T) (*Repo, *fixture) {
	t.Helper()
	f := &fixture{t: t, dir: realTemp(t)}
	r, err := Init(t.Context(), f.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r, f
}

func TestInitMakesMain(t *testing.T) {
	r, f := created(t)
	if r.Worktree() != f.dir {
		t.Errorf("worktree %s, want %s", r.Worktree(), f.dir)
	}
	if got := f.git("symbolic-ref", "HEAD"); got != "refs/heads/main" {
		t.Errorf("HEAD is %s", got)
	}
	if _, err := r.Resolve(t.Context(), "HEAD"); !errors.Is(err, ErrEmpty) {
		t.Errorf("HEAD of a new repository: %v, want %v", err, ErrEmpty)
	}
}

func TestInitWantsADirectory(t *testing.T) {
	if _, err := Init(t.Context(), filepath.Join(t.TempDir(), "nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestInitIgnoresTheCallersRepository(t *testing.T) {
	other := newFixture(t)
	t.Setenv("GIT_DIR", filepath.Join(other.dir, ".git"))
	dir := realTemp(t)
	r, err := Init(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.GitDir() != filepath.Join(dir, ".git") {
		t.Errorf("made %s", r.GitDir())
	}
}

func TestCommitPaths(t *testing.T) {
	r, f := created(t)
	put(t, f.dir, "prices/a.yaml", "- sku: A\n")
	put(t, f.dir, "prices/*.yaml", "- sku: B\n") // a name, and not a pattern
	put(t, f.dir, "prices/c.yaml", "- sku: C\n")
	put(t, f.dir, "secret", "not mentioned\n")
	c, err := r.CommitPaths(t.Context(), "First\n\nWith more.", "prices/a.yaml", "prices/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if c.Subject != "First" || c.Hash != f.git("rev-parse", "main") {
		t.Errorf("got %+v", c)
	}
	want := []string{"prices/*.yaml", "prices/a.yaml"}
	if diff := cmp.Diff(want, strings.Split(f.git("ls-tree", "-r", "--name-only", "HEAD"), "\n")); diff != "" {
		t.Errorf("committed files (-want +got):\n%s", diff)
	}
}

func TestCommitPathsTakesEverything(t *testing.T) {
	r, f := created(t)
	put(t, f.dir, ".gitignore", ".live/\n")
	put(t, f.dir, ".live/shop.db", "data")
	put(t, f.dir, "prices/a.yaml", "- sku: A\n")
	put(t, f.dir, "prices/b.yaml", "- sku: B\n")
	if _, err := r.CommitPaths(t.Context(), "First", "."); err != nil {
		t.Fatal(err)
	}
	put(t, f.dir, "prices/a.yaml", "- sku: AA\n")
	if err := os.Remove(filepath.Join(f.dir, "prices", "b.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := r.CommitPaths(t.Context(), "Second", "."); err != nil {
		t.Fatal(err)
	}
	want := []string{"M\tprices/a.yaml", "D\tprices/b.yaml"}
	if diff := cmp.Diff(want, strings.Split(f.git("diff", "--name-status", "HEAD~1", "HEAD"), "\n")); diff != "" {
		t.Errorf("second commit (-want +got):\n%s", diff)
	}
	if got := f.git("status", "--porcelain"); got != "" {
		t.Errorf("left over: %s", got)
	}
}

func TestCommitPathsNeedsAnIdentity(t *testing.T) {
	for _, name := range []string{"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	r, f := created(t)
	put(t, f.dir, "a", "a\n")
	if err := r.Configure(t.Context(), "user.useConfigOnly", "true"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.CommitPaths(t.Context(), "First", "."); !errors.Is(err, ErrIdentity) {
		t.Fatalf("got %v, want %v", err, ErrIdentity)
	}
	if got := f.git("status", "--porcelain"); got != "?? a" {
		t.Errorf("status after the refusal: %q", got)
	}
	for key, value := range map[string]string{"user.name": "Li Wei", "user.email": "li.wei@example.com"} {
		if err := r.Configure(t.Context(), key, value); err != nil {
			t.Fatal(err)
		}
	}
	c, err := r.CommitPaths(t.Context(), "First", ".")
	if err != nil {
		t.Fatal(err)
	}
	if c.Author != "Li Wei <li.wei@example.com>" {
		t.Errorf("author %q", c.Author)
	}
}

func TestCommitPathsOfABareRepository(t *testing.T) {
	f := &fixture{t: t, dir: realTemp(t)}
	f.git("init", "-q", "--bare")
	r, err := Open(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.CommitPaths(t.Context(), "First", "."); !errors.Is(err, ErrNoWorktree) {
		t.Errorf("got %v, want %v", err, ErrNoWorktree)
	}
}

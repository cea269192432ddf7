package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type where struct{ GitDir, Worktree, Prefix, CacheDir string }

func whereIs(r *Repo) where { return where{r.GitDir(), r.Worktree(), r.Prefix(), r.CacheDir()} }

func TestOpenFindsTheRepository(t *testing.T) {
	f := newFixture(t)
	f.save("one", "data/prices/a.yaml", "a")
	f.git("worktree", "add", "-q", f.dir+"-linked", "-b", "side")
	linked := f.at(f.dir + "-linked")
	f.git("clone", "-q", "--bare", ".", f.dir+"-bare.git")
	super := newFixture(t)
	super.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", f.dir, "sub")
	if err := os.Symlink(f.path("data"), f.dir+"-link"); err != nil {
		t.Fatal(err)
	}
	dot, bare := f.path(".git"), f.dir+"-bare.git"
	cache := filepath.Join(dot, "promoctl")
	for name, test := range map[string]struct {
		dir  string
		want where
	}{
		"worktree":             {f.dir, where{dot, f.dir, "", cache}},
		"folder":               {f.path("data/prices"), where{dot, f.dir, "data/prices", cache}},
		"symlink to a folder":  {f.dir + "-link", where{dot, f.dir, "data", cache}},
		"git directory":        {dot, where{dot, f.dir, "", cache}},
		"in git directory":     {f.path(".git/refs"), where{dot, f.dir, "", cache}},
		"linked worktree":      {linked.dir, where{f.path(".git/worktrees/" + filepath.Base(linked.dir)), linked.dir, "", cache}},
		"folder of linked":     {linked.path("data"), where{f.path(".git/worktrees/" + filepath.Base(linked.dir)), linked.dir, "data", cache}},
		"git dir of linked":    {f.path(".git/worktrees/" + filepath.Base(linked.dir)), where{f.path(".git/worktrees/" + filepath.Base(linked.dir)), linked.dir, "", cache}},
		"bare":                 {bare, where{bare, "", "", filepath.Join(bare, "promoctl")}},
		"submodule":            {super.path("sub/data"), where{super.path(".git/modules/sub"), super.path("sub"), "data", super.path(".git/modules/sub/promoctl")}},
		"git dir of submodule": {super.path(".git/modules/sub"), where{super.path(".git/modules/sub"), super.path("sub"), "", super.path(".git/modules/sub/promoctl")}},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, test.dir)
			if d := cmp.Diff(test.want, whereIs(r)); d != "" {
				t.Error(d)
			}
			c, err := r.Resolve(t.Context(), "HEAD")
			if err != nil || c.Subject != "one" {
				t.Errorf("HEAD is %v, %v", c, err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	f := newFixture(t)
	f.save("one", "file", "x")
	plain := realTemp(t)
	broken := realTemp(t)
	if err := os.WriteFile(filepath.Join(broken, ".git"), []byte("gitdir: /nowhere\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	sha256 := realTemp(t)
	f.at(sha256).git("init", "-q", "--object-format=sha256")
	reftable := newFixture(t)
	reftable.git("config", "extensions.refStorage", "reftable")
	for name, test := range map[string]struct {
		dir  string
		want error
		say  string
	}{
		"not a repository":  {plain, ErrNotRepo, "git init"},
		"broken .git file":  {broken, ErrNotRepo, "/nowhere"},
		"missing directory": {filepath.Join(plain, "no"), os.ErrNotExist, "no"},
		"file":              {f.path("file"), nil, "not a directory"},
		"SHA-256":           {sha256, ErrUnsupported, "sha256"},
		"reftable":          {reftable.dir, ErrUnsupported, "git refs migrate"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Open(test.dir)
			if err == nil {
				r.Close()
				t.Fatal("opened")
			}
			if test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.say) {
				t.Errorf("error is %q, want %v and %q in it", err, test.want, test.say)
			}
		})
	}
}

func TestClosedRepoSaysSo(t *testing.T) {
	f := newFixture(t)
	h := f.save("one", "a", "1")
	r, err := Open(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Commit(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Commit(t.Context(), h); !errors.Is(err, ErrClosed) {
		t.Errorf("error is %v", err)
	}
}

func TestAlternates(t *testing.T) {
	f := newFixture(t)
	f.save("packed", "a", "1")
	f.git("repack", "-q", "-a", "-d")
	f.save("loose", "a", "2")
	shared := f.dir + "-shared"
	f.git("clone", "-q", "--shared", ".", shared)
	again := f.dir + "-again"
	f.git("clone", "-q", "--shared", shared, again)
	g := f.at(again)
	g.save("own", "b", "3")
	r := g.open()
	for rev, want := range map[string]string{"HEAD": "own", "HEAD~": "loose", "HEAD~2": "packed"} {
		c, err := r.Resolve(t.Context(), rev)
		if err != nil || c.Subject != want {
			t.Errorf("%s is %v, %v", rev, c, err)
		}
		if c, err = r.Resolve(t.Context(), c.Hash[:12]); err != nil || c.Subject != want {
			t.Errorf("abbreviated %s is %v, %v", rev, c, err)
		}
	}
	if d := cmp.Diff([]string{"+ b"}, diffOf(t, r, g.git("rev-parse", "HEAD~"), g.git("rev-parse", "HEAD"), "")); d != "" {
		t.Error(d)
	}
}

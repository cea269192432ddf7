package gitrepo

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
)

// branchy makes main: one - two - merge(side: three), with tags.
func branchy(t *testing.T) *fixture {
	f := newFixture(t)
	f.save("one", "a", "1")
	f.git("tag", "-a", "-m", "first", "v1")
	f.git("tag", "-a", "-m", "tag of a tag", "v1-signed", "v1")
	f.git("checkout", "-q", "-b", "feature/side")
	f.save("three", "b", "3")
	f.git("checkout", "-q", "main")
	f.save("two", "a", "2")
	f.git("tag", "light")
	f.git("merge", "-q", "--no-ff", "-m", "merge", "feature/side")
	f.git("update-ref", "refs/remotes/origin/main", "HEAD~1")
	f.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	return f
}

func TestResolveIsWhatGitSays(t *testing.T) {
	f := branchy(t)
	f.git("branch", "merge", "HEAD~1")
	head := f.git("rev-parse", "HEAD")
	revs := []string{
		"HEAD", "@", "main", "heads/main", "refs/heads/main", "feature/side", "v1", "v1-signed", "tags/v1",
		"light", "origin/main", "origin", "remotes/origin/main", "merge", "ORIG_HEAD",
		"HEAD^", "HEAD^1", "HEAD^2", "HEAD~", "HEAD~1", "HEAD~2", "HEAD^^", "HEAD~1^", "HEAD^2~1", "main~0", "@~1",
		"v1^{}", "v1^{commit}", "v1-signed^0", "HEAD^0~1", "main^{commit}^2",
		head, head[:4], head[:7], head[:39], strings.ToUpper(head), head[:10] + "~1",
		f.git("rev-parse", "v1")[:12], // the tag object itself
	}
	f.git("update-ref", "ORIG_HEAD", "HEAD~1")
	for _, state := range []string{"loose", "packed"} {
		r := f.open()
		for _, rev := range revs {
			want := f.git("rev-parse", rev+"^{commit}")
			got, err := r.Resolve(t.Context(), rev)
			if err != nil || got.Hash != want {
				t.Errorf("%s: %s is %q (%v), git says %s", state, rev, got.Hash, err, want)
			}
		}
		f.git("gc", "-q")
		f.git("pack-refs", "--all")
	}
}

func TestResolveDescribesTheCommit(t *testing.T) {
	f := newFixture(t)
	f.write("a", "1")
	f.git("add", "a")
	f.git("-c", "user.name=x", "commit", "-q", "-m", "Prices for\nthe weekend\n\nBody.")
	got, err := f.open().Resolve(t.Context(), "HEAD")
	want := planner.Commit{Hash: f.git("rev-parse", "HEAD"), Subject: "Prices for the weekend",
		Author: "Ann Author <ann@example.com>", Time: time.Unix(1_700_000_000, 0).UTC()}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
	if got.Subject != f.git("log", "-1", "--format=%s") {
		t.Error("git has another subject")
	}
}

func TestResolveErrors(t *testing.T) {
	f := branchy(t)
	f.git("tag", "twin", "HEAD~1")
	f.git("branch", "twin")
	f.git("tag", "tree", "HEAD^{tree}")
	r := f.open()
	unknown := strings.Repeat("12", 20)
	for rev, test := range map[string]struct {
		want error
		say  string
	}{
		"mian":                      {ErrUnknown, "did you mean main"},
		"side":                      {ErrUnknown, "did you mean feature/side?"},
		"nothing-like-it":           {ErrUnknown, "git branch -a"},
		unknown:                     {ErrUnknown, "is not in this repository"},
		"ffff":                      {ErrUnknown, "ffff"},
		"HEAD~9":                    {ErrUnknown, "has 0 parents"},
		"HEAD^3":                    {ErrUnknown, "has 2 parents"},
		"HEAD^x":                    {ErrUnknown, "cannot read"},
		"main..feature":             {ErrUnknown, "range"},
		"HEAD@{1}":                  {ErrUnknown, "reflog"},
		"HEAD:a":                    {ErrUnknown, "names a file"},
		":/one":                     {ErrUnknown, "names a file"},
		"":                          {ErrUnknown, "missing"},
		"^main":                     {ErrUnknown, "missing"},
		"../../etc/passwd":          {ErrUnknown, "range"},
		"/etc/passwd":               {ErrUnknown, "passwd"},
		"config":                    {ErrUnknown, "config"},
		"objects/info":              {ErrUnknown, "objects/info"},
		"twin":                      {ErrAmbiguous, "refs/tags/twin or refs/heads/twin"},
		"tree":                      {ErrUnknown, "is a tree"},
		"HEAD~99999999999999999999": {ErrUnknown, "cannot read"},
	} {
		got, err := r.Resolve(t.Context(), rev)
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.say) {
			t.Errorf("%q is %v, %v; want %v with %q", rev, got, err, test.want, test.say)
		}
	}
	f.git("update-ref", "refs/heads/twin", "refs/tags/twin")
	if _, err := r.Resolve(t.Context(), "twin"); err != nil {
		t.Error("a tag and a branch on one commit:", err)
	}
}

func TestResolveAmbiguousAbbreviation(t *testing.T) {
	f := newFixture(t)
	var stream strings.Builder
	for i := range 400 {
		fmt.Fprintf(&stream, "commit refs/heads/main\ncommitter C <c@x> %d +0000\ndata <<.\nnumber %d\n.\n\n", 1_700_000_000+i, i)
	}
	f.gitIn(stream.String(), "fast-import", "--quiet")
	byPrefix := make(map[string][]string)
	for _, h := range strings.Fields(f.git("log", "--format=%H")) {
		byPrefix[h[:4]] = append(byPrefix[h[:4]], h)
	}
	found := false
	r := f.open()
	for prefix, hashes := range byPrefix {
		got, err := r.Resolve(t.Context(), prefix)
		if len(hashes) == 1 {
			if err != nil || got.Hash != hashes[0] {
				t.Errorf("%s is %v, %v", prefix, got, err)
			}
			continue
		}
		found = true
		for _, h := range hashes {
			subject := f.git("log", "-1", "--format=%s", h)
			if !errors.Is(err, ErrAmbiguous) || !strings.Contains(err.Error(), h[:10]+" 2023-11-14 "+subject) {
				t.Errorf("%s: error is %v, want %s in it", prefix, err, h[:10])
			}
		}
	}
	if !found {
		t.Fatal("no two commits start with the same four digits")
	}
}

func TestResolveInEmptyRepository(t *testing.T) {
	f := newFixture(t)
	r := f.open()
	for _, rev := range []string{"HEAD", "@", "main", "v1"} {
		if _, err := r.Resolve(t.Context(), rev); !errors.Is(err, ErrEmpty) || !strings.Contains(err.Error(), "commit first") {
			t.Errorf("%s: error is %v", rev, err)
		}
	}
	f.save("one", "a", "1")
	if c, err := r.Resolve(t.Context(), "HEAD"); err != nil || c.Subject != "one" {
		t.Errorf("after the first commit: %v, %v", c, err)
	}
	f.git("checkout", "-q", "--orphan", "fresh")
	if _, err := r.Resolve(t.Context(), "HEAD"); !errors.Is(err, ErrEmpty) || !strings.Contains(err.Error(), "fresh") {
		t.Errorf("on an orphan branch: %v", err)
	}
}

func TestResolveInLinkedWorktree(t *testing.T) {
	f := branchy(t)
	f.git("worktree", "add", "-q", "--detach", f.dir+"-linked", "v1")
	r := open(t, f.dir+"-linked")
	for rev, want := range map[string]string{"HEAD": "one", "main": "merge", "light": "two"} {
		if c, err := r.Resolve(t.Context(), rev); err != nil || c.Subject != want {
			t.Errorf("%s is %v, %v", rev, c, err)
		}
	}
}

func TestShallowClone(t *testing.T) {
	f := branchy(t)
	old := f.git("rev-parse", "HEAD~2")
	g := f.at(f.dir + "-shallow")
	f.git("clone", "-q", "--depth=2", "--single-branch", "-b", "main", "file://"+f.dir, g.dir)
	r := g.open()
	if c, err := r.Resolve(t.Context(), "HEAD~1"); err != nil || c.Subject != "two" {
		t.Errorf("within the clone: %v, %v", c, err)
	}
	for _, rev := range []string{"HEAD~2", old} {
		_, err := r.Resolve(t.Context(), rev)
		if !errors.Is(err, ErrShallow) || !strings.Contains(err.Error(), "git fetch --unshallow (in GitHub Actions: fetch-depth: 0)") {
			t.Errorf("%s: error is %v", rev, err)
		}
	}
	if _, err := r.Resolve(t.Context(), "feature/side"); !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), "fetch-depth") {
		t.Errorf("a branch that was not fetched: %v", err)
	}
	for p, err := range r.Diff(t.Context(), old, g.git("rev-parse", "HEAD"), "", nil) {
		if !errors.Is(err, ErrShallow) {
			t.Errorf("diff from a missing base: %v, %v", p, err)
		}
	}
	g.git("fetch", "-q", "--unshallow")
	if c, err := r.Resolve(t.Context(), old); err != nil || c.Subject != "one" {
		t.Errorf("after fetching the rest: %v, %v", c, err)
	}
}

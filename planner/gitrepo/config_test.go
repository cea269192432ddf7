package gitrepo

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIdentity(t *testing.T) {
	f := newFixture(t)
	if got := f.open().Identity(t.Context()); got != "Carl Committer <carl@example.com>" {
		t.Errorf("identity is %q", got)
	}
	t.Setenv("GIT_COMMITTER_NAME", " ")
	if got := f.open().Identity(t.Context()); got != "" {
		t.Errorf("without a name it is %q", got)
	}
}

func TestUpstream(t *testing.T) {
	f := newFixture(t)
	f.save("one", "a", "1")
	g := f.at(f.dir + "-clone")
	f.git("clone", "-q", ".", g.dir)
	g.git("checkout", "-q", "-b", "local")
	g.git("branch", "by-url") // a URL may hold a password, and must not be shown
	g.git("config", "branch.by-url.remote", "https://ann:hunter2@example.com/prices.git")
	g.git("config", "branch.by-url.merge", "refs/heads/main")
	type upstream struct{ Branch, Remote string }
	for branch, want := range map[string]upstream{"main": {"main", "origin"}, "local": {"local", ""}, "by-url": {"by-url", ""}, "HEAD~0": {}} {
		g.git("checkout", "-q", branch)
		var got upstream
		got.Branch, got.Remote = g.open().Upstream(t.Context())
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", branch, d)
		}
	}
}

func TestReverts(t *testing.T) {
	f := badPrice(t)
	bad := f.git("rev-parse", "HEAD")
	ours := mustRevert(t, f, "HEAD").Commit.Hash
	f.git("revert", "--no-edit", "HEAD")
	for rev, want := range map[string]string{ours: bad, f.git("rev-parse", "HEAD"): ours, bad: ""} {
		if got, err := f.open().Reverts(t.Context(), rev); err != nil || got != want {
			t.Errorf("%s reverts %q (%v), want %q", rev, got, err, want)
		}
	}
}

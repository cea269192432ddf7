package gitrepo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// revertOf reverts what a revision names.
func revertOf(t *testing.T, f *fixture, rev string, change ...func(*RevertRequest)) (Reverted, error) {
	t.Helper()
	req := RevertRequest{Commit: f.git("rev-parse", rev+"^{commit}")}
	for _, c := range change {
		c(&req)
	}
	return f.open().Revert(t.Context(), req)
}

func mustRevert(t *testing.T, f *fixture, rev string, change ...func(*RevertRequest)) Reverted {
	t.Helper()
	got, err := revertOf(t, f, rev, change...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// clean fails if the worktree differs from HEAD anywhere.
func (f *fixture) clean() {
	f.t.Helper()
	if got := f.git("status", "--porcelain"); got != "" {
		f.t.Errorf("worktree is not clean:\n%s", got)
	}
}

// TestRevertIsWhatGitDoes compares trees and messages with git revert.
func TestRevertIsWhatGitDoes(t *testing.T) {
	f := newFixture(t)
	f.save("root", "p/a", "1", "p/b", "1", "p/deep/er/c", "1", "keep", "1", "kind", "file", "fold/x", "1", "fold/y", "1")
	f.save("change", "p/a", "2")
	f.save("create", "p/new", "1", "p/fresh/folder/x", "1")
	f.remove("p/deep")
	f.save("delete", "p/b", "2")
	f.remove("kind")
	f.remove("fold")
	f.save("swap file and folder", "kind/x", "1", "fold", "now a file")
	f.git("checkout", "-q", "-b", "side")
	f.save("on the side", "side", "1")
	f.git("checkout", "-q", "main")
	f.save("on main", "keep", "2")
	f.git("merge", "-q", "--no-ff", "-m", "Merge \"side\"", "side")
	f.git("tag", "start")
	for _, rev := range []string{"HEAD", "HEAD~1", "HEAD~2", "HEAD~3", "HEAD~4", "HEAD~5", "side"} {
		f.git("reset", "-q", "--hard", "start")
		args := []string{"revert", "--no-edit"}
		if rev == "HEAD" {
			args = append(args, "-m", "1")
		}
		f.git(append(args, rev)...)
		tree, message := f.git("rev-parse", "HEAD^{tree}"), f.git("log", "-1", "--format=%B")
		f.git("reset", "-q", "--hard", "start")
		got := mustRevert(t, f, rev)
		if now := f.git("rev-parse", "HEAD^{tree}"); now != tree {
			t.Errorf("%s: tree differs:\n%s", rev, f.git("diff", "--name-status", tree, now))
		}
		if d := cmp.Diff(message, f.git("log", "-1", "--format=%B")); d != "" {
			t.Errorf("%s: %s", rev, d)
		}
		if got.Commit.Hash != f.git("rev-parse", "main") || got.Ref != "refs/heads/main" || f.git("rev-parse", "HEAD~1") != f.git("rev-parse", "start") {
			t.Errorf("%s: main is not at the revert commit %v", rev, got)
		}
		f.clean()
		f.git("fsck", "--strict")
	}
}

func TestRevertOfTheFirstCommitAndBackAgain(t *testing.T) {
	f := newFixture(t)
	first := f.save("first", "d/a", "1", "d/b", "1")
	got := mustRevert(t, f, "HEAD")
	if d := cmp.Diff([]string{"d/a", "d/b"}, got.Paths); d != "" {
		t.Error(d)
	}
	if f.git("ls-tree", "-r", "HEAD") != "" {
		t.Error("files are left")
	}
	f.clean()
	mustRevert(t, f, "HEAD")
	if f.git("rev-parse", "HEAD^{tree}") != f.git("rev-parse", first+"^{tree}") || f.read("d/b") != "1" {
		t.Error("reverting the revert does not bring the files back")
	}
	f.clean()
}

func TestRevertMessageAndIdentity(t *testing.T) {
	f := newFixture(t)
	f.save("base", "p/a", "1", "q", "1")
	bad := f.save("bad \"price\"", "p/a", "2", "q", "2")
	at := time.Date(2026, 11, 11, 0, 0, 1, 0, time.FixedZone("", 8*3600))
	mustRevert(t, f, "HEAD", func(r *RevertRequest) {
		r.Prefix, r.Reason, r.Author, r.Time = "p/", "wrong by a factor of ten", "On Call <on@call.example>", at
		r.Trailers = []string{"Promoctl-Rollback: " + bad, "Requested-By:\nsomebody"}
	})
	want := "Revert \"bad \"price\"\"\n\nThis reverts commit " + bad + ".\n\nOnly files under p were restored.\n\n" +
		"wrong by a factor of ten\n\nPromoctl-Rollback: " + bad + "\nRequested-By: somebody\n"
	if d := cmp.Diff(want, f.git("log", "-1", "--format=%B")+"\n"); d != "" {
		t.Error(d)
	}
	who := "On Call <on@call.example> 2026-11-11T00:00:01+08:00 Carl Committer <carl@example.com> 2026-11-11T00:00:01+08:00"
	if d := cmp.Diff(who, f.git("log", "-1", "--format=%an <%ae> %aI %cn <%ce> %cI")); d != "" {
		t.Error(d)
	}
	if got := f.git("log", "-1", "--format=%(trailers:key=Promoctl-Rollback,valueonly)"); strings.TrimSpace(got) != bad {
		t.Errorf("git reads the trailer as %q", got)
	}
	if f.read("p/a")+f.read("q") != "12" {
		t.Error("the revert did not keep to the prefix")
	}
	if got := f.git("log", "-1", "-g", "--format=%gs"); got != "revert: Revert \"bad \"price\"\"" {
		t.Errorf("the reflog says %q", got)
	}
}

func TestRevertNeedsAnIdentity(t *testing.T) {
	f := newFixture(t)
	f.save("base", "a", "1")
	f.save("bad", "a", "2")
	head := f.git("rev-parse", "HEAD")
	f.git("config", "user.useConfigOnly", "true")
	for _, name := range []string{"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"} {
		t.Setenv(name, "") // notes what to restore
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	_, err := revertOf(t, f, "HEAD")
	if !errors.Is(err, ErrIdentity) || !strings.Contains(err.Error(), "git config user.email") {
		t.Errorf("error is %v", err)
	}
	if f.git("rev-parse", "HEAD") != head || f.read("a") != "2" {
		t.Error("something changed")
	}
	f.git("config", "user.name", "Config")
	f.git("config", "user.email", "config@example.com")
	mustRevert(t, f, "HEAD")
	if got := f.git("log", "-1", "--format=%an %ce"); got != "Config config@example.com" {
		t.Errorf("the commit is by %q", got)
	}
	if _, err = revertOf(t, f, "HEAD", func(r *RevertRequest) { r.Author = "nobody" }); !errors.Is(err, ErrIdentity) {
		t.Errorf("half an author: %v", err)
	}
}

// TestRevertIsSigned has a program in the place of gpg.
func TestRevertIsSigned(t *testing.T) {
	f := newFixture(t)
	f.save("base", "a", "1")
	f.save("bad", "a", "2")
	gpg := filepath.Join(realTemp(t), "gpg")
	script := "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho '-----BEGIN PGP SIGNATURE-----'\n"
	if err := os.WriteFile(gpg, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	f.git("config", "gpg.program", gpg)
	f.git("config", "commit.gpgSign", "true")
	got := mustRevert(t, f, "HEAD")
	if raw := f.git("cat-file", "commit", "HEAD"); !strings.Contains(raw, "gpgsig -----BEGIN PGP SIGNATURE-----") {
		t.Errorf("the commit is not signed:\n%s", raw)
	}
	if got.Commit.Subject != "Revert \"bad\"" {
		t.Errorf("the subject of a signed commit is read as %q", got.Commit.Subject)
	}
}

func TestRevertConflicts(t *testing.T) {
	f := newFixture(t)
	f.save("base", "p/a", "1", "p/b", "1", "p/c", "1", "p/dir", "file", "q/a", "1")
	f.remove("p/c")
	f.remove("p/dir")
	bad := f.save("bad", "p/a", "2", "p/b", "2", "q/a", "2", "p/dir/x", "1")
	f.save("later", "p/a", "3", "p/c", "again", "p/dir/y", "more")
	_, err := revertOf(t, f, bad)
	var conflict *RevertConflict
	if !errors.As(err, &conflict) || !errors.Is(err, ErrRevertConflict) {
		t.Fatalf("error is %v", err)
	}
	if d := cmp.Diff(&RevertConflict{Commit: bad, Paths: []string{"p/a", "p/c"}}, conflict); d != "" {
		t.Error(d)
	}
	f.write("p/a", "2")
	f.remove("p/c")
	head := f.commit("half of it taken back by hand")
	_, err = revertOf(t, f, bad)
	if !errors.As(err, &conflict) || cmp.Diff([]string{"p/dir"}, conflict.Paths) != "" {
		t.Errorf("a folder that got more files where a file was: %v", err)
	}
	if f.git("rev-parse", "HEAD") != head || f.git("status", "--porcelain") != "" {
		t.Error("something changed")
	}
	if got := mustRevert(t, f, bad, func(r *RevertRequest) { r.Prefix = "q" }); cmp.Diff([]string{"q/a"}, got.Paths) != "" {
		t.Errorf("where nothing conflicts it restores %q", got.Paths)
	}
}

func TestRevertWhatIsThereOnly(t *testing.T) {
	f := newFixture(t)
	f.save("base", "a", "1", "b", "1")
	bad := f.save("bad", "a", "2", "b", "2")
	f.save("half", "a", "1")
	if got := mustRevert(t, f, bad); cmp.Diff([]string{"b"}, got.Paths) != "" {
		t.Errorf("half of it is restored already, but it restores %q", got.Paths)
	}
	head := f.git("rev-parse", "HEAD")
	for name, change := range map[string]func(*RevertRequest){
		"again":          func(*RevertRequest) {},
		"empty commit":   func(r *RevertRequest) { r.Commit = f.commit("empty"); head = r.Commit },
		"another prefix": func(r *RevertRequest) { r.Prefix = "nowhere" },
	} {
		if _, err := revertOf(t, f, bad, change); !errors.Is(err, ErrNothingToRevert) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if f.git("rev-parse", "HEAD") != head {
		t.Error("something changed")
	}
}

func TestRevertRefusesWhatItCannotFind(t *testing.T) {
	f := newFixture(t)
	r := f.open()
	some := strings.Repeat("ab", 20)
	if _, err := r.Revert(t.Context(), RevertRequest{Commit: some}); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown commit: %v", err)
	}
	h := f.save("one", "a", "1")
	f.save("two", "a", "2")
	for name, req := range map[string]RevertRequest{
		"not a hash":     {Commit: "HEAD"},
		"unknown branch": {Commit: h, Branch: "nowhere"},
		"bad branch":     {Commit: h, Branch: "../../HEAD"},
	} {
		if _, err := r.Revert(t.Context(), req); !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.git("checkout", "-q", "--orphan", "fresh")
	if _, err := r.Revert(t.Context(), RevertRequest{Commit: h}); !errors.Is(err, ErrEmpty) {
		t.Errorf("on a branch without commits: %v", err)
	}
	g := f.at(f.dir + "-shallow")
	f.git("clone", "-q", "--depth=1", "-b", "main", "file://"+f.dir, g.dir)
	if _, err := revertOf(t, g, "HEAD"); !errors.Is(err, ErrShallow) {
		t.Errorf("the parent is cut off: %v", err)
	}
}

// TestRevertMergesLines: another line of the same file that changed since stays.
func TestRevertMergesLines(t *testing.T) {
	f := newFixture(t)
	f.save("base", "a", "1\n2\n3\n4\n5\n6\n7\n8\n")
	bad := f.save("bad", "a", "1\nBAD\n3\n4\n5\n6\n7\n8\n")
	f.save("later", "a", "1\nBAD\n3\n4\n5\n6\nlater\n8\n")
	mustRevert(t, f, bad)
	if got, want := f.git("show", "HEAD:a"), "1\n2\n3\n4\n5\n6\nlater\n8"; got != want {
		t.Errorf("a holds %q, want %q", got, want)
	}
	if f.git("status", "--porcelain") != "" {
		t.Error("the worktree did not come along")
	}
	if _, err := revertOf(t, f, bad); !errors.Is(err, ErrNothingToRevert) {
		t.Errorf("the same again: %v", err)
	}
}

// TestRevertChecksFirst: a revert that the caller does not want moves nothing.
func TestRevertChecksFirst(t *testing.T) {
	f := newFixture(t)
	f.save("base", "a", "1")
	bad := f.save("bad", "a", "2")
	refused := errors.New("refused")
	_, err := revertOf(t, f, bad, func(r *RevertRequest) {
		r.Check = func(_ context.Context, commit string) error {
			if got := f.git("show", commit+":a"); got != "1" {
				t.Errorf("asked about a commit with %q", got)
			}
			return refused
		}
	})
	if !errors.Is(err, refused) || f.git("rev-parse", "HEAD") != bad || f.git("status", "--porcelain") != "" {
		t.Errorf("error %v, HEAD %s", err, f.git("rev-parse", "HEAD"))
	}
}

// TestWorktreeCommitSeesRacyEdits: an edit of the same size in the second of the commit.
func TestWorktreeCommitSeesRacyEdits(t *testing.T) {
	f := newFixture(t)
	f.save("base", "a", "price: 39.90")
	name := filepath.Join(f.dir, "a")
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	index := filepath.Join(f.dir, ".git", "index")
	if err := os.Chtimes(index, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("price: 3.990"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(name, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	c, err := f.open().WorktreeCommit(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if got := f.git("show", c.Hash+":a"); got != "price: 3.990" {
		t.Errorf("the worktree's commit holds %q", got)
	}
}

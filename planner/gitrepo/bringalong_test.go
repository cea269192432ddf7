package gitrepo

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// badPrice has a base, and a bad commit on top that changes, creates and deletes.
func badPrice(t *testing.T) *fixture {
	f := newFixture(t)
	f.save("base", "p/a", "1\n", "p/b", "1\n", "p/gone", "1\n", "other", "1\n")
	f.remove("p/gone")
	f.save("bad", "p/a", "bad\n", "p/b", "bad\n", "p/new", "bad\n")
	return f
}

func TestRevertBringsTheWorktreeAlong(t *testing.T) {
	f := badPrice(t)
	f.write("other", "edited\n")
	f.write("untracked", "1\n")
	f.write("staged", "1\n")
	f.git("add", "staged")
	got := mustRevert(t, f, "HEAD")
	if got.Left != nil {
		t.Errorf("left behind: %v", got.Left)
	}
	if d := cmp.Diff([]string{"p/a", "p/b", "p/gone", "p/new"}, got.Paths); d != "" {
		t.Error(d)
	}
	if f.read("p/a") != "1\n" || f.read("p/gone") != "1\n" || exists(f.path("p/new")) {
		t.Error("files are not restored")
	}
	if d := cmp.Diff(" M other\nA  staged\n?? untracked", f.git("status", "--porcelain", "-uall")); d != "" {
		t.Error("the user's own work changed:", d)
	}
}

// TestRevertKeepsEditsAndStaysReverted has edits in the files that are reverted. They are
// kept, and the next commit does not undo the revert.
func TestRevertKeepsEditsAndStaysReverted(t *testing.T) {
	f := badPrice(t)
	f.write("p/a", "mine\n")                // edited
	f.write("p/b", "staged\n")              // staged ...
	f.git("add", "p/b")                     //
	f.write("p/gone", "mine, untracked\n")  // in the way of a restored file
	f.write("p/new", "staged\n")            // staged and edited again
	f.git("add", "p/new")                   //
	blob := f.git("rev-parse", ":p/new")    //
	f.write("p/new", "staged and edited\n") //
	got := mustRevert(t, f, "HEAD")
	want := []Left{{f.dir, "p/a", ""}, {f.dir, "p/b", ""}, {f.dir, "p/gone", ""}, {f.dir, "p/new", blob}}
	if d := cmp.Diff(want, got.Left); d != "" {
		t.Error(d)
	}
	for path, content := range map[string]string{"p/a": "mine\n", "p/b": "staged\n", "p/gone": "mine, untracked\n", "p/new": "staged and edited\n"} {
		if now := f.read(path); now != content {
			t.Errorf("%s became %q", path, now)
		}
	}
	f.git("commit", "-q", "--allow-empty", "-m", "next")
	if d := cmp.Diff("", f.git("diff", "--name-status", got.Commit.Hash, "HEAD")); d != "" {
		t.Error("the next commit changes what was reverted:", d)
	}
	if f.git("show", blob) != "staged" {
		t.Error("what was staged is lost")
	}
}

// TestRevertWhereFilesAndFoldersSwapped has edits that keep one swap from being undone
// in the worktree. Everything else is restored all the same.
func TestRevertWhereFilesAndFoldersSwapped(t *testing.T) {
	f := newFixture(t)
	f.save("base", "clean", "1\n", "full", "1\n", "edited", "1\n", "fold/x", "1\n", "fold2/x", "1\n", "p", "1\n")
	for _, name := range []string{"clean", "full", "edited", "fold", "fold2"} {
		f.remove(name)
	}
	f.save("bad", "clean/x", "2\n", "full/x", "2\n", "edited/x", "2\n", "fold", "2\n", "fold2", "2\n", "p", "2\n")
	f.write("full/untracked", "mine\n")
	f.write("edited/x", "mine\n")
	f.write("fold2", "mine\n")
	got := mustRevert(t, f, "HEAD")
	want := []Left{{f.dir, "edited", ""}, {f.dir, "edited/x", ""}, {f.dir, "fold2", ""}, {f.dir, "fold2/x", ""}, {f.dir, "full", ""}}
	if d := cmp.Diff(want, got.Left); d != "" {
		t.Error(d)
	}
	if f.read("clean")+f.read("fold/x")+f.read("p") != "1\n1\n1\n" {
		t.Error("what is clean is not restored")
	}
	if f.read("full/untracked")+f.read("edited/x")+f.read("fold2") != "mine\nmine\nmine\n" {
		t.Error("edits are lost")
	}
	if d := cmp.Diff("", f.git("diff", "--cached", "--name-status")); d != "" {
		t.Error("the next commit changes what was reverted:", d)
	}
}

func TestRevertWithDeletedFiles(t *testing.T) {
	f := badPrice(t)
	f.remove("p/a")
	f.git("rm", "-q", "p/b")
	got := mustRevert(t, f, "HEAD")
	if d := cmp.Diff([]Left{{f.dir, "p/a", ""}, {f.dir, "p/b", ""}}, got.Left); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(" D p/a\n D p/b", f.git("status", "--porcelain")); d != "" {
		t.Error(d)
	}
}

func TestRevertWhenDoneByHandAlready(t *testing.T) {
	f := badPrice(t)
	f.git("checkout", "HEAD~1", "--", "p/a", "p/gone")
	got := mustRevert(t, f, "HEAD")
	if got.Left != nil {
		t.Errorf("left behind: %v", got.Left)
	}
	f.clean()
}

// TestRevertInAMerge has a merge with a conflict in progress.
func TestRevertInAMerge(t *testing.T) {
	f := badPrice(t)
	bad := f.git("rev-parse", "HEAD")
	f.git("checkout", "-q", "-b", "side", "HEAD~1")
	f.save("side", "p/a", "side\n")
	f.git("checkout", "-q", "main")
	if _, err := f.try("", "merge", "side"); err == nil {
		t.Fatal("no conflict")
	}
	markers := f.read("p/a")
	got := mustRevert(t, f, bad)
	var left []string
	for _, l := range got.Left {
		left = append(left, l.Path)
	}
	if f.read("p/a") != markers || len(left) == 0 || left[0] != "p/a" {
		t.Errorf("the conflict was touched; left behind: %q", left)
	}
	if got := f.git("ls-files", "-u", "--", "p/a"); got == "" {
		t.Error("the conflict counts as resolved")
	}
	if d := cmp.Diff(f.git("rev-parse", bad+"~1:p/b"), f.git("rev-parse", ":p/b")); d != "" {
		t.Error("the index would undo the revert:", d)
	}
}

func TestRevertOnOtherBranches(t *testing.T) {
	f := badPrice(t)
	bad := f.git("rev-parse", "HEAD")
	f.git("branch", "prod")
	f.git("worktree", "add", "-q", f.dir+"-linked", "prod")
	linked := f.at(f.dir + "-linked")
	linked.write("p/b", "mine\n")

	got := mustRevert(t, f, "HEAD", func(r *RevertRequest) { r.Branch = "prod" })
	if d := cmp.Diff([]Left{{linked.dir, "p/b", ""}}, got.Left); d != "" || got.Ref != "refs/heads/prod" {
		t.Error(got.Ref, d)
	}
	if linked.read("p/a") != "1\n" || f.read("p/a") != "bad\n" {
		t.Error("the wrong worktree came along")
	}
	if d := cmp.Diff(" M p/b", linked.git("status", "--porcelain")); d != "" {
		t.Error(d)
	}
	if f.git("rev-parse", "HEAD") != bad || f.git("rev-parse", "prod~1") != bad {
		t.Error("the wrong branch moved")
	}
	f.clean()

	linked.git("checkout", "-q", "--detach", "--force", bad)
	if got = mustRevert(t, linked, "HEAD"); got.Ref != "HEAD" || linked.git("rev-parse", "HEAD~1") != bad {
		t.Errorf("with a detached HEAD: %v", got)
	}
	linked.clean()
	if linked.git("branch", "--show-current") != "" {
		t.Error("HEAD is not detached any more")
	}
}

func TestRevertInBareRepository(t *testing.T) {
	f := badPrice(t)
	bare := f.at(f.dir + "-bare")
	f.git("clone", "-q", "--bare", ".", bare.dir)
	got := mustRevert(t, bare, "HEAD")
	if got.Ref != "refs/heads/main" || bare.git("show", "main:p/a") != "1" || got.Left != nil {
		t.Errorf("%v", got)
	}
}

func TestRevertFromAFolderWithModes(t *testing.T) {
	f := newFixture(t)
	f.save("base", "p/run", "1\n", "p/sub/x", "1\n")
	if err := os.Symlink("run", f.path("p/link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(f.path("p/run"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.commit("modes")
	f.remove("p/link")
	if err := os.Chmod(f.path("p/run"), 0o644); err != nil {
		t.Fatal(err)
	}
	f.commit("bad")
	r := open(t, f.path("p/sub"))
	if _, err := r.Revert(t.Context(), RevertRequest{Commit: f.git("rev-parse", "HEAD"), Prefix: "p"}); err != nil {
		t.Fatal(err)
	}
	if f.git("rev-parse", "HEAD^{tree}") != f.git("rev-parse", "HEAD~2^{tree}") {
		t.Error("tree is not restored")
	}
	if target, err := os.Readlink(f.path("p/link")); err != nil || target != "run" {
		t.Error(target, err)
	}
	f.clean()
}

func TestRevertInSubmodule(t *testing.T) {
	f := badPrice(t)
	super := newFixture(t)
	super.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", f.dir, "sub")
	sub := super.at(super.path("sub"))
	sub.write("p/b", "mine\n")
	got := mustRevert(t, sub, "HEAD")
	if d := cmp.Diff([]Left{{sub.dir, "p/b", ""}}, got.Left); d != "" {
		t.Error(d)
	}
	if sub.read("p/a") != "1\n" || sub.git("status", "--porcelain") != " M p/b" {
		t.Error("files are not restored:", sub.git("status", "--porcelain"))
	}
}

func TestRevertInSparseWorktree(t *testing.T) {
	f := badPrice(t)
	f.save("elsewhere", "q/x", "1\n")
	f.git("sparse-checkout", "set", "q")
	if exists(f.path("p")) {
		t.Fatal("the worktree is not sparse")
	}
	if got := mustRevert(t, f, "HEAD~1"); got.Left != nil || exists(f.path("p")) {
		t.Errorf("left behind: %v", got.Left)
	}
	f.clean()
}

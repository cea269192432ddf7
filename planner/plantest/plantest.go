// Package plantest makes Git repositories for tests of plans.
//
// A plan is about two commits, so its tests need many small repositories with exact
// content: links, submodules, names that no file system of ours would take. They are
// written with git fast-import, one process for a commit and no worktree.
package plantest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/gitrepo"
)

// Repo is a bare repository that grows commit by commit.
type Repo struct {
	tb   testing.TB
	Dir  string
	Head string // the last commit
	now  int64  // of the next commit, in seconds
}

// Edit changes one path of a commit.
type Edit struct{ path, mode, text string }

// Put writes a file.
func Put(path, text string) Edit { return Edit{path, "100644", text} }

// Executable writes a file that may be executed.
func Executable(path, text string) Edit { return Edit{path, "100755", text} }

// Gone removes a file or a folder.
func Gone(path string) Edit { return Edit{path: path} }

// Link makes a symbolic link.
func Link(path, to string) Edit { return Edit{path, "120000", to} }

// Submodule puts a submodule at a path.
func Submodule(path, commit string) Edit { return Edit{path, "160000", commit} }

// New makes a repository with no commit.
func New(tb testing.TB) *Repo {
	tb.Helper()
	dir, err := filepath.EvalSymlinks(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	r := &Repo{tb: tb, Dir: dir, now: 1_700_000_000}
	r.Git("init", "-q", "--template=", "--bare", "-b", "main")
	return r
}

// Commit makes a commit on top of Head and returns its hash. Paths that no edit names
// stay as they are.
func (r *Repo) Commit(subject string, edits ...Edit) string {
	r.tb.Helper()
	return r.commit("refs/heads/main", subject, []string{r.Head}, edits)
}

// CommitOn makes a commit with the given parents, of which the first gives the tree
// that the edits change. Head becomes that commit.
func (r *Repo) CommitOn(parents []string, subject string, edits ...Edit) string {
	r.tb.Helper()
	return r.commit("refs/heads/b"+fmt.Sprint(r.now), subject, parents, edits)
}

func (r *Repo) commit(ref, subject string, parents []string, edits []Edit) string {
	r.tb.Helper()
	var in bytes.Buffer
	fmt.Fprintf(&in, "reset %s\n\ncommit %s\nmark :1\nauthor Ann <ann@example.com> %d +0000\ncommitter Carl <carl@example.com> %d +0000\ndata %d\n%s\n",
		ref, ref, r.now, r.now, len(subject), subject)
	for i, parent := range parents {
		if word := [...]string{"from", "merge"}[min(i, 1)]; parent != "" {
			fmt.Fprintf(&in, "%s %s\n", word, parent)
		}
	}
	for _, e := range edits {
		switch path := quote(e.path); e.mode {
		case "":
			fmt.Fprintf(&in, "D %s\n", path)
		case "160000":
			fmt.Fprintf(&in, "M 160000 %s %s\n", e.text, path)
		default:
			fmt.Fprintf(&in, "M %s inline %s\ndata %d\n%s\n", e.mode, path, len(e.text), e.text)
		}
	}
	in.WriteString("get-mark :1\n")
	out := r.run(&in, "fast-import", "--quiet", "--force", "--cat-blob-fd=1")
	r.Head = strings.TrimSpace(out)
	r.now += 60
	return r.Head
}

// quote writes a path as fast-import reads it, whatever its bytes.
func quote(path string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(path) {
		if c := path[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			fmt.Fprintf(&b, "\\%03o", c)
		} else {
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Git runs the git program in the repository and returns what it prints.
func (r *Repo) Git(args ...string) string {
	r.tb.Helper()
	return r.run(nil, args...)
}

func (r *Repo) run(in *bytes.Buffer, args ...string) string {
	r.tb.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.Dir
	if in != nil {
		cmd.Stdin = in
	}
	cmd.Env = append(slices.Clone(os.Environ()), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		r.tb.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, &errOut)
	}
	return strings.TrimRight(string(out), "\n")
}

// Open opens the repository, or another one by its folder, until the test ends.
func Open(tb testing.TB, dir string) *gitrepo.Repo {
	tb.Helper()
	g, err := gitrepo.Open(dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := g.Close(); err != nil {
			tb.Error(err)
		}
	})
	return g
}

// Planner returns a planner on the repository. A nil Repo in the configuration is
// filled in.
func (r *Repo) Planner(c planner.Config) *planner.Planner {
	r.tb.Helper()
	if c.Repo == nil {
		c.Repo = Open(r.tb, r.Dir)
	}
	p, err := planner.New(c)
	if err != nil {
		r.tb.Fatal(err)
	}
	return p
}

// Plan returns the commit plan of a fresh planner, which must succeed.
func (r *Repo) Plan(base, target string) *planner.Plan {
	r.tb.Helper()
	plan, err := r.Planner(planner.Config{}).CommitPlan(context.Background(), base, target)
	if err != nil {
		r.tb.Fatal(err)
	}
	return plan
}

// Changes writes the changes of a plan as lines: "+ prices A", "~ prices A", "- prices A".
func Changes(changes []planner.Change) []string {
	lines := []string{}
	signs := map[planner.Op]string{planner.Create: "+", planner.Update: "~", planner.Delete: "-"}
	for _, c := range changes {
		lines = append(lines, fmt.Sprintf("%s %s %s", signs[c.Op], c.Dataset, c.Key))
	}
	return lines
}

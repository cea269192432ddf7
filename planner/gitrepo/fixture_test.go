package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/promoctl/promoctl/planner"
)

// testConfig spares the tests what costs time and tells them nothing.
const testConfig = "[gc]\nauto = 0\n[maintenance]\nauto = false\n[core]\nfsync = none\n[init]\ntemplateDir =\n"

// TestMain keeps the configuration and the identity of whoever runs the tests out.
func TestMain(m *testing.M) {
	config, err := os.CreateTemp("", "gitconfig")
	if err == nil {
		_, err = config.WriteString(testConfig)
	}
	if err == nil {
		err = config.Close()
	}
	for k, v := range map[string]string{
		"GIT_CONFIG_GLOBAL": config.Name(), "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "Ann Author", "GIT_AUTHOR_EMAIL": "ann@example.com",
		"GIT_COMMITTER_NAME": "Carl Committer", "GIT_COMMITTER_EMAIL": "carl@example.com",
	} {
		err = errors.Join(err, os.Setenv(k, v))
	}
	if err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.Remove(config.Name())
		os.Exit(code)
	}))
}

// fixture is a repository that the git program works on.
type fixture struct {
	t   testing.TB
	dir string
	now int64 // of the next commit, in seconds
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: realTemp(t), now: 1_700_000_000}
	f.git("init", "-q", "-b", "main")
	return f
}

func realTemp(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// at returns the same tools for another directory.
func (f *fixture) at(dir string) *fixture { return &fixture{t: f.t, dir: dir, now: f.now} }

func (f *fixture) git(args ...string) string {
	f.t.Helper()
	out, err := f.try("", args...)
	if err != nil {
		f.t.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return out
}

func (f *fixture) try(stdin string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = f.dir
	cmd.Stdin = strings.NewReader(stdin)
	date := fmt.Sprintf("@%d +0800", f.now)
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE="+date, "GIT_COMMITTER_DATE="+date)
	var errOut strings.Builder
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, errOut.String())
	}
	return strings.TrimRight(string(out), "\n"), err
}

// gitIn is git with something on its standard input.
func (f *fixture) gitIn(stdin string, args ...string) string {
	f.t.Helper()
	out, err := f.try(stdin, args...)
	if err != nil {
		f.t.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return out
}

func (f *fixture) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

func (f *fixture) write(name, content string) {
	f.t.Helper()
	if err := os.MkdirAll(filepath.Dir(f.path(name)), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(f.path(name), []byte(content), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) read(name string) string {
	f.t.Helper()
	data, err := os.ReadFile(f.path(name))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(data)
}

func (f *fixture) remove(name string) {
	f.t.Helper()
	if err := os.RemoveAll(f.path(name)); err != nil {
		f.t.Fatal(err)
	}
}

// commit commits everything, a minute after the one before, and returns the hash.
func (f *fixture) commit(subject string) string {
	f.t.Helper()
	f.git("add", "-A")
	f.git("commit", "-q", "--allow-empty", "-m", subject)
	f.now += 60
	return f.git("rev-parse", "HEAD")
}

// save writes files (name, content, ...) and commits.
func (f *fixture) save(subject string, files ...string) string {
	f.t.Helper()
	for i := 0; i < len(files); i += 2 {
		f.write(files[i], files[i+1])
	}
	return f.commit(subject)
}

func (f *fixture) open() *Repo {
	f.t.Helper()
	return open(f.t, f.dir)
}

func open(t testing.TB, dir string) *Repo {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// pairs collects a Diff as lines: "+ path", "- path" or "~ path".
func pairs(t testing.TB, seq iter.Seq2[planner.Pair, error]) []string {
	t.Helper()
	var lines []string
	for p, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case p.Old == planner.Entry{}:
			lines = append(lines, "+ "+p.New.Path)
		case p.New == planner.Entry{}:
			lines = append(lines, "- "+p.Old.Path)
		default:
			lines = append(lines, "~ "+p.New.Path)
		}
	}
	return lines
}

func entries(t testing.TB, seq iter.Seq2[planner.Entry, error]) []planner.Entry {
	t.Helper()
	var list []planner.Entry
	for e, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

func paths(t testing.TB, seq iter.Seq2[planner.Entry, error]) []string {
	t.Helper()
	var list []string
	for _, e := range entries(t, seq) {
		list = append(list, e.Path)
	}
	return list
}

func diffOf(t testing.TB, r *Repo, base, target, prefix string) []string {
	t.Helper()
	return pairs(t, r.Diff(context.Background(), base, target, prefix, nil))
}

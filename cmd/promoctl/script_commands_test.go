package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/promoctl/promoctl/examples"
)

// scriptCommands are what scripts can do beside running programs:
//
//	exits CODE COMMAND...     runs a command that ends with that code
//	repo DIR                  makes the repository of testdata/shop, with one commit
//	example DIR               makes a repository of examples/double-eleven, with one commit
//	edit FILE OLD NEW         replaces a text that stands in a file once
//	commit MESSAGE            commits everything
//	capture NAME PATTERN      sets a variable to what the pattern's group matched in stdout
func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"exits": exits, "repo": repoCommand, "example": exampleCommand, "edit": editCommand, "commit": commitCommand, "capture": captureCommand,
	}
}

// exits runs a command and fails unless it ends with the exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got, err := 0, ts.Exec(args[1], args[2:]...)
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		got, err = ended.ExitCode(), nil
	}
	ts.Check(err)
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func repoCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: repo DIR")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.CopyFS(dir, os.DirFS(filepath.Join(ts.Getenv("SOURCE"), "testdata", "shop"))))
	ts.Check(os.WriteFile(filepath.Join(dir, ".gitignore"), []byte(".live/\n"), 0o644))
	commitAll(ts, dir, "First prices")
}

func exampleCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: example DIR")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(examples.WriteDoubleEleven(dir))
	commitAll(ts, dir, "Double Eleven")
}

func commitAll(ts *testscript.TestScript, dir, message string) {
	ts.Check(ts.Exec("git", "-C", dir, "init", "-q", "-b", "main"))
	ts.Check(ts.Exec("git", "-C", dir, "add", "-A"))
	ts.Check(ts.Exec("git", "-C", dir, "commit", "-qm", message))
}

func editCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if n := strings.Count(text, args[1]); n != 1 {
		ts.Fatalf("%q stands in %s %d times, want once", args[1], args[0], n)
	}
	text = strings.Replace(text, args[1], args[2], 1)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

func commitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: commit MESSAGE")
	}
	ts.Check(ts.Exec("git", "add", "-A"))
	ts.Check(ts.Exec("git", "commit", "-qm", args[0]))
}

func captureCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATTERN")
	}
	m := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) != 2 {
		ts.Fatalf("no match for %q in stdout", args[1])
	}
	ts.Setenv(args[0], m[1])
}

// setUpScript gives a script a home with a Git identity, and says where testdata is.
func setUpScript(env *testscript.Env) error {
	source, err := os.Getwd()
	if err != nil {
		return err
	}
	home := filepath.Join(env.WorkDir, ".home")
	env.Setenv("HOME", home)
	env.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	env.Setenv("GORACE", quickRace)
	env.Setenv("SOURCE", source)
	if err := os.Mkdir(home, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.WriteFile(filepath.Join(home, ".gitconfig"), []byte("[user]\n\tname = Ann\n\temail = ann@example.com\n"), 0o644)
}

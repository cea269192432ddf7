package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// program is this test binary, which is promoctl when it is called so.
func program(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// promoctlAt prepares promoctl as a person runs it, in dir, with the variables.
func promoctlAt(t *testing.T, dir string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t))
	cmd.Args = append([]string{"promoctl"}, args...)
	cmd.Dir, cmd.Env = dir, env
	return cmd
}

// badHome is the environment of somebody whose Git has no name, signs with a program
// that fails, and refuses every commit by a hook.
func badHome(t *testing.T) []string {
	t.Helper()
	home := t.TempDir()
	hook := filepath.Join(home, "hooks", "pre-commit")
	if err := os.MkdirAll(filepath.Dir(hook), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(hook, []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	config := "[user]\n\tuseConfigOnly = true\n[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = false\n" +
		"[core]\n\tautocrlf = true\n\thooksPath = " + filepath.Dir(hook) + "\n[init]\n\tdefaultBranch = trunk\n"
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	return []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1",
		"PROMOCTL_ENV=nonsense", "GORACE=" + quickRace}
}

// TestDemo runs the whole demo once, and then looks at what it left.
func TestDemo(t *testing.T) {
	t.Parallel()
	elsewhere := t.TempDir()
	env := badHome(t)
	cmd := promoctlAt(t, elsewhere, env, "demo", "night market")
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, errOut.String(), out.String())
	}
	if errOut.Len() > 0 {
		t.Errorf("standard error:\n%s", errOut.String())
	}
	d := &demo{app: &app{environment: osEnv()}, dir: filepath.Join(elsewhere, "night market"), exe: program(t)}
	d.stdout = io.Discard
	t.Run("promises in order", func(t *testing.T) { inOrder(t, out.String(), demoPromises()) })
	t.Run("stores", func(t *testing.T) { demoStores(t, d.dir) })
	t.Run("repository", func(t *testing.T) { demoRepository(t, d.dir, env) })
	t.Run("what the killed run staged", func(t *testing.T) { demoLeftovers(t, d) })
	t.Run("reading in a shell", func(t *testing.T) { demoShell(t, d.dir, out.String()) })
	t.Run("no promise is taken for granted", func(t *testing.T) { demoDoubts(t, d) })
	t.Run("the trial by hand", func(t *testing.T) { demoTrial(t, d) })
}

// demoPromises are lines that stand in the transcript one after the other.
func demoPromises() []string {
	return []string{
		"1. A thousand prices go live\n",
		"/night market\"\n$ export PROMOCTL_ENV=production\n$ git init -q -b main\n",
		"\n$ promoctl plan\n", "prices  1000 to create",
		"\n$ promoctl apply\n", "Live: ",
		"sku = 'LMY-SER-VC-30'\n        199 CNY\n", ".jsonl\n        199 CNY\n",
		"\n2. A hurried edit", "\n  -  price: 199.00\n  +  price: 19.90\n",
		"\n$ promoctl plan\n", "price: 199 -> 19.9 (-90 %)", "decimal-slip", "\n[exit code 3]\n",
		"\n$ promoctl apply\n", "decimal-slip", "\n[exit code 3]\n",
		"\nNothing is staged in either store.\nShoppers see: 199 CNY in SQLite, 199 CNY in the files.\n",
		"\n3. Somebody insists", "\n$ promoctl apply --override ", " --at ", "Z &\n",
		"\n$ promoctl status --format json | grep sealed\n", "\"sealed\": true,\n", "\"sealed\": true,\n",
		"\n$ kill -9 ", ": signal: killed]\n",
		"\nShoppers see: 199 CNY in SQLite, 199 CNY in the files.\n",
		"\n$ promoctl apply --override ", "Live: ",
		"\nShoppers see: 19.9 CNY in SQLite, 19.9 CNY in the files.\n",
		"\n4. Back\n", "\n$ promoctl rollback ", "Live: ",
		"\nShoppers see: 199 CNY in SQLite, 199 CNY in the files.\n", "\nIt took ",
		"\n$ promoctl verify\n", "shop: equal", "1000 live", "edge: equal", "1000 live",
		"\n5. Your turn\n", "/night market\"\n", "\n  1. promoctl status", "\n  2. ", "\n  3. ", "\n  4. promoctl rollback",
		"\nThe demo took ",
	}
}

func inOrder(t *testing.T, text string, want []string) {
	t.Helper()
	rest := text
	for _, w := range want {
		_, after, found := strings.Cut(rest, w)
		if !found {
			t.Fatalf("%q is missing after what was found before it, in\n%s", w, text)
		}
		// The line break may be the first of what comes next.
		rest = w[len(w)-1:] + after
	}
	if strings.Contains(text, "\x1b") {
		t.Error("colors, and the output is no terminal")
	}
}

// demoRepository checks the commits that the demo made.
func demoRepository(t *testing.T, dir string, env []string) {
	git := func(args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v: %s", args[0], err, out)
		}
		return strings.TrimSpace(string(out))
	}
	want := `main Revert "Evening price of the vitamin C serum"
Evening price of the vitamin C serum
The sale of Double Eleven`
	if diff := cmp.Diff(want, git("symbolic-ref", "--short", "HEAD")+" "+git("log", "--format=%s")); diff != "" {
		t.Errorf("branch and commits (-want +got):\n%s", diff)
	}
	if got := git("diff", "--stat", "HEAD~2", "HEAD"); got != "" {
		t.Errorf("the revert does not restore the first commit:\n%s", got)
	}
	if got := git("status", "--porcelain"); got != "" {
		t.Errorf("left over:\n%s", got)
	}
}

// demoLeftovers checks that a process was killed which could not clean up.
func demoLeftovers(t *testing.T, d *demo) {
	out, err := d.ask(t.Context(), "status", "--format", "json")
	if err != nil {
		t.Fatal(err)
	}
	var status struct {
		Stores []struct {
			Store  string
			Seq    int
			Staged []struct{ Sealed bool }
		}
	}
	if err := json.Unmarshal(out, &status); err != nil {
		t.Fatal(err)
	}
	for _, s := range status.Stores {
		if s.Seq != 3 || len(s.Staged) != 1 || !s.Staged[0].Sealed {
			t.Errorf("%s: release %d with stages %+v; want release 3 and one sealed stage", s.Store, s.Seq, s.Staged)
		}
	}
	if len(status.Stores) != 2 {
		t.Errorf("%d stores, want 2", len(status.Stores))
	}
}

// demoShell runs what the transcript says that reads a price in a shell.
func demoShell(t *testing.T, dir, transcript string) {
	if _, err := exec.LookPath("sqlite3"); err != nil {
		t.Skip("there is no sqlite3 here")
	}
	_, rest, _ := strings.Cut(transcript, "\nThe same in a shell:\n")
	script, _, _ := strings.Cut(rest, "\n2. ")
	cmd := exec.Command("sh", "-euc", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, script)
	}
	inOrder(t, string(out), []string{"199|CNY\n", `"key":"LMY-SER-VC-30"`, `"price":199,`})
}

// demoDoubts checks that each way in which the demo checks itself can fail.
func demoDoubts(t *testing.T, d *demo) {
	for name, err := range map[string]error{
		"price":     d.expectPrice(t.Context(), priceBad),
		"stages":    d.expectStages(t.Context(), 2), // of the bad commit, which is not known to d
		"exit code": d.promoctl(t.Context(), exitDenied, "status"),
		"findings":  func() error { _, err := d.denials(t.Context()); return err }(),
	} {
		if err == nil {
			t.Errorf("a wrong %s was not noticed", name)
		}
	}
	if err := d.promoctl(t.Context(), exitDone, "status"); err != nil {
		t.Errorf("a right exit code: %v", err)
	}
}

// demoTrial does what the demo leaves for the person to try, up to the waiting release,
// and interrupts that.
func demoTrial(t *testing.T, d *demo) {
	if err := d.edit(t.Context(), trial(), "Price of the earbuds"); err != nil {
		t.Fatal(err)
	}
	findings, err := d.denials(t.Context())
	if err != nil || len(findings) != 2 {
		t.Fatalf("findings %v, %v; want 2", findings, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	waiting, err := d.start(ctx, "apply", "--override", strings.Join(findings, ","), "--by", "Your Name",
		"--reason", "just a trial", "--at", time.Now().Add(time.Hour).Format(time.RFC3339))
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.kill()
	if err := d.awaitStages(ctx, waiting); err != nil {
		t.Fatal(err)
	}
	cancel()
	<-waiting.done
	if err := waiting.kill(); err == nil {
		t.Error("a child that ended by itself passes for killed")
	}
	if got, want := pricesInSQL(t, d.dir)[trial().sku], "699"; got != want {
		t.Errorf("shoppers see %s, want %s", got, want)
	}
	if _, sealed, err := d.stages(t.Context()); err != nil || sealed != 0 {
		t.Errorf("an interrupted release left %d stages, %v; it had time to discard them", sealed, err)
	}
}

// TestDemoStops checks that Ctrl-C ends the demo and whatever it has started.
func TestDemoStops(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "shop")
	cmd := promoctlAt(t, t.TempDir(), badHome(t), "demo", dir)
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	readUntil(t, out, "$ promoctl plan\n") // a second or more before the end
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, out)
	var ended *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &ended) || ended.ExitCode() != exitError {
		t.Errorf("got %v, want exit code %d", err, exitError)
	}
	if !strings.Contains(errOut.String(), "demo: step 1") || !strings.Contains(errOut.String(), "stopped") {
		t.Errorf("standard error:\n%s", errOut.String())
	}
	noProcessIn(t, dir)
}

func readUntil(t *testing.T, r io.Reader, want string) {
	t.Helper()
	var text []byte
	buf := make([]byte, 1)
	for !bytes.HasSuffix(text, []byte(want)) {
		if _, err := r.Read(buf); err != nil {
			t.Fatalf("%q did not come: %v, after\n%s", want, err, text)
		}
		text = append(text, buf[0])
	}
}

// noProcessIn fails if a process works in dir, where that can be found out.
func noProcessIn(t *testing.T, dir string) {
	t.Helper()
	list, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range list {
		if at, err := os.Readlink(link); err == nil && strings.HasPrefix(at, dir) {
			t.Errorf("%s still works in %s", link, at)
		}
	}
}

// TestDemoWithoutGit checks that a step that fails is named, loudly.
func TestDemoWithoutGit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := promoctlAt(t, dir, []string{"HOME=" + dir, "PATH=" + dir}, "demo", "shop")
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() != exitError {
		t.Errorf("got %v, want exit code %d", err, exitError)
	}
	inOrder(t, string(out), []string{"promoctl: demo: step 1, a thousand prices go live: ", "git program is not on the PATH", "look at it in "})
}

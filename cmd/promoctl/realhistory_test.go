package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/stores"
	"github.com/promoctl/promoctl/spec"
)

// modelsPipeline releases the prices of testdata/llm-prices.bundle. The file needs a
// third part in its key: one vendor lists one model twice, under two names.
const modelsPipeline = `apiVersion: promoctl.dev/v1
kind: Pipeline
metadata: {name: llm-prices}
datasets:
  - {name: models, files: ["data/*.json"], records: models, key: [$file.vendor, id, name]}
stores:
  - {name: shop, driver: sqlite, url: .live/shop.db}
  - {name: edge, driver: file, url: .live/edge, buckets: 8}
`

// TestRealHistory releases a real price history to both stores, commit by commit, as
// people did who knew nothing of promoctl: two of its commits hold broken JSON.
func TestRealHistory(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	broken := map[string]*regexp.Regexp{
		"Claude 4.5 Haiku":           regexp.MustCompile(`^data/anthropic\.json:\d+:\d+: not valid JSON: `),
		"GPT-5.5 and 5.5 Pro < 272k": regexp.MustCompile(`^data/openai\.json:\d+:\d+: not valid JSON: `),
	}
	refused, unchanged := 0, []string{}
	for _, c := range h.commits {
		if says := broken[c.subject]; says != nil {
			h.refuses(c, says)
			refused++
			continue
		}
		h.run(exitDone, "validate", c.hash)
		if out := h.run(-1, "plan", "--detailed-exitcode", "--target", c.hash); strings.Contains(out, "\nNo changes.") {
			unchanged = append(unchanged, c.subject)
		}
		h.run(exitDone, "apply", c.hash)
		h.equalStores()
	}
	if len(h.commits) != 43 || refused != 2 {
		t.Errorf("%d commits, %d refused; want 43, 2", len(h.commits), refused)
	}
	if d := cmp.Diff([]string{"Combine READMEs", "9, not 9.00"}, unchanged); d != "" {
		t.Errorf("commits without a change: %s", d)
	}
	h.goesBack()
}

// goesBack rolls the last commit back, and that again.
func (h *history) goesBack() {
	h.Helper()
	last := h.equalStores()
	h.run(exitDone, "verify")
	h.run(exitDone, "rollback", h.commits[len(h.commits)-1].hash)
	before := h.equalStores()
	h.run(exitDone, "verify", h.commits[len(h.commits)-2].hash)
	if before == last {
		h.Error("the rollback changed nothing")
	}
	h.run(exitDone, "rollback", strings.TrimSpace(h.git("rev-parse", "HEAD")))
	if again := h.equalStores(); again != last {
		h.Errorf("after going back and forth: %v, want %v", again, last)
	}
	h.run(exitDone, "verify")
}

// history is a repository with the commits of the bundle, each with a pipeline file.
type history struct {
	*testing.T
	dir     string
	commits []pastCommit // oldest first
}

type pastCommit struct{ hash, subject string }

func newHistory(t *testing.T) *history {
	bundle, err := filepath.Abs(filepath.Join("testdata", "llm-prices.bundle"))
	if err != nil {
		t.Fatal(err)
	}
	h := &history{T: t, dir: filepath.Join(t.TempDir(), "prices")}
	if out, err := exec.Command("git", "clone", "-q", "-b", "main", bundle, h.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	h.git("config", "user.name", "Ann")
	h.git("config", "user.email", "ann@example.com")
	h.addPipeline()
	return h
}

// addPipeline makes the history anew with the pipeline file in each commit.
func (h *history) addPipeline() {
	h.Helper()
	for name, text := range map[string]string{spec.PipelineFile: modelsPipeline, ".gitignore": ".live/\n"} {
		if err := os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o644); err != nil {
			h.Fatal(err)
		}
	}
	h.git("add", spec.PipelineFile, ".gitignore")
	pipeline, ignore := h.git("rev-parse", ":"+spec.PipelineFile), h.git("rev-parse", ":.gitignore")
	parent := ""
	for line := range strings.Lines(h.git("log", "--reverse", "--format=%H %s")) {
		old, subject, _ := strings.Cut(strings.TrimSpace(line), " ")
		h.git("read-tree", old)
		h.git("update-index", "--add", "--cacheinfo", "100644,"+strings.TrimSpace(pipeline)+","+spec.PipelineFile,
			"--cacheinfo", "100644,"+strings.TrimSpace(ignore)+",.gitignore")
		args := []string{"commit-tree", strings.TrimSpace(h.git("write-tree")), "-m", subject}
		if parent != "" {
			args = append(args, "-p", parent)
		}
		parent = strings.TrimSpace(h.git(args...))
		h.commits = append(h.commits, pastCommit{parent, subject})
	}
	h.git("reset", "-q", "--hard", parent)
}

func (h *history) git(args ...string) string {
	h.Helper()
	out, err := exec.Command("git", append([]string{"-C", h.dir}, args...)...).CombinedOutput()
	if err != nil {
		h.Fatalf("git %v: %v: %s", args, err, out)
	}
	return string(out)
}

// run runs promoctl, which must end with the code, and returns what it said. With the code
// -1 what it says must agree with the code of --detailed-exitcode.
func (h *history) run(code int, args ...string) string {
	h.Helper()
	var out bytes.Buffer
	env := environment{
		args: args, stdin: strings.NewReader(""), stdout: &out, stderr: &out,
		getenv: func(string) string { return "" }, dir: h.dir, now: time.Now,
	}
	got := run(env)
	if code == -1 {
		code = exitChanges
		if strings.Contains(out.String(), "\nNo changes.") {
			code = exitDone
		}
	}
	if got != code {
		h.Fatalf("promoctl %v: exit code %d, want %d:\n%s", args, got, code, out.String())
	}
	return out.String()
}

// refuses checks that a broken commit gets nowhere and says where it is broken.
func (h *history) refuses(c pastCommit, says *regexp.Regexp) {
	h.Helper()
	before := h.equalStores()
	for _, args := range [][]string{{"validate", c.hash}, {"plan", "--target", c.hash}, {"apply", c.hash}} {
		if out := h.run(exitError, args...); !says.MatchString(out) {
			h.Errorf("%v: %q, want %v", args, out, says)
		}
	}
	if after := h.equalStores(); after != before {
		h.Errorf("%s: the stores went from %v to %v", c.subject, before, after)
	}
}

// equalStores returns the digest of what the stores hold, which must be the same in both.
func (h *history) equalStores() spec.DataDigest {
	h.Helper()
	id := applier.Identity{Pipeline: "llm-prices"}
	var held []applier.Marker
	for _, s := range []spec.Store{{Name: "shop", Driver: "sqlite", URL: ".live/shop.db"}, {Name: "edge", Driver: "file", URL: ".live/edge"}} {
		store, err := stores.Open(s, id, h.dir, os.Getenv)
		if err != nil {
			h.Fatal(err)
		}
		state, err := store.Live(context.Background())
		if err != nil {
			h.Fatal(err)
		}
		held = append(held, state.Live)
	}
	if d := cmp.Diff(held[0].Datasets, held[1].Datasets); d != "" || held[0].Commit != held[1].Commit {
		h.Fatalf("the stores differ: commits %s, %s\n%s", held[0].Commit, held[1].Commit, d)
	}
	return held[0].Datasets["models"].Data
}

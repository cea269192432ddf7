package planner_test

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/plantest"
	"github.com/promoctl/promoctl/spec"
)

// The name is part of the key because xai has two records grok-4-fast from commit
// fae726c on.
const llmPrices = `apiVersion: promoctl.dev/v1
kind: Pipeline
metadata: {name: llm-prices}
datasets:
  - {name: models, files: ["data/*.json"], records: models, key: [$file.vendor, id, name]}
stores:
  - {name: shop, driver: sqlite, url: shop.db}
guardrails:
  - {rule: decimal-slip, fields: ["price_history[].input", "price_history[].output"]}
  - {rule: price-change, maxPercent: 75, fields: ["price_history[].input", "price_history[].output"]}
`

// withPipeline reads a repository as if every commit had a pipeline file.
type withPipeline struct {
	planner.Repo
	text string
}

func (r withPipeline) ReadFile(ctx context.Context, commit, path string) ([]byte, error) {
	if path == spec.PipelineFile {
		return []byte(r.text), nil
	}
	return r.Repo.ReadFile(ctx, commit, path)
}

// realHistory clones the price history and returns its commits, oldest first.
func realHistory(t *testing.T) (repo planner.Repo, commits []string) {
	t.Helper()
	bundle, err := filepath.Abs("../cmd/promoctl/testdata/llm-prices.bundle")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "llm")
	if out, err := exec.Command("git", "clone", "-q", "--bare", "-b", "main", bundle, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command("git", "-C", dir, "rev-list", "--reverse", "main").Output()
	if err != nil {
		t.Fatal(err)
	}
	return withPipeline{plantest.Open(t, dir), llmPrices}, strings.Fields(string(out))
}

// Each commit of the real history is planned in turn, from the last one that is valid,
// as releases do. Applying the plans ends with the records of the last commit.
func TestRealHistory(t *testing.T) {
	repo, commits := realHistory(t)
	if len(commits) != 43 {
		t.Fatalf("%d commits", len(commits))
	}
	broken := map[string]string{
		"b3b4db15": "data/anthropic.json:69:11",
		"898cd242": "data/openai.json:498:3",
	}
	p, err := planner.New(planner.Config{Repo: repo})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	live, held := "", map[spec.Key]spec.Digest{}
	for _, commit := range commits {
		plan, err := p.CommitPlan(ctx, live, commit)
		if place, ok := broken[commit[:8]]; ok {
			if list := problems(t, err); len(list) != 1 || !strings.HasPrefix(list[0], place+": not valid JSON") {
				t.Errorf("%s: %q", commit[:8], list)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", commit[:8], err)
		}
		if strings.HasPrefix(commit, "166e3c4") && (plan.Target.Subject != "9, not 9.00" || !plan.Empty()) {
			t.Errorf("%q plans %v", plan.Target.Subject, plantest.Changes(plan.Changes))
		}
		for _, c := range plan.Changes {
			if c.Before != nil && held[c.Key] != c.Before.Digest {
				t.Fatalf("%s: %s of %s does not start from what is live", commit[:8], c.Op, c.Key)
			}
			if delete(held, c.Key); c.After != nil {
				held[c.Key] = c.After.Digest
			}
		}
		var text bytes.Buffer
		if err := plan.WriteText(&text, planner.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		live = commit
	}
	whole, err := p.CommitPlan(ctx, "", live)
	if err != nil {
		t.Fatal(err)
	}
	want := map[spec.Key]spec.Digest{}
	for _, c := range whole.Changes {
		want[c.Key] = c.After.Digest
	}
	if diff := cmp.Diff(want, held); diff != "" {
		t.Errorf("records at the end (-want +got):\n%s", diff)
	}
	if len(held) < 100 || whole.Changes[0].Key != "amazon/amazon-nova-lite/Amazon Nova Lite" {
		t.Errorf("%d records, the first is %s", len(held), whole.Changes[0].Key)
	}
}

// A plan from a commit that is broken says so, instead of a plan that is not true.
func TestRealHistoryFromABrokenCommit(t *testing.T) {
	repo, commits := realHistory(t)
	p, err := planner.New(planner.Config{Repo: repo})
	if err != nil {
		t.Fatal(err)
	}
	for i, commit := range commits {
		if !strings.HasPrefix(commit, "b3b4db1") {
			continue
		}
		_, err := p.CommitPlan(context.Background(), commit, commits[i+1])
		if want := "the base commit " + commit[:10] + " holds invalid data"; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v", err)
		}
	}
}

package planner_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/gitrepo"
	"github.com/promoctl/promoctl/planner/plantest"
	"github.com/promoctl/promoctl/spec"
)

func TestDataInASubfolder(t *testing.T) {
	r := plantest.New(t)
	base := r.Commit("first", plantest.Put("shop/eu/promoctl.yaml", pricesOnly), plantest.Put("shop/eu/prices/a.yaml", price("A", "1")),
		plantest.Put("shop/us/promoctl.yaml", pricesOnly), plantest.Put("shop/us/prices/a.yaml", price("A", "1")))
	target := r.Commit("second", plantest.Put("shop/eu/prices/a.yaml", price("A", "2")), plantest.Put("prices/a.yaml", price("B", "1")))
	for prefix, want := range map[string][]string{"shop/eu": {"~ prices A"}, "shop/us": {}} {
		plan, err := r.Planner(planner.Config{Prefix: prefix}).CommitPlan(context.Background(), base, target)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, plantest.Changes(plan.Changes)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", prefix, diff)
		}
		for _, c := range plan.Changes {
			if c.After.Pos.String() != "prices/a.yaml:1:3" {
				t.Errorf("the place is %s, not relative to the pipeline file", c.After.Pos)
			}
		}
	}
	_, err := r.Planner(planner.Config{}).CommitPlan(context.Background(), base, target)
	if want := "commit " + target[:10] + " has no promoctl.yaml; run promoctl init and commit the file"; err == nil || err.Error() != want {
		t.Errorf("at the root: %v", err)
	}
}

// The data moves to another folder together with its pipeline file: a planner knows one
// folder, and the base has nothing there.
func TestFolderMoves(t *testing.T) {
	r := plantest.New(t)
	base := r.Commit("first", plantest.Put("promoctl.yaml", pricesOnly), plantest.Put("prices/a.yaml", price("A", "1")))
	target := r.Commit("second", plantest.Gone("promoctl.yaml"), plantest.Gone("prices"),
		plantest.Put("shop/promoctl.yaml", pricesOnly), plantest.Put("shop/prices/a.yaml", price("A", "1")))
	plan, err := r.Planner(planner.Config{Prefix: "shop"}).CommitPlan(context.Background(), base, target)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"+ prices A"}, plantest.Changes(plan.Changes)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestShallowClone(t *testing.T) {
	r, base := shop(t)
	target := r.Commit("second", plantest.Put("prices/a.yaml", price("A1", "11")+price("A2", "20")))
	r.Git("gc", "-q")
	dir := filepath.Join(t.TempDir(), "clone")
	r.Git("clone", "-q", "--bare", "--depth", "1", "file://"+r.Dir, dir)
	shallow := r.Planner(planner.Config{Repo: plantest.Open(t, dir)})
	_, err := shallow.CommitPlan(context.Background(), base, target)
	if !errors.Is(err, gitrepo.ErrShallow) {
		t.Fatalf("want ErrShallow, got %v", err)
	}
	for _, words := range []string{"base: ", base, "git fetch --unshallow", "fetch-depth: 0"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("%q is not in %v", words, err)
		}
	}
	whole, err := shallow.CommitPlan(context.Background(), "", target)
	if err != nil || len(whole.Changes) != 4 {
		t.Errorf("a plan from nothing needs no history: %v, %v", whole, err)
	}
}

func TestRewrittenHistory(t *testing.T) {
	r, _ := shop(t)
	const lost = "0123456789012345678901234567890123456789"
	_, err := r.Planner(planner.Config{}).CommitPlan(context.Background(), lost, r.Head)
	if !errors.Is(err, gitrepo.ErrUnknown) || !strings.Contains(err.Error(), "base: ") || !strings.Contains(err.Error(), lost) {
		t.Errorf("want ErrUnknown of the base, got %v", err)
	}
	relation, err := r.Planner(planner.Config{}).Relate(context.Background(), lost, r.Head)
	if err != nil || relation != planner.Unknown {
		t.Errorf("Relate: %v, %v", relation, err)
	}
}

func TestEmptyRepository(t *testing.T) {
	r := plantest.New(t)
	const nothing = "0123456789012345678901234567890123456789"
	if _, err := r.Planner(planner.Config{}).CommitPlan(context.Background(), "", nothing); !errors.Is(err, gitrepo.ErrUnknown) {
		t.Errorf("want ErrUnknown, got %v", err)
	}
	if _, err := r.Planner(planner.Config{}).CommitPlan(context.Background(), "", ""); !errors.Is(err, gitrepo.ErrUnknown) {
		t.Errorf("a target that is nothing: want ErrUnknown, got %v", err)
	}
	only := r.Commit("only the pipeline", plantest.Put("promoctl.yaml", pricesOnly))
	plan := r.Plan("", only)
	if len(plan.Changes) != 0 || len(plan.Datasets) != 1 {
		t.Errorf("a repository without data: %v, %v", plan.Changes, plan.Datasets)
	}
}

// A merge commit is planned from any commit, and what it brings is what its tree has.
func TestMergeCommits(t *testing.T) {
	r, base := shop(t)
	ours := r.Commit("ours", plantest.Put("prices/a.yaml", price("A1", "11")+price("A2", "20")))
	theirs := r.CommitOn([]string{base}, "theirs", plantest.Put("prices/b.yaml", price("B1", "33")+price("B2", "40")))
	merge := r.CommitOn([]string{ours, theirs}, "merge", plantest.Put("prices/b.yaml", price("B1", "33")+price("B2", "40")))
	for from, want := range map[string][]string{ours: {"~ prices B1"}, theirs: {"~ prices A1"}, base: {"~ prices A1", "~ prices B1"}} {
		if diff := cmp.Diff(want, plantest.Changes(r.Plan(from, merge).Changes)); diff != "" {
			t.Errorf("from %s (-want +got):\n%s", from, diff)
		}
	}
}

// Two branches that add one key in two files merge without a conflict.
func TestMergeMakesADuplicate(t *testing.T) {
	r, base := shop(t)
	ours := r.Commit("ours", plantest.Put("prices/x.yaml", price("N", "1")))
	theirs := r.CommitOn([]string{base}, "theirs", plantest.Put("prices/y.yaml", price("N", "2")))
	merge := r.CommitOn([]string{ours, theirs}, "merge", plantest.Put("prices/y.yaml", price("N", "2")))
	r.Plan(base, ours)
	r.Plan(base, theirs)
	want := []string{`prices/y.yaml:1:3: key "N" of dataset prices stands here and at prices/x.yaml:1:3; delete one of them, or give it another key`}
	for _, from := range []string{ours, base} {
		if diff := cmp.Diff(want, problems(t, planError(t, r, planner.Config{}, from, merge))); diff != "" {
			t.Errorf("from %s (-want +got):\n%s", from, diff)
		}
	}
}

func TestLinksAndSubmodules(t *testing.T) {
	const sub = "1111111111111111111111111111111111111111"
	tests := []struct {
		name string
		edit plantest.Edit
		want string // "" if it is none of the data's business
	}{
		{"a link to a file", plantest.Link("prices/z.yaml", "a.yaml"), "prices/z.yaml: a symbolic link where dataset prices keeps its files; put the files themselves there"},
		{"a link out of the repository", plantest.Link("prices/z.yaml", "/etc/passwd"), "prices/z.yaml: a symbolic link where dataset prices keeps its files; put the files themselves there"},
		{"a link in place of a file", plantest.Link("prices/a.yaml", "b.yaml"), "prices/a.yaml: a symbolic link where dataset prices keeps its files; put the files themselves there"},
		{"a link to a folder", plantest.Link("prices/more", "../other"), "prices/more: a symbolic link where dataset prices keeps its files; put the files themselves there"},
		{"a link in place of the folder", plantest.Link("prices", "other"), "prices: a symbolic link where dataset prices keeps its files; put the files themselves there"},
		{"a submodule below", plantest.Submodule("prices/vendor", sub), "prices/vendor: a submodule where dataset prices keeps its files; put the files themselves there"},
		{"a submodule in place of the folder", plantest.Submodule("prices", sub), "prices: a submodule where dataset prices keeps its files; put the files themselves there"},
		{"a name that is not UTF-8", plantest.Put("prices/\xff.yaml", price("Z", "1")), `"prices/\xff.yaml": the file's name is not UTF-8; rename it`},
		{"a link elsewhere", plantest.Link("docs/latest", "v1"), ""},
		{"a submodule elsewhere", plantest.Submodule("vendor/x", sub), ""},
		{"a name elsewhere that is not UTF-8", plantest.Put("docs/\xff", "x"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, base := shop(t)
			target := r.Commit("second", tt.edit)
			for _, from := range []string{base, ""} {
				if tt.want == "" {
					r.Plan(from, target)
					continue
				}
				if diff := cmp.Diff([]string{tt.want}, problems(t, planError(t, r, planner.Config{}, from, target))); diff != "" {
					t.Errorf("from %q (-want +got):\n%s", from, diff)
				}
			}
		})
	}
}

// A file over the bound is an error with its name, and is not read into memory.
func TestFileOverTheBound(t *testing.T) {
	r, base := shop(t)
	huge := strings.Repeat("#", spec.MaxFileSize+1)
	target := r.Commit("huge", plantest.Put("prices/huge.yaml", huge))
	repo := &countingRepo{Repo: plantest.Open(t, r.Dir)}
	want := []string{"prices/huge.yaml: the file has more than 32 MiB; split it into several files"}
	if diff := cmp.Diff(want, problems(t, planError(t, r, planner.Config{Repo: repo}, base, target))); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if n := repo.blobs.Load(); n != 0 {
		t.Errorf("%d files were read", n)
	}
	p := r.Planner(planner.Config{})
	pipeline, err := p.Pipeline(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	_, found, err := pipeline.ValidateAll(context.Background(), p.Source(target))
	if err != nil || len(found) != 1 || found[0].String() != want[0] {
		t.Errorf("validate: %v, %v", found, err)
	}
}

// A link where the pipeline file is expected is not followed.
func TestPipelineFileIsALink(t *testing.T) {
	r, base := shop(t)
	target := r.Commit("second", plantest.Link("promoctl.yaml", "other.yaml"), plantest.Put("other.yaml", pricesOnly))
	err := planError(t, r, planner.Config{}, base, target)
	if !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("got %v", err)
	}
}

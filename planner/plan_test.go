package planner_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/plantest"
)

const pricesOnly = `apiVersion: promoctl.dev/v1
kind: Pipeline
metadata: {name: shop}
datasets:
  - {name: prices, files: ["prices/**/*.yaml", "prices/**/*.json"], kind: price}
stores:
  - {name: hot, driver: sqlite, url: hot.db}
`

// price is one record of the kind price.
func price(sku, amount string) string {
	return "- sku: " + sku + "\n  currency: CNY\n  price: " + amount + "\n"
}

// shop is a repository with two files of prices.
func shop(t testing.TB) (r *plantest.Repo, base string) {
	r = plantest.New(t)
	base = r.Commit("first",
		plantest.Put("promoctl.yaml", pricesOnly),
		plantest.Put("prices/a.yaml", price("A1", "10.00")+price("A2", "20.00")),
		plantest.Put("prices/b.yaml", price("B1", "30.00")+price("B2", "40.00")))
	return r, base
}

func TestChangesOfRecords(t *testing.T) {
	put, gone := plantest.Put, plantest.Gone
	a, b := price("A1", "10.00")+price("A2", "20.00"), price("B1", "30.00")+price("B2", "40.00")
	tests := []struct {
		name  string
		edits []plantest.Edit
		want  []string
	}{
		{"nothing", nil, nil},
		{"an update", []plantest.Edit{put("prices/a.yaml", price("A1", "11")+price("A2", "20"))}, []string{"~ prices A1"}},
		{"a create", []plantest.Edit{put("prices/a.yaml", a+price("A3", "5"))}, []string{"+ prices A3"}},
		{"a delete", []plantest.Edit{put("prices/a.yaml", price("A2", "20.00"))}, []string{"- prices A1"}},
		{"a new file", []plantest.Edit{put("prices/c.yaml", price("C1", "1"))}, []string{"+ prices C1"}},
		{"a file goes", []plantest.Edit{gone("prices/a.yaml")}, []string{"- prices A1", "- prices A2"}},
		{"a key changes", []plantest.Edit{put("prices/a.yaml", price("A9", "10")+price("A2", "20"))}, []string{"- prices A1", "+ prices A9"}},
		{"keys sorted byte by byte", []plantest.Edit{put("prices/c.yaml", price("b", "1")+price("B", "1")+price("a", "1"))},
			[]string{"+ prices B", "+ prices a", "+ prices b"}},

		{"a file is renamed", []plantest.Edit{gone("prices/a.yaml"), put("prices/z.yaml", a)}, nil},
		{"a file moves to another folder", []plantest.Edit{gone("prices/a.yaml"), put("prices/deep/er/a.yaml", a)}, nil},
		{"two files change places", []plantest.Edit{put("prices/a.yaml", b), put("prices/b.yaml", a)}, nil},
		{"a file moves and changes", []plantest.Edit{gone("prices/a.yaml"), put("prices/z.yaml", price("A1", "10")+price("A2", "21"))}, []string{"~ prices A2"}},
		{"a file moves where another one was", []plantest.Edit{gone("prices/a.yaml"), put("prices/b.yaml", a)}, []string{"- prices B1", "- prices B2"}},
		{"files are joined", []plantest.Edit{gone("prices/b.yaml"), put("prices/a.yaml", a+b)}, nil},
		{"a file is split", []plantest.Edit{put("prices/a.yaml", price("A1", "10.00")), put("prices/a2.yaml", price("A2", "20.00"))}, nil},
		{"a record moves", []plantest.Edit{put("prices/a.yaml", price("A1", "10")), put("prices/b.yaml", b+price("A2", "20"))}, nil},
		{"a record moves and changes", []plantest.Edit{put("prices/a.yaml", price("A1", "10")), put("prices/b.yaml", b+price("A2", "22"))}, []string{"~ prices A2"}},
		{"records are reordered", []plantest.Edit{put("prices/a.yaml", price("A2", "20.00")+price("A1", "10.00"))}, nil},
		{"fields are reordered", []plantest.Edit{put("prices/a.yaml", "- price: 10.00\n  sku: A1\n  currency: CNY\n"+price("A2", "20.00"))}, nil},
		{"a comment", []plantest.Edit{put("prices/a.yaml", "# sale\n"+a)}, nil},
		{"formatting", []plantest.Edit{put("prices/a.yaml", "- {sku: 'A1', currency: \"CNY\", price: 10}\n-   sku: A2\n    currency: CNY\n    price: 2e1\n")}, nil},
		{"line ends", []plantest.Edit{put("prices/a.yaml", strings.ReplaceAll(a, "\n", "\r\n"))}, nil},
		{"several documents", []plantest.Edit{put("prices/a.yaml", price("A1", "10.00")+"---\n"+price("A2", "20.00"))}, nil},
		{"YAML becomes JSON", []plantest.Edit{gone("prices/a.yaml"),
			put("prices/a.json", `[{"sku":"A1","currency":"CNY","price":10.0},{"sku":"A2","currency":"CNY","price":20}]`)}, nil},
		{"only the mode of a file", []plantest.Edit{plantest.Executable("prices/a.yaml", a)}, nil},
		{"a file outside", []plantest.Edit{put("README.md", "# Shop\n"), put("notes/a.yaml", a)}, nil},
		{"case and Unicode of names", []plantest.Edit{gone("prices/a.yaml"), put("prices/A.yaml", price("A1", "10")), put("prices/價格 é.yaml", price("A2", "21"))}, []string{"~ prices A2"}},
		{"composed and decomposed names are two files", []plantest.Edit{put("prices/\u00e9.yaml", price("C1", "1")), put("prices/e\u0301.yaml", price("C2", "2"))},
			[]string{"+ prices C1", "+ prices C2"}},
		{"a folder becomes a file name", []plantest.Edit{gone("prices/a.yaml"), put("prices/a.yaml/a.yaml", a)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, base := shop(t)
			target := r.Commit("second", tt.edits...)
			plan := r.Plan(base, target)
			want := append([]string{}, tt.want...)
			if diff := cmp.Diff(want, plantest.Changes(plan.Changes)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if plan.Empty() != (len(want) == 0) {
				t.Errorf("Empty is %v with changes %v", plan.Empty(), want)
			}
			back := r.Plan(target, base)
			for i, c := range plan.Changes {
				if diff := cmp.Diff(c.Inverse(), back.Changes[i]); diff != "" {
					t.Errorf("the way back (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// planError returns the error of a plan, which must fail.
func planError(t *testing.T, r *plantest.Repo, c planner.Config, base, target string) error {
	t.Helper()
	plan, err := r.Planner(c).CommitPlan(context.Background(), base, target)
	if err == nil {
		t.Fatalf("the plan has no error and the changes %v", plantest.Changes(plan.Changes))
	}
	return err
}

// The same bytes under another name may be read in another way.
func TestRenamedToAnotherSyntax(t *testing.T) {
	r := plantest.New(t)
	base := r.Commit("first", plantest.Put("promoctl.yaml", pricesOnly), plantest.Put("prices/a.yaml", price("A", "1")))
	target := r.Commit("second", plantest.Gone("prices/a.yaml"), plantest.Put("prices/a.json", price("A", "1")))
	if list := problems(t, planError(t, r, planner.Config{}, base, target)); len(list) != 1 || !strings.HasPrefix(list[0], "prices/a.json:1:") {
		t.Errorf("problems %q", list)
	}
}

package planner_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/plantest"
	"github.com/promoctl/promoctl/spec"
)

func TestDuplicateKeys(t *testing.T) {
	put, gone := plantest.Put, plantest.Gone
	a, b := price("A1", "10.00")+price("A2", "20.00"), price("B1", "30.00")+price("B2", "40.00")
	dup := func(key, at, first string) string {
		return at + `: key "` + key + `" of dataset prices stands here and at ` + first + "; delete one of them, or give it another key"
	}
	tests := []struct {
		name  string
		edits []plantest.Edit
		want  []string
	}{
		{"within a changed file", []plantest.Edit{put("prices/a.yaml", a+price("A1", "11"))},
			[]string{dup("A1", "prices/a.yaml:7:3", "prices/a.yaml:1:3")}},
		{"a new file and one that did not change", []plantest.Edit{put("prices/c.yaml", price("C1", "1")+price("B2", "1"))},
			[]string{dup("B2", "prices/c.yaml:4:3", "prices/b.yaml:4:3")}},
		{"a changed file and one that did not change", []plantest.Edit{put("prices/a.yaml", a+price("B1", "31"))},
			[]string{dup("B1", "prices/a.yaml:7:3", "prices/b.yaml:1:3")}},
		{"a changed file whose record did not change", []plantest.Edit{put("prices/a.yaml", price("A1", "10")+price("A2", "21")), put("prices/c.yaml", price("A1", "12"))},
			[]string{dup("A1", "prices/c.yaml:1:3", "prices/a.yaml:1:3")}},
		{"with equal values", []plantest.Edit{put("prices/c.yaml", price("A1", "10"))},
			[]string{dup("A1", "prices/c.yaml:1:3", "prices/a.yaml:1:3")}},
		{"two changed files", []plantest.Edit{put("prices/a.yaml", a+price("N", "1")), put("prices/b.yaml", b+price("N", "1"))},
			[]string{dup("N", "prices/b.yaml:7:3", "prices/a.yaml:7:3")}},
		{"three files", []plantest.Edit{put("prices/a.yaml", a+price("B1", "1")), put("prices/c.yaml", price("B1", "2"))},
			[]string{dup("B1", "prices/c.yaml:1:3", "prices/a.yaml:7:3")}},
		{"a copy of a file", []plantest.Edit{put("prices/c.yaml", b)},
			[]string{dup("B1", "prices/c.yaml:1:3", "prices/b.yaml:1:3"), dup("B2", "prices/c.yaml:4:3", "prices/b.yaml:4:3")}},
		{"a file moves to two places", []plantest.Edit{gone("prices/b.yaml"), put("prices/c.yaml", b), put("prices/d.yaml", b)},
			[]string{dup("B1", "prices/d.yaml:1:3", "prices/c.yaml:1:3"), dup("B2", "prices/d.yaml:4:3", "prices/c.yaml:4:3")}},
		{"a file moves and leaves a changed copy", []plantest.Edit{put("prices/c.yaml", a), put("prices/a.yaml", price("A1", "11"))},
			[]string{dup("A1", "prices/a.yaml:1:3", "prices/c.yaml:1:3")}},
		{"a record moves and stays", []plantest.Edit{put("prices/b.yaml", b+price("A2", "25")), put("prices/a.yaml", price("A1", "10")+price("A2", "20"))},
			[]string{dup("A2", "prices/b.yaml:7:3", "prices/a.yaml:4:3")}},
		{"keys that are one once they are read", []plantest.Edit{put("prices/c.json", `[{"sku":"\u0041\u0031","currency":"CNY","price":1}]`)},
			[]string{dup("A1", "prices/c.json:1:2", "prices/a.yaml:1:3")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, base := shop(t)
			target := r.Commit("second", tt.edits...)
			if n := len(problems(t, planError(t, r, planner.Config{}, "", target))); n < len(tt.want) {
				t.Errorf("a plan from nothing finds %d problems", n)
			}
			if diff := cmp.Diff(tt.want, problems(t, planError(t, r, planner.Config{}, base, target))); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// problems returns the lines of an error that must be spec.Problems.
func problems(t *testing.T, err error) []string {
	t.Helper()
	var ps spec.Problems
	if !errors.As(err, &ps) {
		t.Fatalf("want problems, got %v", err)
	}
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return lines
}

// A base that has a key twice was never live. What a plan from it would say about the
// key is not true, so it says that instead.
func TestBaseWithDuplicates(t *testing.T) {
	r := plantest.New(t)
	base := r.Commit("twice", plantest.Put("promoctl.yaml", pricesOnly),
		plantest.Put("prices/a.yaml", price("A1", "10")), plantest.Put("prices/b.yaml", price("A1", "11")+price("B1", "1")))
	tests := []struct {
		name  string
		edits []plantest.Edit
		want  string
	}{
		{"one of them goes", []plantest.Edit{plantest.Put("prices/b.yaml", price("B1", "1"))},
			`prices/b.yaml:1:3: key "A1" of dataset prices stands here and at prices/a.yaml:1:3; delete one of them, or give it another key`},
		{"both go", []plantest.Edit{plantest.Gone("prices")},
			`prices/b.yaml:1:3: key "A1" of dataset prices stands here and at prices/a.yaml:1:3; delete one of them, or give it another key`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			target := r.CommitOn([]string{base}, tt.name, tt.edits...)
			want := "the base commit " + base[:10] + " holds invalid data, so nobody can say what changes from it; start from another commit with --base: " + tt.want
			if got := planError(t, r, planner.Config{}, base, target).Error(); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

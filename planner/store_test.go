package planner_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/plantest"
	"github.com/promoctl/promoctl/spec"
)

func storePlan(t *testing.T, p *planner.Planner, store, base, target string) *planner.StorePlan {
	t.Helper()
	plan, err := p.StorePlan(context.Background(), store, base, target)
	if err != nil {
		t.Fatal(err)
	}
	checkDelta(t, plan)
	return plan
}

// checkDelta counts what the changes do once more.
func checkDelta(t interface {
	Helper()
	Errorf(string, ...any)
}, plan *planner.StorePlan) {
	t.Helper()
	want := map[string]planner.Delta{}
	for name := range plan.Datasets {
		want[name] = planner.Delta{}
	}
	for _, c := range plan.Changes {
		d := want[c.Dataset]
		if c.Before != nil {
			d.Removed = d.Removed.Add(c.Before.Digest)
		}
		if c.After != nil {
			d.Added = d.Added.Add(c.After.Digest)
		}
		want[c.Dataset] = d
	}
	got := map[string]planner.Delta{}
	for name, d := range plan.Datasets {
		got[name] = d.Delta
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("deltas (-recounted +plan):\n%s", diff)
	}
}

func TestStorePlanHoldsWhatTheStoreTakes(t *testing.T) {
	const pipeline = `apiVersion: promoctl.dev/v1
kind: Pipeline
metadata: {name: shop}
datasets:
  - {name: both, files: ["both/*.yaml"], key: [id]}
  - {name: cool, files: ["cool/*.yaml"], key: [id], stores: [cold]}
  - {name: later, files: ["later/*.yaml"], key: [id], stores: [cold]}
stores:
  - {name: hot, driver: sqlite, url: hot.db}
  - {name: cold, driver: file, url: cold}
`
	r := plantest.New(t)
	base := r.Commit("first", plantest.Put("promoctl.yaml", pipeline), plantest.Put("both/a.yaml", "- {id: b1}\n- {id: b2}\n"),
		plantest.Put("cool/a.yaml", "- {id: c1}\n"), plantest.Put("later/a.yaml", "- {id: l1}\n- {id: l2}\n"))
	target := r.Commit("second", plantest.Put("both/a.yaml", "- {id: b1, x: 1}\n"), plantest.Put("cool/a.yaml", "- {id: c2}\n"),
		plantest.Put("promoctl.yaml", replace(t, pipeline, "later/*.yaml\"], key: [id], stores: [cold]", "later/*.yaml\"], key: [id], stores: [hot]")))
	type want struct {
		Changes []string
		Base    []string // datasets with a layout at the base
		Target  []string
	}
	tests := []struct {
		name, store, base, target string
		want                      want
	}{
		{"a step", "hot", base, target, want{[]string{"~ both b1", "- both b2", "+ later l1", "+ later l2"}, []string{"both"}, []string{"both", "later"}}},
		{"the other store", "cold", base, target, want{[]string{"~ both b1", "- both b2", "- cool c1", "+ cool c2", "- later l1", "- later l2"}, []string{"both", "cool", "later"}, []string{"both", "cool"}}},
		{"a new store", "hot", "", target, want{[]string{"+ both b1", "+ later l1", "+ later l2"}, nil, []string{"both", "later"}}},
		{"nothing to do", "hot", target, target, want{[]string{}, []string{"both", "later"}, []string{"both", "later"}}},
		{"the way back", "cold", target, base, want{[]string{"~ both b1", "+ both b2", "+ cool c1", "- cool c2", "+ later l1", "+ later l2"}, []string{"both", "cool"}, []string{"both", "cool", "later"}}},
	}
	p := r.Planner(planner.Config{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan := storePlan(t, p, tt.store, tt.base, tt.target)
			got := want{Changes: plantest.Changes(plan.Changes)}
			for _, name := range []string{"both", "cool", "later"} {
				if plan.Datasets[name].Base != nil {
					got.Base = append(got.Base, name)
				}
				if plan.Datasets[name].Target != nil {
					got.Target = append(got.Target, name)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || plan.Store != tt.store {
				t.Errorf("%s (-want +got):\n%s", plan.Store, diff)
			}
		})
	}
	if _, err := p.StorePlan(context.Background(), "warm", base, target); err == nil || err.Error() != "commit "+target[:10]+" declares no store warm" {
		t.Errorf("an unknown store: %v", err)
	}
}

// A store replaces a dataset whose key or types change; where a column is added it
// gets the changes only.
func TestStorePlanReplaces(t *testing.T) {
	r, base := thingsRepo(t)
	digest := func(records ...string) spec.DataDigest {
		var d spec.DataDigest
		for i := 0; i < len(records); i += 2 {
			d = d.Add(spec.RecordDigest(spec.Key(records[i]), []byte(records[i+1])))
		}
		return d
	}
	tests := []struct {
		name    string
		edits   []plantest.Edit
		replace bool
		delta   planner.Delta
	}{
		{"another key", []plantest.Edit{plantest.Put("promoctl.yaml", replace(t, things, "key: [id]", "key: [name]"))}, true,
			planner.Delta{Added: digest("A", `{"id":"a","name":"A","size":1}`, "B", `{"id":"b","name":"B","size":2.5}`)}},
		{"a narrower type", []plantest.Edit{plantest.Put("thing.json", replace(t, thingSchema, `"size": {"type": "number"}`, `"size": {"type": "integer"}`)),
			plantest.Put("things/b.yaml", "- {id: b, name: B, size: 2}\n")}, true,
			planner.Delta{Added: digest("a", `{"id":"a","name":"A","size":1}`, "b", `{"id":"b","name":"B","size":2}`)}},
		{"a column more", []plantest.Edit{plantest.Put("thing.json", replace(t, thingSchema, `"name": {`, `"color": {"type": "string"}, "name": {`)),
			plantest.Put("things/b.yaml", "- {id: b, name: B, size: 2.5, color: red}\n")}, false,
			planner.Delta{Removed: digest("b", `{"id":"b","name":"B","size":2.5}`), Added: digest("b", `{"color":"red","id":"b","name":"B","size":2.5}`)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			target := r.CommitOn([]string{base}, tt.name, tt.edits...)
			plan := storePlan(t, r.Planner(planner.Config{}), "hot", base, target)
			d := plan.Datasets["things"]
			if d.Replace != tt.replace || d.Base == nil || d.Target == nil {
				t.Errorf("replace %v, layouts %v and %v", d.Replace, d.Base, d.Target)
			}
			if diff := cmp.Diff(tt.delta, d.Delta); diff != "" {
				t.Errorf("delta (-want +got):\n%s", diff)
			}
		})
	}
}

// What is wrong with the data stops a store plan as it stops a commit plan.
func TestStorePlanOfInvalidData(t *testing.T) {
	r, base := shop(t)
	target := r.Commit("second", plantest.Put("prices/a.yaml", price("A1", "1x")))
	for _, from := range []string{base, ""} {
		_, err := r.Planner(planner.Config{}).StorePlan(context.Background(), "hot", from, target)
		if list := problems(t, err); len(list) != 1 {
			t.Errorf("problems %q", list)
		}
	}
}

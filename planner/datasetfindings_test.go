package planner_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/plantest"
)

// What no guardrail sees, because there is no record left to look at.
func TestFindingsAboutDatasets(t *testing.T) {
	put, gone := plantest.Put, plantest.Gone
	pipeline := func(old, now string) plantest.Edit { return put("promoctl.yaml", replace(t, things, old, now)) }
	const line = `  - {name: things, files: ["things/*.yaml"], schema: thing.json, key: [id], stores: [hot]}`
	const bits = `  - {name: bits, files: ["bits/*.yaml"], key: [id], stores: [hot]}`
	const goes = "approve dataset-gone things dataset things is gone or has another name: 2 records are deleted from hot"
	const empty = "approve dataset-emptied things dataset things has no record any more: 2 records are deleted; are its files where promoctl.yaml looks for them?"
	const key = "approve dataset-replaced things key or types of dataset things change: stores build it anew beside the old one and swap"
	tests := []struct {
		name  string
		edits []plantest.Edit
		want  []string
	}{
		{"gone", []plantest.Edit{pipeline(line, bits)}, []string{goes}},
		{"renamed", []plantest.Edit{pipeline("name: things", "name: bits")}, []string{goes}},
		{"gone with its store", []plantest.Edit{put("promoctl.yaml", replace(t, without(t, things, "name: hot"), line, strings.Replace(bits, "hot", "cold", 1)))},
			[]string{"approve store-gone store hot is no longer released to; it keeps serving what it has",
				"approve dataset-gone things dataset things, of 2 records, is gone, and so are its stores; they keep serving it"}},
		{"files renamed out of the pattern", []plantest.Edit{gone("things"), put("things/a.yml", "- {id: a, size: 1}\n")}, []string{empty}},
		{"a pattern with a typing error", []plantest.Edit{pipeline("things/*.yaml", "thing/*.yaml")}, []string{empty}},
		{"files emptied", []plantest.Edit{put("things/a.yaml", "[]\n"), put("things/b.yaml", "# none\n")}, []string{empty}},
		{"a record stays in a file that did not change", []plantest.Edit{gone("things/a.yaml")}, []string{}},
		{"a record comes as others go", []plantest.Edit{gone("things"), put("things/c.yaml", "- {id: c, size: 1}\n")}, []string{}},
		{"a record stays in a file of a folder", []plantest.Edit{pipeline("things/*.yaml", "things/**/*.yaml"), gone("things"), put("things/x/y.yaml", "- {id: a, name: A, size: 1}\n")}, []string{}},
		{"another key", []plantest.Edit{pipeline("key: [id]", "key: [name]")}, []string{key}},
		{"other types", []plantest.Edit{put("thing.json", replace(t, thingSchema, `"name": {"type": "string"}`, `"name": {"type": "integer"}`)),
			put("things/a.yaml", "- {id: a, name: 1, size: 1}\n"), put("things/b.yaml", "- {id: b, name: 2, size: 2.5}\n")}, []string{key}},
		{"leaves a store", []plantest.Edit{pipeline("stores: [hot]", "stores: [cold]")},
			[]string{"approve dataset-leaves-store things dataset things no longer goes to store hot, where its records are deleted"}},
		{"its store is gone", []plantest.Edit{put("promoctl.yaml", replace(t, without(t, things, "name: hot"), "stores: [hot]", "stores: [cold]"))},
			[]string{"approve store-gone store hot is no longer released to; it keeps serving what it has"}},
		{"another store", []plantest.Edit{pipeline("stores: [hot]", "stores: [hot, cold]")}, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, base := thingsRepo(t)
			plan := r.Plan(base, r.Commit("second", tt.edits...))
			if diff := cmp.Diff(tt.want, said(plan.Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			for _, c := range plan.Config {
				if strings.Contains(c.What, "leaves store hot") && tt.name != "leaves a store" || tt.name == "gone with its store" && strings.Contains(c.What, "deleted") {
					t.Errorf("it says %q", c.What)
				}
			}
		})
	}
}

// An empty dataset that stays empty is no news, and neither is one that never held anything.
func TestEmptyDatasetGoes(t *testing.T) {
	r := plantest.New(t)
	base := r.Commit("base", plantest.Put("promoctl.yaml", things), plantest.Put("thing.json", thingSchema))
	plan := r.Plan(base, r.Commit("second", plantest.Put("promoctl.yaml", replace(t, things, "name: things", "name: bits"))))
	if diff := cmp.Diff([]string{}, said(plan.Findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestSensitiveExposed(t *testing.T) {
	secret := replace(t, thingSchema, `"name": {"type": "string"}`, `"name": {"type": "string", "x-sensitive": true}`)
	want := []string{"approve sensitive-exposed things dataset things has sensitive fields, and store cold gets it for the first time"}
	wider := replace(t, things, "stores: [hot]", "stores: [hot, cold]")
	for _, tt := range []struct {
		name, schema, before, after string
		want                        []string
	}{
		{"sensitive before", secret, things, wider, want},
		{"sensitive as it goes there", thingSchema, things, wider, want},
		{"a new store for all", secret, replace(t, without(t, things, "name: cold"), ", stores: [hot]", ""), replace(t, things, ", stores: [hot]", ""), want},
		{"stays where it is", secret, wider, wider, []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := plantest.New(t)
			base := r.Commit("base", plantest.Put("promoctl.yaml", tt.before), plantest.Put("thing.json", tt.schema), plantest.Put("things/a.yaml", "- {id: a, name: A, size: 1}\n"))
			plan := r.Plan(base, r.Commit("second", plantest.Put("promoctl.yaml", tt.after), plantest.Put("thing.json", secret)))
			if diff := cmp.Diff(tt.want, said(plan.Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// A price does not escape its guardrail by getting another key in the same commit.
func TestPricesAreComparedAcrossKeys(t *testing.T) {
	const schema = `{"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}, "region": {"type": "string"}, "price": {"type": "number", "x-price": true}}}`
	pipeline := func(key string) plantest.Edit {
		return plantest.Put("promoctl.yaml", replace(t, guarded, "kind: price}", "schema: s.json, key: ["+key+"]}"))
	}
	const replaced = "approve dataset-replaced prices key or types of dataset prices change: stores build it anew beside the old one and swap"
	for _, tt := range []struct {
		name, from, to, before, after string
		want                          []string
	}{
		{"a wider key", "sku", "sku, region", "- {sku: A, region: DE, price: 10}\n", "- {sku: A, region: DE, price: 11}\n- {sku: A, region: FR, price: 20}\n",
			[]string{"deny price-change prices A/FR price 10 -> 20", replaced}},
		{"a narrower key", "sku, region", "sku", "- {sku: A, region: DE, price: 10}\n- {sku: B, region: DE, price: 10}\n", "- {sku: A, price: 20}\n- {sku: B, price: 10}\n",
			[]string{"deny price-change prices A price 10 -> 20", replaced}},
		{"a narrower key that several had", "sku, region", "sku", "- {sku: A, region: DE, price: 10}\n- {sku: A, region: FR, price: 20}\n", "- {sku: A, price: 20}\n", []string{replaced}},
		{"nothing in common", "sku", "region", "- {sku: A, region: DE, price: 10}\n", "- {sku: B, region: FR, price: 20}\n", []string{replaced}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := plantest.New(t)
			base := r.Commit("base", pipeline(tt.from), plantest.Put("s.json", schema), plantest.Put("prices/a.yaml", tt.before))
			plan := r.Plan(base, r.Commit("target", pipeline(tt.to), plantest.Put("prices/a.yaml", tt.after)))
			if diff := cmp.Diff(tt.want, said(plan.Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			for _, c := range plan.Changes {
				if c.Op == planner.Update {
					t.Errorf("the plan itself updates %s", c.Key)
				}
			}
		})
	}
}

// A dataset that was empty before may be so again; a file that is lost by a typing error
// is not forgiven because the pipeline file was live.
func TestReturnsOfDatasets(t *testing.T) {
	r, full := thingsRepo(t)
	gone := r.Commit("gone", plantest.Gone("things"))
	empty := r.CommitOn([]string{gone}, "empty before", plantest.Put("x", ""))
	for _, tt := range []struct {
		name  string
		live  string
		level planner.Level
	}{{"it was never empty", full, planner.Approve}, {"it was empty", empty, planner.Warn}} {
		before := func(context.Context) []string { return []string{tt.live, ""} }
		again := r.CommitOn([]string{full}, "again", plantest.Put("y", ""))
		plan, err := r.Planner(planner.Config{LiveBefore: before}).CommitPlan(context.Background(), again, gone)
		if err != nil {
			t.Fatal(err)
		}
		if len(plan.Findings) != 1 || plan.Findings[0].Level != tt.level || plan.Findings[0].Rule != "dataset-emptied" {
			t.Errorf("%s: %v", tt.name, said(plan.Findings))
		}
	}
}

package planner_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/plantest"
)

const things = `apiVersion: promoctl.dev/v1
kind: Pipeline
metadata: {name: shop}
datasets:
  - {name: things, files: ["things/*.yaml"], schema: thing.json, key: [id], stores: [hot]}
stores:
  - {name: hot, driver: sqlite, url: hot.db}
  - {name: cold, driver: file, url: cold}
guardrails:
  - {rule: price-change, maxPercent: 30}
`

const thingSchema = `{"type": "object", "required": ["id", "size"], "additionalProperties": false, "properties": {
  "id": {"type": "string"}, "name": {"type": "string"}, "size": {"type": "number"}}}`

// thingsRepo has two things in two files.
func thingsRepo(t *testing.T) (r *plantest.Repo, base string) {
	r = plantest.New(t)
	base = r.Commit("first", plantest.Put("promoctl.yaml", things), plantest.Put("thing.json", thingSchema),
		plantest.Put("things/a.yaml", "- {id: a, name: A, size: 1}\n"), plantest.Put("things/b.yaml", "- {id: b, name: B, size: 2.5}\n"))
	return r, base
}

func TestChangedPipelineFile(t *testing.T) {
	pipeline := func(text string) plantest.Edit { return plantest.Put("promoctl.yaml", text) }
	schema := func(text string) plantest.Edit { return plantest.Put("thing.json", text) }
	more := replace(t, things, "stores:\n  - {name: hot", "  - {name: others, files: [\"others/*.yaml\"], key: [id]}\nstores:\n  - {name: hot")
	tests := []struct {
		name    string
		edits   []plantest.Edit
		changes []string
		config  []string
		replace bool
	}{
		{"comments and order", []plantest.Edit{pipeline("# our shop\n" + replace(t, things, "name: things, files: [\"things/*.yaml\"]", "files: [\"things/*.yaml\"], name: things"))}, nil, nil, false},
		{"files move in the file and in the tree", []plantest.Edit{pipeline(replace(t, things, "things/*.yaml", "all/**/*.yml")), plantest.Gone("things"),
			plantest.Put("all/x/a.yml", "- {id: a, name: A, size: 1}\n"), plantest.Put("all/b.yml", "- {id: b, name: B, size: 2.5}\n")}, nil, nil, false},
		{"fewer files", []plantest.Edit{pipeline(replace(t, things, "things/*.yaml\"", "things/*.yaml\", \"!things/b*\""))}, []string{"- things b"}, nil, false},
		{"a dataset is new", []plantest.Edit{pipeline(more), plantest.Put("others/a.yaml", "- {id: x}\n")},
			[]string{"+ others x"}, []string{"dataset others: new, to hot, cold"}, false},
		{"a dataset is gone", []plantest.Edit{pipeline(replace(t, more, `name: things, files: ["things/*.yaml"], schema: thing.json, key: [id], stores: [hot]`, `name: bits, files: ["bits/*.yaml"], key: [id]`))},
			[]string{"- things a", "- things b"},
			[]string{"dataset bits: new, to hot, cold", "dataset others: new, to hot, cold", "dataset things: gone, all its records are deleted"}, false},
		{"a store is new to a dataset", []plantest.Edit{pipeline(replace(t, things, "stores: [hot]", "stores: [hot, cold]"))}, nil,
			[]string{"dataset things: new to store cold, which gets all of it"}, false},
		{"a dataset leaves a store", []plantest.Edit{pipeline(replace(t, things, "stores: [hot]", "stores: [cold]"))}, nil,
			[]string{"dataset things: new to store cold, which gets all of it", "dataset things: leaves store hot, where its records are deleted"}, false},
		{"another key", []plantest.Edit{pipeline(replace(t, things, "key: [id]", "key: [name]"))},
			[]string{"+ things A", "+ things B", "- things a", "- things b"},
			[]string{"dataset things: key changes from [id] to [name], so stores replace it as a whole"}, true},
		{"a column more", []plantest.Edit{schema(replace(t, thingSchema, `"name": {`, `"color": {"type": "string"}, "name": {`))}, nil,
			[]string{"dataset things: field color (string) is added"}, false},
		{"a column more, and used", []plantest.Edit{schema(replace(t, thingSchema, `"name": {`, `"color": {"type": "string"}, "name": {`)),
			plantest.Put("things/b.yaml", "- {id: b, name: B, size: 2.5, color: red}\n")}, []string{"~ things b"},
			[]string{"dataset things: field color (string) is added"}, false},
		{"a narrower type", []plantest.Edit{schema(replace(t, thingSchema, `"size": {"type": "number"}`, `"size": {"type": "integer"}`)),
			plantest.Put("things/b.yaml", "- {id: b, name: B, size: 2}\n")}, []string{"~ things b"},
			[]string{"dataset things: types change (field size changes from number to integer), so stores replace it as a whole"}, true},
		{"a dropped column", []plantest.Edit{schema(`{"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}`)}, nil,
			[]string{"dataset things: types change (field size goes), so stores replace it as a whole"}, true},
		{"a schema that means the same to stores", []plantest.Edit{schema(replace(t, thingSchema, `"size": {"type": "number"}`, `"size": {"type": "number", "maximum": 9}`))}, nil,
			[]string{"dataset things: schema or place of the records changes"}, false},
		{"a store is new", []plantest.Edit{pipeline(replace(t, things, "  - {name: cold", "  - {name: warm, driver: file, url: warm}\n  - {name: cold"))}, nil,
			[]string{"store warm: new (file), gets all datasets that it takes"}, false},
		{"a store goes", []plantest.Edit{pipeline(without(t, things, "name: cold"))}, nil, []string{"store cold: gone, what it serves stays there as it is"}, false},
		{"a store moves", []plantest.Edit{pipeline(replace(t, things, "url: cold", "url: colder"))}, nil, []string{"store cold: address changed"}, false},
		{"a store's settings", []plantest.Edit{pipeline(replace(t, things, "url: cold", "url: cold, required: false"))}, nil, []string{"store cold: settings changed"}, false},
		{"another lead", []plantest.Edit{pipeline(replace(t, things, "url: hot.db", "url: hot.db, required: false"))}, nil,
			[]string{"store hot: settings changed", "store cold: leads releases instead of hot"}, false},
		{"guardrails", []plantest.Edit{pipeline(replace(t, things, "maxPercent: 30}", "maxPercent: 20}\n  - {rule: zero-price}"))}, nil,
			[]string{"guardrail price-change: changed", "guardrail zero-price: new"}, false},
		{"release settings", []plantest.Edit{pipeline(things + "release: {deadline: 20s}\n")}, nil, []string{"release settings: changed"}, false},
		{"the name", []plantest.Edit{pipeline(replace(t, things, "name: shop", "name: store"))}, nil, []string{"pipeline: renamed from shop to store"}, false},
		{"the digest key", []plantest.Edit{pipeline(things + "sensitive: {digestKey: \"${KEY}\"}\n")}, nil, []string{"digest key of sensitive fields: another one"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, base := thingsRepo(t)
			plan := r.Plan(base, r.Commit("second", tt.edits...))
			if diff := cmp.Diff(append([]string{}, tt.changes...), plantest.Changes(plan.Changes)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			var config []string
			for _, c := range plan.Config {
				config = append(config, c.What)
			}
			if diff := cmp.Diff(tt.config, config); diff != "" {
				t.Errorf("config (-want +got):\n%s", diff)
			}
			replaced := len(plan.Datasets) > 0 && plan.Datasets[0].Replace
			if replaced != tt.replace || plan.Empty() != (len(tt.changes)+len(tt.config) == 0) {
				t.Errorf("replace %v, empty %v", replaced, plan.Empty())
			}
		})
	}
}

func TestBaseWithoutPipelineFile(t *testing.T) {
	r := plantest.New(t)
	base := r.Commit("data only", plantest.Put("prices/a.yaml", price("A", "1")))
	target := r.Commit("pipeline", plantest.Put("promoctl.yaml", pricesOnly))
	plan := r.Plan(base, target)
	if diff := cmp.Diff([]string{"+ prices A"}, plantest.Changes(plan.Changes)); diff != "" || plan.Base.Hash != base {
		t.Errorf("base %s, changes (-want +got):\n%s", plan.Base.Hash, diff)
	}
	if whole := r.Plan("", target); whole.Digest != plan.Digest {
		t.Error("a plan from nothing is another one")
	}
}

func TestInvalidPipelineFile(t *testing.T) {
	r, good := shop(t)
	bad := r.Commit("second", plantest.Put("promoctl.yaml", replace(t, pricesOnly, "kind: price", "kind: prise")))
	fixed := r.Commit("third", plantest.Put("promoctl.yaml", pricesOnly))
	err := planError(t, r, planner.Config{}, good, bad)
	if list := problems(t, err); len(list) != 1 || !strings.HasPrefix(list[0], "promoctl.yaml:5:") {
		t.Errorf("got %q", list)
	}
	err = planError(t, r, planner.Config{}, bad, fixed)
	if want := "base: commit " + bad[:10] + ": promoctl.yaml:5:"; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

const environments = things + `environments:
  staging: {stores: [{name: hot, url: staging.db}]}
  production: {guardrails: [{rule: price-change, maxPercent: 10}]}
`

func TestEnvironments(t *testing.T) {
	const whole, part = "+ things a\n+ things b", "~ things a"
	tests := []struct {
		name         string
		base, target string // pipeline files
		env          string
		changes      string
		config       string
		err          string
	}{
		{"declared on both sides", environments, environments, "staging", part, "", ""},
		{"new at the target", strings.Replace(environments, "staging:", "test:", 1), environments, "staging", whole, "environment staging: new, everything is released to it", ""},
		{"none declared at the base", things, environments, "production", part, "environment production: new, the file declared none before\nguardrail price-change: changed", ""},
		{"none declared at the target", environments, things, "", whole, "environments: none any more, so everything is released anew", ""},
		{"unknown", environments, environments, "prod", "", "", `environment prod is not declared`},
		{"none declared anywhere", things, things, "prod", "", "", `environment prod is not declared, and neither is any other; run without --env`},
		{"none chosen", environments, environments, "", "", "", `choose one with --env production|staging`},
		{"the default", environments + "defaultEnvironment: staging\n", environments + "defaultEnvironment: staging\n", "", part, "", ""},
		{"another default", environments + "defaultEnvironment: staging\n", environments + "defaultEnvironment: production\n", "", part, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, _ := thingsRepo(t)
			base := r.Commit("base", plantest.Put("promoctl.yaml", tt.base))
			target := r.Commit("target", plantest.Put("promoctl.yaml", tt.target), plantest.Put("things/a.yaml", "- {id: a, name: A, size: 1.5}\n"))
			plan, err := r.Planner(planner.Config{Env: tt.env}).CommitPlan(context.Background(), base, target)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("want %q, got %v", tt.err, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var config []string
			for _, c := range plan.Config {
				config = append(config, c.What)
			}
			if diff := cmp.Diff(tt.changes, strings.Join(plantest.Changes(plan.Changes), "\n")); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.config, strings.Join(config, "\n")); diff != "" {
				t.Errorf("config (-want +got):\n%s", diff)
			}
		})
	}
}

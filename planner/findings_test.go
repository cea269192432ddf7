package planner_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/plantest"
)

const guarded = pricesOnly + `guardrails:
  - {rule: price-change, maxPercent: 30}
`

// said writes findings as lines: "deny price-change prices A price 10 -> 20".
func said(findings []planner.Finding) []string {
	lines := []string{}
	for _, f := range findings {
		lines = append(lines, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s %s %s", f.Level, f.Rule, f.Dataset, f.Key, f.Field, values(f))), " "))
	}
	return lines
}

func values(f planner.Finding) string {
	if f.Key == "" {
		return f.Message
	}
	return f.Before + " -> " + f.After
}

// The rules of both sides run and the stricter answer wins.
func TestGuardrailsOfBothSides(t *testing.T) {
	pipeline := func(rules string) plantest.Edit {
		if rules != "" {
			rules = "guardrails:\n" + rules
		}
		return plantest.Put("promoctl.yaml", pricesOnly+rules)
	}
	const thirty, fifty = "  - {rule: price-change, maxPercent: 30}\n", "  - {rule: price-change, maxPercent: 50}\n"
	const found, warned = "deny price-change prices A price 10 -> 14", "warn price-change prices A price 10 -> 14"
	tests := []struct {
		name, base, target string
		want               []string
	}{
		{"none", "", "", nil},
		{"the same", thirty, thirty, []string{found}},
		{"the same, loose", fifty, fifty, nil},
		{"new", "", thirty, []string{found}},
		{"tighter", fifty, thirty, []string{found}},
		{"dropped", thirty, "", []string{found, "approve guardrail-loosened guardrail price-change is loosened: it is gone"}},
		{"renamed", thirty, "  - {rule: price-change, name: big, maxPercent: 50}\n", []string{found, "approve guardrail-loosened guardrail price-change is loosened: it is gone"}},
		{"looser", thirty, fifty, []string{found, "approve guardrail-loosened guardrail price-change is loosened: maxPercent 50 instead of 30"}},
		{"another level", thirty, "  - {rule: price-change, maxPercent: 30, level: warn}\n",
			[]string{found, "approve guardrail-loosened guardrail price-change is loosened: level warn instead of deny"}},
		{"a stricter level", "  - {rule: price-change, maxPercent: 30, level: warn}\n", thirty, []string{found}},
		{"a level that warns", "  - {rule: price-change, maxPercent: 30, level: warn}\n", "  - {rule: price-change, maxPercent: 30, level: warn}\n", []string{warned}},
		{"another rule of that name", "  - {rule: price-change, name: p, maxPercent: 30}\n", "  - {rule: zero-price, name: p}\n",
			[]string{"deny p prices A price 10 -> 14", "approve guardrail-loosened guardrail p is loosened: rule zero-price instead of price-change"}},
		{"other fields", thirty, "  - {rule: price-change, maxPercent: 30, fields: [list_price]}\n",
			[]string{found, "approve guardrail-loosened guardrail price-change is loosened: it covers other fields"}},
		{"more fields", "  - {rule: price-change, maxPercent: 30, fields: [price]}\n", thirty, []string{found}},
		{"all datasets by name", thirty, "  - {rule: price-change, maxPercent: 30, datasets: [prices]}\n", []string{found}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := plantest.New(t)
			base := r.Commit("base", pipeline(tt.base), plantest.Put("prices/a.yaml", price("A", "10")))
			target := r.Commit("target", pipeline(tt.target), plantest.Put("prices/a.yaml", price("A", "14")))
			plan := r.Plan(base, target)
			if diff := cmp.Diff(append([]string{}, tt.want...), said(plan.Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			blocking := 0
			for _, line := range tt.want {
				if !strings.HasPrefix(line, "warn") {
					blocking++
				}
			}
			if n := len(plan.Blocking()); n != blocking {
				t.Errorf("%d findings block, want %d", n, blocking)
			}
		})
	}
}

// A schema that loses its marks would switch guardrails and masking off.
func TestSchemaLosesMarks(t *testing.T) {
	const schema = `{"type": "object", "x-key": ["id"], "x-cap": ["limit"], "required": ["id"], "properties": {"id": {"type": "string"},
  "price": {"type": "number", "x-price": true}, "limit": {"type": "integer"}, "code": {"type": "string", "x-sensitive": true}}}`
	const pipeline = pricesOnly + "guardrails: [{rule: price-change, maxPercent: 30}, {rule: coupon-cap}]\n"
	r := plantest.New(t)
	base := r.Commit("base", plantest.Put("promoctl.yaml", replace(t, pipeline, "kind: price}", "schema: s.json}")), plantest.Put("s.json", schema),
		plantest.Put("prices/a.yaml", "- {id: A, price: 10, limit: 5, code: AAAA}\n"))
	tests := []struct {
		name, old, now, record string
		want                   []string
	}{
		{"a price", `, "x-price": true`, "", "- {id: A, price: 20, limit: 5, code: AAAA}\n", []string{"deny price-change prices A price 10 -> 20",
			"approve guardrail-loosened dataset prices: the schema no longer marks price as a price, so guardrails stop looking at it"}},
		{"the cap", `"x-cap": ["limit"], `, "", "- {id: A, price: 10, code: AAAA}\n", []string{"deny coupon-cap prices A limit ->",
			"approve guardrail-loosened dataset prices: the schema changes what counts as a cap"}},
		{"a weaker cap", `"x-cap": ["limit"]`, `"x-cap": ["limit", "price"]`, "- {id: A, price: 10, code: AAAA}\n", []string{"deny coupon-cap prices A limit ->",
			"approve guardrail-loosened dataset prices: the schema changes what counts as a cap"}},
		{"a secret", `, "x-sensitive": true`, "", "- {id: A, price: 10, limit: 5, code: BBBB}\n", []string{
			"approve sensitive-unmarked dataset prices: code is no longer sensitive, so plans, logs and metrics will show it"}},
		{"a field", `, "code": {"type": "string", "x-sensitive": true}`, "", "- {id: A, price: 10, limit: 5}\n", []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			target := r.CommitOn([]string{base}, "target", plantest.Put("s.json", replace(t, schema, tt.old, tt.now)), plantest.Put("prices/a.yaml", tt.record))
			plan := r.Plan(base, target)
			if diff := cmp.Diff(tt.want, said(plan.Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			var out strings.Builder
			if err := plan.WriteText(&out, planner.TextOptions{}); err != nil || strings.Contains(out.String(), "AAAA") || strings.Contains(out.String(), "BBBB") {
				t.Errorf("%v, and the code shows:\n%s", err, &out)
			}
		})
	}
}

func TestFindingsAboutStores(t *testing.T) {
	r, base := thingsRepo(t)
	fingerprints := map[string]string{}
	for _, tt := range []struct{ name, old, now, want string }{
		{"another address", "url: cold", "url: colder", "approve store-address store cold gets another address; what the old place serves stays there"},
		{"yet another address", "url: cold", "url: coldest", "approve store-address store cold gets another address; what the old place serves stays there"},
		{"another prefix", "url: cold", "url: cold, prefix: p_", "approve store-address store cold gets another address; what the old place serves stays there"},
		{"another driver", "driver: file, url: cold", "driver: sqlite, url: cold", "approve store-address store cold gets another address; what the old place serves stays there"},
		{"gone", "  - {name: cold, driver: file, url: cold}\n", "", "approve store-gone store cold is no longer released to; it keeps serving what it has"},
		{"another key", "key: [id]", "key: [name]", "approve dataset-replaced things key or types of dataset things change: stores build it anew beside the old one and swap"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plan := r.Plan(base, r.CommitOn([]string{base}, "target", plantest.Put("promoctl.yaml", replace(t, things, tt.old, tt.now))))
			if diff := cmp.Diff([]string{tt.want}, said(plan.Findings)); diff != "" {
				t.Fatalf("findings (-want +got):\n%s", diff)
			}
			f := plan.Findings[0].Fingerprint
			if other := fingerprints[f]; other != "" {
				t.Errorf("an override for %q would hold for this too", other)
			}
			fingerprints[f] = tt.name
			if strings.Contains(plan.Findings[0].Before+plan.Findings[0].After, "col") {
				t.Errorf("the address shows: %+v", plan.Findings[0])
			}
		})
	}
}

// An override holds for what somebody saw and for nothing else.
func TestFingerprintsAreStable(t *testing.T) {
	r := plantest.New(t)
	first := r.Commit("first", plantest.Put("promoctl.yaml", guarded), plantest.Put("prices/a.yaml", price("A", "10")+price("B", "10")))
	slip := r.Commit("slip", plantest.Put("prices/a.yaml", price("A", "20")+price("B", "10")))
	moved := r.Commit("moved, with other changes and comments", plantest.Put("prices/a.yaml", price("B", "11")), plantest.Put("prices/b.yaml", "# dear\n"+price("A", "20.00")))
	more := r.Commit("another value", plantest.Put("prices/b.yaml", price("A", "21")))
	one := func(base, target string) string {
		t.Helper()
		plan := r.Plan(base, target)
		if len(plan.Findings) != 1 {
			t.Fatalf("findings %v", said(plan.Findings))
		}
		return plan.Findings[0].Fingerprint
	}
	seen := one(first, slip)
	if got := one(first, moved); got != seen {
		t.Errorf("the same finding has fingerprints %s and %s", seen, got)
	}
	if got := one(first, more); got == seen {
		t.Errorf("another value has the same fingerprint %s", got)
	}
	loose := r.CommitOn([]string{slip}, "loose", plantest.Put("promoctl.yaml", replace(t, guarded, "30", "40")))
	for _, f := range r.Plan(first, loose).Findings {
		if f.Dataset != "" && f.Fingerprint != seen {
			t.Errorf("another limit gives another fingerprint: %s", f.Fingerprint)
		}
	}
}

// Going back to what was live before only warns, for records and for the pipeline file.
func TestReturns(t *testing.T) {
	r := plantest.New(t)
	good := r.Commit("good", plantest.Put("promoctl.yaml", guarded), plantest.Put("prices/a.yaml", price("A", "100")+price("B", "100")))
	bad := r.Commit("bad", plantest.Put("prices/a.yaml", price("A", "10")+price("B", "100")), plantest.Put("promoctl.yaml", replace(t, guarded, "30", "20")))
	back := r.Commit("back", plantest.Put("prices/b.yaml", price("A", "100")+price("B", "100")), plantest.Gone("prices/a.yaml"), plantest.Put("promoctl.yaml", guarded))
	mixed := r.CommitOn([]string{back}, "back, and a new slip", plantest.Put("prices/b.yaml", price("A", "100")+price("B", "1000")))
	const lost = "0123456789012345678901234567890123456789"
	live := func(commits ...string) func(context.Context) []string {
		return func(context.Context) []string { return commits }
	}
	tests := []struct {
		name   string
		before func(context.Context) []string
		target string
		want   []string
	}{
		{"nothing was live", nil, back, []string{"deny price-change prices A price 10 -> 100", "approve guardrail-loosened guardrail price-change is loosened: maxPercent 30 instead of 20"}},
		{"it was live", live(bad, good), back, []string{"warn guardrail-loosened guardrail price-change is loosened: maxPercent 30 instead of 20; it was live before, in " + good[:10],
			"warn price-change prices A price 10 -> 100"}},
		{"a commit that is gone is left out", live(lost, "", good), back, []string{"warn guardrail-loosened guardrail price-change is loosened: maxPercent 30 instead of 20; it was live before, in " + good[:10],
			"warn price-change prices A price 10 -> 100"}},
		{"another record was not", live(good), mixed, []string{"deny price-change prices B price 100 -> 1000",
			"warn guardrail-loosened guardrail price-change is loosened: maxPercent 30 instead of 20; it was live before, in " + good[:10],
			"warn price-change prices A price 10 -> 100"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan, err := r.Planner(planner.Config{LiveBefore: tt.before}).CommitPlan(context.Background(), bad, tt.target)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, said(plan.Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if plan.Digest != r.Plan(bad, tt.target).Digest {
				t.Error("what was live before changes the digest")
			}
		})
	}
}

// What was live is asked for only when something blocks: it costs a look into a store.
func TestReturnsAreAskedForLate(t *testing.T) {
	r, base := shop(t)
	target := r.Commit("second", plantest.Put("prices/a.yaml", price("A1", "1")+price("A2", "2")))
	asked := func(context.Context) []string { t.Error("asked"); return nil }
	if _, err := r.Planner(planner.Config{LiveBefore: asked}).CommitPlan(context.Background(), base, target); err != nil {
		t.Fatal(err)
	}
}

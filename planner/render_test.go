package planner_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/plantest"
	"github.com/promoctl/promoctl/spec"
)

var update = flag.Bool("update", false, "write the golden files of rendered plans")

const sale = `apiVersion: promoctl.dev/v1
kind: Pipeline
metadata: {name: sale}
datasets:
  - {name: coupons, files: ["coupons/*.yaml"], kind: coupon}
  - {name: prices, files: ["prices/*.yaml"], kind: price}
stores:
  - {name: orders, driver: sqlite, url: orders.db}
  - {name: site, driver: file, url: site}
guardrails:
  - {rule: price-change, maxPercent: 30, level: approve}
  - {rule: decimal-slip}
  - {rule: zero-price}
  - {rule: coupon-cap}
`

func coupon(id, code, more string) string {
	return "- id: " + id + "\n  code: " + code + "\n  given_by: code\n  title: 20 off\n  currency: CNY\n" +
		"  discount: {type: amount_off, amount: 20}\n  applies_to: {everything: true}\n" +
		"  starts_at: 2026-11-11T00:00:00+08:00\n  ends_at: 2026-11-12T00:00:00+08:00\n  stackable: false\n" + more
}

// secrets must never leave the stores.
var secrets = []string{"SECRETOLD1", "SECRETNEW2", "SECRETGONE3", "SECRETCAP4"}

// saleRepo makes a plan with a bit of everything.
func saleRepo(t *testing.T) (p *planner.Planner, base, target string) {
	t.Helper()
	r := plantest.New(t)
	put := plantest.Put
	base = r.Commit("Prices before the sale", put("promoctl.yaml", sale),
		put("coupons/d11.yaml", coupon("d11-new", secrets[0], "  total_limit: 100\n")+coupon("d11-old", secrets[2], "  total_limit: 5\n")),
		put("prices/skin.yaml", price("SERUM-30", "199.00")+"  list_price: 289.00\n  member_prices: {gold: 189, plus: 185}\n  quantity_prices:\n    - {from: 2, price: 180}\n    - {from: 10, price: 150}\n"+
			price("MASK-5", "59.00")+"  tags: [hero]\n"+price("TONER", "88.00")+price("OLD-CREAM", "120.00")))
	target = r.Commit("Double Eleven: first prices\n\nLong story.",
		put("promoctl.yaml", replace(t, replace(t, sale, "maxPercent: 30", "maxPercent: 40"), "url: site", "url: site2")),
		put("coupons/d11.yaml", "# codes were printed\n"+coupon("d11-new", secrets[1], "  total_limit: 100\n")+coupon("d11-all", secrets[3], "")),
		put("prices/skin.yaml", price("SERUM-30", "19.90")+"  list_price: 289.00\n  member_prices: {black: 179, gold: 179}\n  quantity_prices:\n    - {from: 2, price: 170}\n    - {from: 5, price: 160}\n    - {from: 10, price: 150}\n"+
			price("MASK-5", "49.00")+"  tags: [hero, \"buy | now\"]\n  note: \"`<b>@everyone</b>` \\e[31m\u202e\"\n"+price("TONER", "55.00")+price("NEW-CREAM", "0")))
	return r.Planner(planner.Config{DigestKey: []byte("key")}), base, target
}

// hide replaces what depends on the commits.
func hide(text, base, target string) string {
	return strings.NewReplacer(base, "BASE0000000000000000000000000000000000BASE", target, "TARGET00000000000000000000000000000TARGET",
		base[:10], "BASE000000", target[:10], "TARGET0000").Replace(text)
}

// render writes a plan in all formats, by the name of its golden file.
func render(t *testing.T, p *planner.Planner, plan *planner.Plan) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"plan.txt":     func(b *bytes.Buffer) error { return plan.WriteText(b, planner.TextOptions{}) },
		"plan-all.txt": func(b *bytes.Buffer) error { return plan.WriteText(b, planner.TextOptions{All: true}) },
		"plan.md":      func(b *bytes.Buffer) error { return plan.WriteMarkdown(b) },
		"plan.json":    func(b *bytes.Buffer) error { return p.WriteJSON(b, plan) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		out[name] = b.String()
	}
	return out
}

// golden compares a text with a file under testdata/render.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "render", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); go test ./planner -update takes it over:\n%s", file, diff)
	}
}

func TestRenderedPlan(t *testing.T) {
	p, base, target := saleRepo(t)
	plan, err := p.CommitPlan(context.Background(), base, target)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range render(t, p, plan) {
		golden(t, name, hide(text, base, target))
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows the code %s", name, secret)
			}
		}
		if name != "plan.json" && strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("%s lets a value write to the terminal", name)
		}
	}
}

// The first release, and the way to nothing, say so.
func TestRenderedFirstPlan(t *testing.T) {
	p, base, _ := saleRepo(t)
	plan, err := p.CommitPlan(context.Background(), "", base)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range render(t, p, plan) {
		golden(t, strings.Replace(name, "plan", "first", 1), hide(text, base, base))
	}
	plan, err = p.CommitPlan(context.Background(), base, base)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range render(t, p, plan) {
		golden(t, strings.Replace(name, "plan", "empty", 1), hide(text, base, base))
	}
}

func TestReviewedPlanIsReadBack(t *testing.T) {
	p, base, target := saleRepo(t)
	for _, from := range []string{base, ""} {
		plan, err := p.CommitPlan(context.Background(), from, target)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := p.WriteJSON(&b, plan); err != nil {
			t.Fatal(err)
		}
		got, err := planner.ReadReviewed(&b)
		if diff := cmp.Diff(planner.Reviewed{Base: from, Target: target, Digest: plan.Digest}, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	for text, want := range map[string]string{
		"":   "not a plan: EOF; write one with promoctl plan --out FILE",
		"{}": "not a plan: no format or target; write one with promoctl plan --out FILE",
		`{"format": 2, "target": {"hash": "0123456789012345678901234567890123456789"}}`: "the plan has format 2 and this program reads up to 1; use the promoctl that wrote it",
	} {
		if _, err := planner.ReadReviewed(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// bigPlan is a plan of many updates that no repository had to be made for.
func bigPlan(n int) *planner.Plan {
	layout := &spec.Layout{Fields: []spec.Field{{Name: "price", Type: spec.TypeNumber}}}
	plan := &planner.Plan{
		Base: planner.Commit{Hash: strings.Repeat("a", 40)}, Target: planner.Commit{Hash: strings.Repeat("b", 40)},
		Datasets: []planner.DatasetPlan{{Name: "prices", Update: n, Base: layout, Target: layout}},
	}
	for i := range n {
		record := func(price int) *spec.Record {
			key := fmt.Sprintf("SKU-%06d", i)
			r := spec.NewRecord(spec.Key(key), fmt.Appendf(nil, `{"currency":"CNY","price":%d,"sku":"%s"}`, price, key))
			r.Pos = spec.Pos{File: "prices/a.yaml", Line: 3*i + 1}
			return &r
		}
		if c, changed := planner.MakeChange("prices", record(100+i%900), record(101+i%900+i%7)); changed {
			plan.Changes = append(plan.Changes, c)
		}
		plan.Findings = append(plan.Findings, planner.Finding{Rule: "price-change", Level: planner.Deny, Dataset: "prices",
			Key: spec.Key(fmt.Sprintf("SKU-%06d", i)), Fingerprint: "0123456789ab", Message: "price moves"})
	}
	return plan
}

// However many changes there are, people get a page, and GitHub a comment that fits.
func TestLongPlansStayReadable(t *testing.T) {
	n := 100_000
	if testing.Short() || raceEnabled {
		n = 5_000
	}
	plan := bigPlan(n)
	out := render(t, plantest.New(t).Planner(planner.Config{}), plan)
	if lines := strings.Count(out["plan.txt"], "\n"); lines > 150 {
		t.Errorf("the summary has %d lines", lines)
	}
	for _, words := range []string{fmt.Sprintf("Plan: 0 to create, %d to update, 0 to delete.", n), "Largest movements", "--all",
		fmt.Sprintf("and %d more", n-30), fmt.Sprintf("Denied by %d findings.", n),
		"~ prices SKU-004500  price: 100 -> 107 (+7 %)  prices/a.yaml:13501"} {
		if !strings.Contains(out["plan.txt"], words) {
			t.Errorf("%q is not in\n%s", words, out["plan.txt"])
		}
	}
	if len(out["plan.md"]) > 65_536 {
		t.Errorf("the comment has %d bytes, and GitHub takes 65536", len(out["plan.md"]))
	}
	if lines := strings.Count(out["plan-all.txt"], "\n"); lines < 2*n {
		t.Errorf("--all shows %d lines", lines)
	}
	var all struct{ Changes []json.RawMessage }
	if err := json.Unmarshal([]byte(out["plan.json"]), &all); err != nil || len(all.Changes) != n {
		t.Errorf("JSON holds %d changes, %v", len(all.Changes), err)
	}
}

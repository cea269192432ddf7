package planner_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/plantest"
)

// A deal's price is a secret here, and so is the partner that tells its steps apart.
const dealSchema = `{"type": "object", "x-key": ["id"], "required": ["id"], "properties": {"id": {"type": "string"}, "title": {"type": "string"},
  "price": {"type": "number", "x-price": true, "x-sensitive": true},
  "steps": {"type": "array", "items": {"type": "object", "properties": {"partner": {"type": "string", "x-sensitive": true}, "price": {"type": "number", "x-price": true}}}}}}`

func deals(t *testing.T) (r *plantest.Repo, base, target string) {
	r = plantest.New(t)
	pipeline := replace(t, pricesOnly, "kind: price}", "schema: deal.json}") + "guardrails: [{rule: price-change, maxPercent: 30}, {rule: zero-price}, {rule: decimal-slip}]\n"
	base = r.Commit("base", plantest.Put("promoctl.yaml", pipeline), plantest.Put("deal.json", dealSchema),
		plantest.Put("prices/a.yaml", "- {id: D, title: T, price: 7777, steps: [{partner: acme, price: 5555}, {partner: umbrella, price: 4444}]}\n"))
	target = r.Commit("target", plantest.Put("prices/a.yaml", "- {id: D, title: T2, price: 777.7, steps: [{partner: acme, price: 55555}, {partner: umbrella, price: 0}]}\n"))
	return r, base, target
}

func TestSensitiveValuesStayInTheStores(t *testing.T) {
	r, base, target := deals(t)
	p := r.Planner(planner.Config{DigestKey: []byte("key")})
	for _, from := range []string{base, ""} {
		plan, err := p.CommitPlan(context.Background(), from, target)
		if err != nil {
			t.Fatal(err)
		}
		if from == base && len(plan.Findings) != 6 {
			t.Fatalf("findings %v", said(plan.Findings))
		}
		for name, text := range render(t, p, plan) {
			for _, secret := range []string{"7777", "777.7", "5555", "4444", "acme", "umbrella", "-90", "900", "100 %", plan.Changes[0].After.Digest.String()} {
				if strings.Contains(strings.ReplaceAll(text, plan.Digest.String(), ""), secret) {
					t.Errorf("%s from %q shows %s", name, from, secret)
				}
			}
			if !strings.Contains(text, planner.Mask) {
				t.Errorf("%s from %q does not say that there is something", name, from)
			}
		}
	}
}

// Digests and fingerprints of sensitive records depend on the key; others do not.
func TestSensitiveDigestsAreKeyed(t *testing.T) {
	r, base, target := deals(t)
	plan := func(key string, from, to string) *planner.Plan {
		t.Helper()
		plan, err := r.Planner(planner.Config{DigestKey: []byte(key)}).CommitPlan(context.Background(), from, to)
		if err != nil {
			t.Fatal(err)
		}
		return plan
	}
	one, other := plan("one", base, target), plan("other", base, target)
	if one.Digest == other.Digest {
		t.Error("the plan's digest does not depend on the key")
	}
	for i := range one.Findings {
		if one.Findings[i].Fingerprint == other.Findings[i].Fingerprint {
			t.Errorf("the fingerprint of %v does not depend on the key", one.Findings[i])
		}
	}
	open, base := shop(t)
	target = open.Commit("open", plantest.Put("prices/a.yaml", price("A1", "1")+price("A2", "20")), plantest.Put("promoctl.yaml", guarded))
	r = open
	if diff := cmp.Diff(plan("one", base, target), plan("other", base, target)); diff != "" {
		t.Errorf("a plan without secrets depends on the key:\n%s", diff)
	}
}

// An override of a coupon without a cap holds for that coupon as it was seen.
func TestCouponFindingCoversTheRecord(t *testing.T) {
	r := plantest.New(t)
	base := r.Commit("base", plantest.Put("promoctl.yaml", sale))
	fingerprint := func(text string) string {
		t.Helper()
		plan := r.Plan(base, r.CommitOn([]string{base}, "c", plantest.Put("coupons/a.yaml", text)))
		if len(plan.Findings) != 1 || plan.Findings[0].Rule != "coupon-cap" {
			t.Fatalf("findings %v", said(plan.Findings))
		}
		return plan.Findings[0].Fingerprint
	}
	seen := fingerprint(coupon("c", "CODE1", ""))
	if fingerprint("# comment\n"+coupon("c", "CODE1", "")) != seen {
		t.Error("a comment changes the fingerprint")
	}
	if fingerprint(strings.Replace(coupon("c", "CODE1", ""), "amount: 20", "amount: 200", 1)) == seen {
		t.Error("another discount has the same fingerprint")
	}
}

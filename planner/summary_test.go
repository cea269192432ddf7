package planner_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/plantest"
)

// mixedRepo has more changes than anybody reads, and a few among them that matter: a
// field that goes, one that comes, items of a list, deletes and creates.
func mixedRepo(t *testing.T) (p *planner.Planner, base, target string) {
	t.Helper()
	const steps = "  quantity_prices: [{from: 2, price: %d}, {from: 9, price: %d}]\n"
	var before, after strings.Builder
	for i := range 298 {
		more, now := "", ""
		switch i {
		case 7:
			more = "  list_price: 250\n"
		case 8:
			now = "  note: \"# @all\"\n"
		case 9:
			more, now = fmt.Sprintf(steps, 90, 80), fmt.Sprintf(steps, 81, 72)
		}
		fmt.Fprintf(&before, "%s%s", price(fmt.Sprintf("SKU-%03d", i), "200"), more)
		fmt.Fprintf(&after, "%s%s", price(fmt.Sprintf("SKU-%03d", i), "190"), now)
	}
	before.WriteString(price("TOP-1", "100") + price("SAME-1", "100"))
	after.WriteString(price("TOP-1", "129") + price("SAME-1", "100"))
	for i := range 52 {
		before.WriteString(price(fmt.Sprintf("OLD-%02d", i), "10"))
	}
	for i := range 23 {
		after.WriteString(price(fmt.Sprintf("NEW-%02d", i), "10"))
	}
	r := plantest.New(t)
	base = r.Commit("before", plantest.Put("promoctl.yaml", guarded), plantest.Put("prices/a.yaml", before.String()))
	target = r.Commit("after", plantest.Put("prices/a.yaml", after.String()))
	return r.Planner(planner.Config{}), base, target
}

// A plan that is too long to read says what stands out in it.
func TestRenderedSummary(t *testing.T) {
	p, base, target := mixedRepo(t)
	plan, err := p.CommitPlan(t.Context(), base, target)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range render(t, p, plan) {
		if name == "plan.txt" || name == "plan.md" {
			golden(t, strings.Replace(name, "plan", "long", 1), hide(text, base, target))
		}
	}
}

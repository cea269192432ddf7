package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

func initChecks() []check {
	return []check{
		{"InitPlan changes nothing, and Init runs it so that nothing is missing", initPlan},
		{"Init is idempotent and drops nothing", initKeeps},
	}
}

// initializer returns a handle that prepares its place; the check is skipped where
// there is none.
func (r *rig) initializer() applier.Initializer {
	r.Helper()
	i, ok := r.open().(applier.Initializer)
	if !ok {
		r.Skip("the store needs no preparation")
	}
	return i
}

func layoutsOf(c Content) map[string]spec.Layout {
	out := map[string]spec.Layout{}
	for name, d := range c {
		out[name] = d.Layout
	}
	return out
}

func initPlan(t testing.TB, s Suite) {
	r := begin(t, s)
	init := r.initializer()
	layouts := layoutsOf(sale(1, 1))
	first, err := init.InitPlan(t.Context(), layouts)
	r.must("init plan", err)
	if len(first) == 0 {
		t.Errorf("nothing is missing in a new place")
	}
	second, err := init.InitPlan(t.Context(), layouts)
	r.must("init plan", err)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the plan changed what is there (-first +second):\n%s", diff)
	}
	r.must("init", init.Init(t.Context(), layouts))
	left, err := init.InitPlan(t.Context(), layouts)
	r.must("init plan", err)
	if len(left) != 0 {
		t.Errorf("missing after init: %q", left)
	}
	r.expect("initialized")
	r.release(sale(10, 1))
	r.expect("released")
}

func initKeeps(t testing.TB, s Suite) {
	r := serving(t, s, sale(10, 1))
	init := r.initializer()
	narrow := sale(1, 1)["prices"].Layout
	narrow.Fields = narrow.Fields[:4] // without start and tags
	for range 2 {
		r.must("init", init.Init(t.Context(), layoutsOf(r.holds)))
		r.must("init with fewer fields", init.Init(t.Context(), map[string]spec.Layout{"prices": narrow}))
		r.expect("after init")
	}
	wide := priceLayout()
	wide.Fields = append(wide.Fields, spec.Field{Name: "tier", Type: spec.TypeString})
	r.must("init with more fields", init.Init(t.Context(), map[string]spec.Layout{"prices": wide}))
	r.expect("after init with more fields")
	r.release(sale(10, 2))
	r.expect("after the next release")
}

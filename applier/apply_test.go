package applier_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

func TestApplyReleasesEverywhere(t *testing.T) {
	for _, partitions := range []int{1, 2} {
		w := newWorld(t, partitions, "hot", "orders", "cold")
		first, second := w.sample()

		res := w.apply(first)
		w.serves(first)
		if !res.Changed || res.Plan.Target.Hash != first {
			t.Errorf("result of the first release: changed %v, target %s", res.Changed, res.Plan.Target.Hash)
		}
		w.apply(second)
		w.serves(second)
		w.unstaged("hot", "orders", "cold")

		for store, lead := range map[string]bool{"hot": true, "orders": false} {
			m := w.marker(store)
			if m.Seq != 2 || m.Kind != applier.KindApply || m.By != "ann" || m.Format != applier.MarkerFormat || m.Identity != identity {
				t.Errorf("store %s: marker %+v", store, m)
			}
			if m.Origin != w.marker("hot").Release || (m.Origin == m.Release) != lead {
				t.Errorf("store %s: origin %s, lead's release %s", store, m.Origin, w.marker("hot").Release)
			}
		}
	}
}

func TestApplyAgainDoesNothing(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, _ := w.sample()
	w.apply(first)
	before := w.marker("hot")

	res := w.apply(first)
	if res.Changed {
		t.Error("the second apply says that it changed something")
	}
	want := map[string]applier.Outcome{"hot": applier.OutcomeCurrent, "orders": applier.OutcomeCurrent}
	if diff := cmp.Diff(want, w.outcomes(res)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if !w.marker("hot").Equal(before) {
		t.Error("the marker moved")
	}
}

func TestApplyMovesTheMarkerOfAStoreWithoutChanges(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, _ := w.sample()
	w.apply(first)
	c, _ := w.h.at(first)
	next := w.h.commit(first, c.content.with("rules", "r", "10")) // rules do not go to hot
	w.apply(next)
	w.serves(next)
	if m := w.marker("hot"); m.Seq != 2 {
		t.Errorf("hot is at sequence %d, want 2", m.Seq)
	}
}

func TestApplyRelation(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	c, _ := w.h.at(first)
	other := w.h.commit(first, c.content.with("prices", "a", "7"))
	w.apply(second)

	tests := map[string]struct {
		req  applier.Request
		want error
	}{
		"an ancestor is superseded":         {applier.Request{Target: first}, applier.ErrSuperseded},
		"also for a rollback":               {applier.Request{Target: first, Kind: applier.KindRollback}, applier.ErrSuperseded},
		"a sibling has diverged":            {applier.Request{Target: other}, applier.ErrDiverged},
		"full does not make it descend":     {applier.Request{Target: other, Full: true}, applier.ErrDiverged},
		"a target that is not there at all": {applier.Request{Target: ""}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			res, err := w.engine().Apply(t.Context(), test.req)
			if err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if res.Changed {
				t.Error("something was activated")
			}
			w.serves(second)
			w.unstaged("hot", "orders")
		})
	}
	w.release(applier.Request{Target: other, AllowDiverged: true})
	w.serves(other)
}

func TestApplyUnknownCommitNeedsFull(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(first)
	w.h.forget(first)

	if _, err := w.engine().Apply(t.Context(), applier.Request{Target: second}); !errors.Is(err, applier.ErrUnknownCommit) {
		t.Fatalf("error %v, want %v", err, applier.ErrUnknownCommit)
	}
	w.release(applier.Request{Target: second, Full: true})
	w.serves(second)
}

func TestApplyFindings(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(first)
	finding := planner.Finding{Fingerprint: "aaaabbbbcccc", Rule: "decimal-slip", Level: planner.Deny, Dataset: "prices", Key: "a"}
	warning := planner.Finding{Fingerprint: "ddddeeeeffff", Rule: "price-change", Level: planner.Warn}
	w.h.findings[second] = []planner.Finding{finding, warning}

	_, err := w.engine().Apply(t.Context(), applier.Request{Target: second})
	if want := "denied by a guardrail: decimal-slip prices a (aaaabbbbcccc)"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
	var denied *applier.DeniedError
	if !errors.Is(err, applier.ErrDenied) || !errors.As(err, &denied) {
		t.Fatalf("error %v, want %v", err, applier.ErrDenied)
	}
	if diff := cmp.Diff([]planner.Finding{finding}, denied.Findings); diff != "" || denied.Plan == nil {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	w.serves(first)
	for _, step := range w.events.ended("hot") {
		if step == applier.StepDiscard {
			t.Error("something had been staged")
		}
	}

	used := applier.Override{Fingerprint: "aaaabbbbcccc", By: "bob", Reason: "it is right"}
	idle := applier.Override{Fingerprint: "000000000000", By: "bob", Reason: "in case"}
	w.release(applier.Request{Target: second, Overrides: []applier.Override{idle, used}})
	w.serves(second)
	if diff := cmp.Diff([]applier.Override{used}, w.marker("orders").Overrides); diff != "" {
		t.Errorf("overrides in the marker (-want +got):\n%s", diff)
	}
}

// TestRollbackIsGuarded: what was live before is a warning, the planner's to say; what
// else was merged since must not ride along with a rollback.
func TestRollbackIsGuarded(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(second)
	c, _ := w.h.at(first)
	revert := w.h.commit(second, c.content)
	w.h.findings[revert] = []planner.Finding{{Fingerprint: "a", Level: planner.Deny}}
	req := applier.Request{Target: revert, Kind: applier.KindRollback, Note: "wrong price"}
	if _, err := w.engine().Apply(t.Context(), req); !errors.Is(err, applier.ErrDenied) {
		t.Fatalf("error %v, want %v", err, applier.ErrDenied)
	}
	w.serves(second)
	w.h.findings[revert] = []planner.Finding{{Fingerprint: "a", Level: planner.Warn}}
	w.release(req)
	w.serves(revert)
	if m := w.marker("orders"); m.Kind != applier.KindRollback || m.Note != "wrong price" {
		t.Errorf("marker says %s %q", m.Kind, m.Note)
	}
}

// TestFullIsReviewed: comparing with what the stores hold goes past no guardrail.
func TestFullIsReviewed(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(first)
	w.h.findings[second] = []planner.Finding{{Fingerprint: "a", Level: planner.Deny}}
	res, err := w.engine().Apply(t.Context(), applier.Request{Target: second, Full: true})
	if !errors.Is(err, applier.ErrDenied) {
		t.Fatalf("error %v, want %v", err, applier.ErrDenied)
	}
	for _, c := range res.Plan.Changes {
		if c.Op == planner.Create && c.Key == "a" {
			t.Errorf("record %s, which the stores hold, is reviewed as created", c.Key)
		}
	}
	w.serves(first)
}

// TestApprovalIsBySomebodyElse: a finding of level approve wants a second person.
func TestApprovalIsBySomebodyElse(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(first)
	w.h.author(second, "Ann Lee <ann@example.com>")
	w.h.findings[second] = []planner.Finding{{Fingerprint: "a", Level: planner.Approve}}
	for _, by := range []string{"Ann Lee", "ann lee <other@example.com>", "ANN@example.com"} {
		req := applier.Request{Target: second, Overrides: []applier.Override{{Fingerprint: "a", By: by}}}
		if _, err := w.engine().Apply(t.Context(), req); !errors.Is(err, applier.ErrDenied) {
			t.Errorf("approved by %s: error %v, want %v", by, err, applier.ErrDenied)
		}
	}
	earlier := applier.Request{Target: second, Authors: []string{"Bob <bob@example.com>"}, Overrides: []applier.Override{{Fingerprint: "a", By: "Bob"}}}
	if _, err := w.engine().Apply(t.Context(), earlier); !errors.Is(err, applier.ErrDenied) {
		t.Errorf("approved by the author of an earlier commit: error %v, want %v", err, applier.ErrDenied)
	}
	w.release(applier.Request{Target: second, Overrides: []applier.Override{{Fingerprint: "a", By: "Bob"}}})
	w.serves(second)
}

func TestApplyReviewedPlan(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(first)
	plan, err := w.h.CommitPlan(t.Context(), first, second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine().Apply(t.Context(), applier.Request{Target: second, Reviewed: new(spec.Digest)}); !errors.Is(err, applier.ErrStale) {
		t.Fatalf("error %v, want %v", err, applier.ErrStale)
	}
	w.serves(first)
	w.release(applier.Request{Target: second, Reviewed: &plan.Digest})
	w.serves(second)
	// The same command again, as after a crash: there is nothing left to be stale.
	w.release(applier.Request{Target: second, Reviewed: &plan.Digest})
}

func TestPin(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(second)
	pin := &applier.Pin{By: "ann", Reason: "wrong price"}
	w.release(applier.Request{Target: first, Kind: applier.KindPin, Pin: pin})
	w.serves(first)
	if diff := cmp.Diff(pin, w.marker("orders").Pin); diff != "" {
		t.Fatalf("pin (-want +got):\n%s", diff)
	}

	c, _ := w.h.at(first)
	late := w.h.commit(second, content{}.with("prices", "a", "99"))
	if _, err := w.engine().Apply(t.Context(), applier.Request{Target: late}); !errors.Is(err, applier.ErrPinned) {
		t.Fatalf("error %v, want %v", err, applier.ErrPinned)
	}
	if _, err := w.engine().Apply(t.Context(), applier.Request{Target: second}); !errors.Is(err, applier.ErrPinned) {
		t.Fatalf("the bad commit again: error %v, want %v", err, applier.ErrPinned)
	}
	w.serves(first)
	w.unstaged("hot", "orders")

	revert := w.h.commit(second, c.content)
	w.apply(revert)
	w.serves(revert)
	if w.marker("hot").Pin == nil {
		t.Error("the pin is gone, and nobody lifted it")
	}
	w.release(applier.Request{Target: revert, Kind: applier.KindUnpin})
	if m := w.marker("hot"); m.Pin != nil || m.Seq != 4 {
		t.Errorf("after unpin: %+v", m)
	}
}

func TestNewStoreGetsTheWholeDataset(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	hot := w.members[0]
	w.members = w.members[1:]
	w.apply(first)
	w.members = append([]applier.Member{hot}, w.members...)

	res := w.apply(second)
	w.serves(second)
	if res.Plan.Base.Hash != first {
		t.Errorf("the plan starts at %q, want the commit that the other store serves", res.Plan.Base.Hash)
	}
}

func TestDatasetComesAndGoes(t *testing.T) {
	w := newWorld(t, 2, "hot", "orders")
	first, _ := w.sample()
	w.apply(first)
	c, _ := w.h.at(first)
	gone := content{"prices": c.content["prices"]}
	without := w.h.commit(first, gone)
	w.apply(without)
	w.serves(without)
	if _, ok := w.marker("orders").Datasets["rules"]; ok {
		t.Error("the marker still names the dataset that is gone")
	}
	again := w.h.commit(without, c.content)
	w.apply(again)
	w.serves(again)
}

func TestMarkerAndCommitMustAgree(t *testing.T) {
	spoil := map[string]func(w *world, first string){
		"the store holds dataset rules, which": func(w *world, first string) {
			w.h.recast(first, func(c *commit) { c.routes["orders"] = []string{"prices"} })
		},
		"the store lacks dataset more, which": func(w *world, first string) {
			w.h.recast(first, func(c *commit) {
				c.routes["orders"] = append(c.routes["orders"], "more")
				c.content = c.content.with("more", "a", "1")
			})
		},
		"the marker's digest of dataset rules is not that of its commit": func(w *world, first string) {
			w.h.recast(first, func(c *commit) { c.content = c.content.with("rules", "r", "10") })
		},
	}
	for want, recast := range spoil {
		w := newWorld(t, 1, "hot", "orders")
		first, _ := w.sample()
		w.apply(first)
		recast(w, first)
		next := w.h.commit(first, content{}.with("prices", "a", "2")) // rules are gone
		_, err := w.engine().Apply(t.Context(), applier.Request{Target: next})
		if err == nil || !strings.Contains(err.Error(), "store orders: "+want) {
			t.Errorf("error %v, want %q", err, want)
		}
		w.unstaged("hot", "orders")
		w.release(applier.Request{Target: next, Full: true}) // the way out that the error names
		w.serves(next)
	}
}

func TestReplacedDataset(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, _ := w.sample()
	w.apply(first)
	c, _ := w.h.at(first)
	w.h.layout = textLayout()
	next := w.h.commit(first, c.content.with("prices", "a", "8"))
	w.apply(next)
	w.serves(next)
	if diff := cmp.Diff(textLayout(), w.marker("hot").Datasets["prices"].Layout); diff != "" {
		t.Errorf("layout (-want +got):\n%s", diff)
	}
}

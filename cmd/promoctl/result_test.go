package main

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

func TestOutcomeText(t *testing.T) {
	plan := &planner.Plan{Target: planner.Commit{Hash: "abc"}}
	for _, c := range []struct {
		outcome applier.Outcome
		commit  string
		plan    *planner.Plan
		want    string
	}{
		{applier.OutcomeBehind, "abc", plan, "not repaired"},
		{applier.OutcomeBehind, "older", plan, "behind"},
		{applier.OutcomeBehind, "abc", nil, "behind"},
		{applier.OutcomeLive, "abc", plan, "live"},
		{applier.OutcomeCurrent, "abc", plan, "live already"},
		{applier.OutcomeBack, "older", plan, "taken back"},
		{applier.OutcomeUnknown, "", plan, "unknown"},
	} {
		got := outcomeText(applier.StoreResult{Outcome: c.outcome, Marker: applier.Marker{Commit: c.commit}}, c.plan)
		if got != c.want {
			t.Errorf("%s of %q: %q, want %q", c.outcome, c.commit, got, c.want)
		}
	}
}

// TestPrintDrift checks that nothing is said to be overwritten that was not.
func TestPrintDrift(t *testing.T) {
	var drift applier.DriftError
	drift.Add(applier.Drift{Dataset: "prices", Key: "A", Want: &spec.Record{}})
	const overwrote = "shop: overwrote 1 record changed by hand:\n  prices A: missing\n"
	stopped := &applier.DriftedError{Stores: []applier.StoreDrift{{Store: "shop", DriftError: &drift}}}
	for _, c := range []struct {
		name    string
		outcome applier.Outcome
		err     error
		want    string
	}{
		{"released over it", applier.OutcomeLive, nil, overwrote},
		{"released over it and taken back", applier.OutcomeBack, applier.ErrPartial, overwrote},
		{"staged over it and not released", applier.OutcomeBehind, applier.ErrConflict, ""},
		{"stopped by it", applier.OutcomeBehind, fmt.Errorf("stage: %w", stopped), "changed by hand in shop (nothing was overwritten):\n  prices A: missing\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			s := &session{workspace: &workspace{app: &app{environment: environment{stdout: &out}}}, pipeline: &spec.Pipeline{}}
			s.printDrift(&applier.Result{Stores: []applier.StoreResult{{Store: "shop", Outcome: c.outcome, Drift: &drift}}}, c.err)
			if diff := cmp.Diff(c.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

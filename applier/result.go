package applier

import (
	"time"

	"github.com/promoctl/promoctl/planner"
)

// Outcome says what a release did to one store.
type Outcome string

const (
	OutcomeLive    Outcome = "live"    // serves the target
	OutcomeCurrent Outcome = "current" // served it before
	OutcomeBehind  Outcome = "behind"  // serves its base
	OutcomeBack    Outcome = "back"    // served the target and was taken back
	OutcomeUnknown Outcome = "unknown" // could not be asked
)

// StoreResult is the outcome of one store.
type StoreResult struct {
	Store     string
	Lead      bool
	Required  bool
	Outcome   Outcome
	Marker    Marker        // as last seen
	Changes   int           // records to change
	Err       error         // why it does not serve the target
	Drift     *DriftError   // drift that was found and overwritten; nil: none
	Behind    time.Time     // since when an optional store lags; zero: it does not, or nobody knows
	Staged    time.Duration // what staging took
	Activated time.Duration // what activating took
}

// Result is what a release did.
type Result struct {
	Plan    *planner.Plan // from the live commit to the target; nil if it was not made
	Stores  []StoreResult // in the order of the pipeline file
	Changed bool          // anything was activated
	Took    time.Duration // from the call to the last activation
}

func (r *run) result() *Result {
	res := &Result{Plan: r.plan}
	for _, m := range r.moves {
		res.Changed = res.Changed || m.moved
		if m.moved {
			res.Took = max(res.Took, m.activeAt.Sub(r.started))
		}
		res.Stores = append(res.Stores, m.result(m == r.lead))
	}
	return res
}

func (m *move) result(lead bool) StoreResult {
	s := StoreResult{
		Store: m.Name, Lead: lead, Required: m.Required,
		Outcome: m.outcome(), Marker: m.state.Live, Err: m.err, Drift: m.drift,
		Staged: m.stageTook, Activated: m.activateTook,
	}
	if m.plan != nil {
		s.Changes = len(m.plan.Changes)
	}
	if s.Outcome == OutcomeBehind || s.Outcome == OutcomeUnknown {
		s.Behind = m.behind
	}
	return s
}

func (m *move) outcome() Outcome {
	switch {
	case m.unknown:
		return OutcomeUnknown
	case m.back:
		return OutcomeBack
	case m.live:
		return OutcomeLive
	case m.current:
		return OutcomeCurrent
	}
	return OutcomeBehind
}

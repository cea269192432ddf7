package applier

import (
	"errors"
	"fmt"
	"strings"

	"github.com/promoctl/promoctl/planner"
)

// Errors of the engine. They are wrapped with more words; cmd maps them to exit codes.
var (
	ErrDenied        = errors.New("denied by a guardrail")
	ErrSuperseded    = errors.New("a later commit is live")
	ErrDiverged      = errors.New("the target does not descend from the live commit")
	ErrUnknownCommit = errors.New("the live commit is not in this repository")
	ErrStale         = errors.New("the reviewed plan is not the plan of this release")
	ErrPinned        = errors.New("a rolled-back release is pinned")
	ErrPartial       = errors.New("not every store serves the target")
)

// DeniedError is the error of Apply when findings stop the release. It matches
// ErrDenied. Nothing was staged.
type DeniedError struct {
	Plan     *planner.Plan
	Findings []planner.Finding // those that nobody overrides
}

// Error counts the findings and names the first few.
func (e *DeniedError) Error() string {
	names := make([]string, 0, 3)
	for _, f := range e.Findings[:min(3, len(e.Findings))] {
		names = append(names, strings.TrimSpace(fmt.Sprintf("%s %s %s (%s)", f.Rule, f.Dataset, f.Key, f.Fingerprint)))
	}
	more := ""
	if n := len(e.Findings) - len(names); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("%v: %s%s", ErrDenied, strings.Join(names, ", "), more)
}

// Unwrap makes errors.Is(err, ErrDenied) true.
func (e *DeniedError) Unwrap() error { return ErrDenied }

// StoreDrift is what drifted in one store.
type StoreDrift struct {
	Store string
	*DriftError
}

// DriftedError is the error of Apply when live records of required stores were
// changed behind promoctl's back. It matches ErrDrift. Nothing stays staged.
type DriftedError struct {
	Stores []StoreDrift // in the order of the pipeline file
}

// Error names the first few records of each store.
func (e *DriftedError) Error() string {
	parts := make([]string, 0, len(e.Stores))
	for _, s := range e.Stores {
		parts = append(parts, fmt.Sprintf("store %s: %v", s.Store, s.DriftError))
	}
	return strings.Join(parts, "; ")
}

// Unwrap makes errors.Is(err, ErrDrift) true.
func (e *DriftedError) Unwrap() error { return ErrDrift }

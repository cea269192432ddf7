package applier

import (
	"time"

	"github.com/promoctl/promoctl/spec"
)

// Request asks for a release.
type Request struct {
	Target    string // commit
	Kind      Kind   // empty: KindApply; findings stop this kind and KindRollback only
	By        string
	Note      string
	Overrides []Override
	// Authors wrote what is released, beside the author of Target: none of them can be
	// the second person that a finding of level approve wants.
	Authors []string
	// Reviewed is the digest of the plan that somebody looked at; nil: none. If the
	// plan from the live commit to Target has another digest, it is ErrStale. A
	// release that is only to be finished, because the lead serves Target already, is
	// not stale.
	Reviewed *spec.Digest
	// Pin is the hold that a release of KindPin puts on the stores. Other kinds keep
	// the pin that a store has, KindUnpin lifts it.
	Pin *Pin
	// At is when to activate; zero: at once. Everything is staged before.
	At            time.Time
	AllowDiverged bool // the target need not descend from the live commit
	Full          bool // compare with what the stores hold instead of the live commit
	Adopt         bool // take over equal records of stores never released to
	Overwrite     bool // overwrite drift; rollback, repair and pin always do
}

// guarded reports whether findings may stop the release. A rollback is guarded too:
// what was live before only warns, but whatever else was merged since must not ride
// along. Holding a release, mending it and taking it back never are in the way.
func (q Request) guarded() bool { return q.Kind == KindApply || q.Kind == KindRollback }

// overwrites reports whether drift is overwritten.
func (q Request) overwrites() bool {
	return q.Overwrite || q.Kind == KindRollback || q.Kind == KindRepair || q.Kind == KindPin
}

// pin returns the pin of a store after the release, given the one it has.
func (q Request) pin(held *Pin) *Pin {
	switch q.Kind {
	case KindPin:
		return q.Pin
	case KindUnpin:
		return nil
	}
	return held
}

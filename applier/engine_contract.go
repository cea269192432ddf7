package applier

import (
	"context"
	"errors"
	"time"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// Planner answers what the engine asks about commits. Commits are 40 hexadecimal
// digits; an empty base means that nothing is live.
type Planner interface {
	// CommitPlan returns what people review between two commits, with findings.
	CommitPlan(ctx context.Context, base, target string) (*planner.Plan, error)
	// StorePlan returns what a store that serves base lacks to serve target. With an
	// empty base its changes are the whole content that the store is to hold.
	StorePlan(ctx context.Context, store, base, target string) (*planner.StorePlan, error)
	// Relate says how target stands to live.
	Relate(ctx context.Context, live, target string) (planner.Relation, error)
}

// Recorder takes the events of releases. Record must not block for long and has no
// error to return: metrics never stand in the way of a release.
type Recorder interface {
	Record(Event)
}

// Step is a step of a release on one store.
type Step string

const (
	StepLive     Step = "live"     // read the marker
	StepPlan     Step = "plan"     // derive the store plan
	StepStage    Step = "stage"    // write where readers do not look, and verify the receipt
	StepGate     Step = "gate"     // wait between waves, or for the scheduled time
	StepActivate Step = "activate" // make visible
	StepDiscard  Step = "discard"  // throw staged data away
	StepBack     Step = "back"     // release the previous state again
	StepVerify   Step = "verify"   // compare live records with the commit
)

// Event is one thing that happened in a release. A step has one event when it
// starts (Done false) and one when it ends (Done true), and may have events with Count in
// between.
type Event struct {
	At      time.Time     `json:"at"`
	Store   string        `json:"store,omitempty"`
	Step    Step          `json:"step"`
	Done    bool          `json:"done"`
	Release ReleaseID     `json:"release,omitempty"`
	Commit  string        `json:"commit,omitempty"`
	Seq     uint64        `json:"seq,omitempty"`
	Count   int           `json:"count,omitempty"` // records so far
	Total   int           `json:"total,omitempty"` // records in all
	Took    time.Duration `json:"took_ns,omitempty"`
	Err     string        `json:"error,omitempty"`
}

// Member is a store as the engine drives it.
type Member struct {
	Name     string
	Store    Store
	Required bool          // false: a release proceeds without it
	MaxLag   time.Duration // for stores that are not required: how far they may lag; 0: any
	Wave     int           // waves activate in rising order
}

// Request asks for a release.
type Request struct {
	Target    string // commit
	Kind      Kind
	By        string
	Note      string
	Overrides []Override
	// Reviewed is the digest of the plan that somebody looked at; nil: none. If the
	// plan from the live commit to Target has another digest, it is ErrStale.
	Reviewed *spec.Digest
	// At is when to activate; zero: at once. Everything is staged before.
	At            time.Time
	AllowDiverged bool // the target need not descend from the live commit
	Full          bool // compare with what the stores hold instead of the live commit
	Adopt         bool // take over equal records of stores never released to
	Overwrite     bool // overwrite drift
}

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
	Outcome   Outcome
	Marker    Marker // as last seen
	Changes   int    // records staged
	Err       error  // why it does not serve the target
	Staged    time.Duration
	Activated time.Duration
}

// Result is what a release did.
type Result struct {
	Plan    *planner.Plan // from the lead's live commit to the target
	Stores  []StoreResult // in the order of the pipeline file
	Drift   []Drift       // drift that was overwritten
	Changed bool          // anything was activated
	Took    time.Duration // from the call to the last activation
}

// Errors of the engine. They are wrapped with more words; cmd maps them to exit codes.
var (
	ErrDenied        = errors.New("denied by a guardrail")
	ErrSuperseded    = errors.New("a later commit is live")
	ErrDiverged      = errors.New("the target does not descend from the live commit")
	ErrUnknownCommit = errors.New("the live commit is not in this repository")
	ErrStale         = errors.New("the reviewed plan is not the plan of this release")
	ErrPinned        = errors.New("a rolled-back release is pinned")
	ErrPartial       = errors.New("not every required store serves the target")
)

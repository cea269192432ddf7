package applier

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// Store is one destination of releases. All methods may be called concurrently, also
// by several processes on several machines; a driver keeps no state of a release in
// memory between calls. Every error names the store's resource without credentials.
// A context that ends makes a method return soon; what it did until then is governed
// by the atomicity that each method promises.
type Store interface {
	// Live returns the marker that readers see, the last releases before it, newest
	// first (at most [HistoryLen]), and what is staged. A store that was never
	// released to, or whose database or directory does not exist yet, returns a
	// State with the zero Marker, and creates nothing. A store whose marker belongs
	// to another pipeline or environment returns ErrForeign, one whose marker has a
	// newer format returns ErrFormat, from this and from every other method.
	Live(ctx context.Context) (State, error)

	// Stage makes the changes durable where readers do not see them and seals them.
	// It needs r.Attempt to be new: each attempt is a stage of its own. It returns
	// the receipt as read back from what was written, not as counted on the way.
	//
	// A live record that is neither the change's Before nor its After is drift:
	// Stage goes on to the end and returns a *DriftError with every such record
	// (ErrDrift), unless r.Overwrite is set: then it seals the stage and lists the
	// same records in Receipt.Drift. A record that exists in a store that
	// was never released to, or whose dataset is new to it, is drift too, unless
	// r.Adopt is set and it equals After. The changes of such a dataset are all that
	// it is to hold: what else exists in it is drift, and goes at activation if
	// r.Overwrite lets it pass. If the live marker is not r.Base, or moved
	// meanwhile, it returns ErrConflict. A dataset with DatasetRelease.Replace set
	// is staged as a whole: its changes are creates, and whatever the store holds of
	// it goes at activation.
	//
	// On any error, also one that changes yields, and when the context ends, the
	// stage is not sealed and will never be activated; what it wrote is removed at
	// once or by a later gc. Stage also removes stages of others that have expired.
	Stage(ctx context.Context, r Release, changes iter.Seq2[planner.Change, error]) (Receipt, error)

	// Activate makes the sealed stage of r.Attempt live, all of it or none as any
	// reader sees it, and replaces the whole base marker (release, sequence, pin) by
	// r.Target in the same atomic step; the base marker moves to the history. If the
	// live release is r.ID it is a no-op. Otherwise, if the live marker is not
	// r.Base it changes nothing and returns ErrConflict; if the stage is gone,
	// expired or unsealed it changes nothing and returns ErrNotStaged. Any other
	// error means that the outcome is unknown: the caller reads the marker.
	//
	// A store with partitions activates them one after the other and may stop in
	// between; State.Unfinished then names the release, and Activate with it
	// finishes the rest. Two attempts at the same release have markers that differ
	// in time and person: a partition that follows takes over the marker of one that
	// serves r.ID already, so that all partitions end with the same marker.
	Activate(ctx context.Context, r Release) error

	// Discard removes what was staged for r.Attempt and nothing that is live or that
	// another stage uses. Discarding what does not exist, or was activated, is a
	// no-op. A stage that is partly activated is kept.
	Discard(ctx context.Context, r Release) error
}

// Scanner is the optional ability to stream live records, for drift, verify, import
// and --full.
type Scanner interface {
	// Scan yields the live records of a dataset, sorted by key byte by byte, as one
	// consistent state: that of the marker it returns. Fields that the shop owns are
	// left out. Layout says how to read them; a dataset that the store does not hold
	// yields nothing. A record that cannot be read as the layout says is yielded with
	// JSON that shows what is there, so that it compares as different. Positions are
	// zero. The sequence ends at the first error.
	Scan(ctx context.Context, dataset string, layout spec.Layout) (Marker, iter.Seq2[spec.Record, error], error)
}

// Initializer is the optional ability to prepare a store for datasets.
type Initializer interface {
	// InitPlan returns the statements or steps, one an element, that Init would run
	// for the datasets to be held as the layouts say; none when nothing is missing.
	// It changes nothing.
	InitPlan(ctx context.Context, layouts map[string]spec.Layout) ([]string, error)
	// Init runs the steps of InitPlan. It is idempotent and never drops or narrows anything.
	Init(ctx context.Context, layouts map[string]spec.Layout) error
}

// StoreConfig is what a driver needs to open a store. Drivers open lazily: a store
// that is down fails in its methods, not when it is opened. A driver whose store
// holds resources also implements io.Closer.
type StoreConfig struct {
	Name     string // as in the pipeline file
	URL      string // environment references expanded; may hold credentials, never to be printed
	Dir      string // relative paths in URL start here
	Identity Identity
	Prefix   string           // goes before the names of the store's own tables, keys or directories; may be empty
	Buckets  int              // objects per dataset, for drivers that keep datasets in objects; 0: the driver's default
	Create   bool             // tables and directories are created when missing; else ErrNotInitialized
	Now      func() time.Time // the clock; nil: time.Now
}

// HistoryLen is how many releases before the live one a store remembers.
const HistoryLen = 50

// MarkerFormat is the format of markers that this program writes. It refuses newer ones.
const MarkerFormat = 1

// Errors of a Store. Drivers wrap them with %w and say more.
var (
	// ErrConflict: the live marker is not the base of the release; somebody else released.
	ErrConflict = errors.New("another release became live meanwhile")
	// ErrNotStaged: there is no sealed stage for the attempt.
	ErrNotStaged = errors.New("nothing is staged for this release")
	// ErrDrift: live records were changed behind promoctl's back. See DriftError.
	ErrDrift = errors.New("live records differ from the release they belong to")
	// ErrForeign: the store's place belongs to another pipeline or environment.
	ErrForeign = errors.New("the store belongs to another pipeline or environment")
	// ErrFormat: the marker was written by a newer program.
	ErrFormat = errors.New("the store was written by a newer promoctl")
	// ErrNotInitialized: tables or directories are missing and may not be created.
	ErrNotInitialized = errors.New("the store is not initialized")
)

// Drift is one live record that is not what the release expects.
type Drift struct {
	Dataset string       `json:"dataset"`
	Key     spec.Key     `json:"key"`
	Want    *spec.Record `json:"-"` // what should be live; nil: nothing
	Found   *spec.Record `json:"-"` // what is live; nil: nothing
}

// MaxDrift is how many drifted records an error or a report carries; Total counts all.
const MaxDrift = 1000

// DriftError is the error of Stage when live records drifted. It matches ErrDrift.
type DriftError struct {
	Records []Drift // the first MaxDrift, sorted by dataset and key as changes are
	Total   int
}

// Error names the first few records.
func (e *DriftError) Error() string {
	names := make([]string, 0, 3)
	for _, d := range e.Records[:min(3, len(e.Records))] {
		names = append(names, fmt.Sprintf("%s %s", d.Dataset, d.Key))
	}
	more := ""
	if e.Total > len(names) {
		more = fmt.Sprintf(" and %d more", e.Total-len(names))
	}
	return fmt.Sprintf("%v: %s%s", ErrDrift, strings.Join(names, ", "), more)
}

// Unwrap makes errors.Is(err, ErrDrift) true.
func (e *DriftError) Unwrap() error { return ErrDrift }

// Add notes one drifted record.
func (e *DriftError) Add(d Drift) {
	e.Total++
	if len(e.Records) < MaxDrift {
		e.Records = append(e.Records, d)
	}
}

// Err returns e, or nil when nothing drifted.
func (e *DriftError) Err() error {
	if e.Total == 0 {
		return nil
	}
	return e
}

// State is what a store says of itself.
type State struct {
	Live    Marker
	History []Marker // releases before Live, newest first, at most HistoryLen
	Staged  []Staged // every stage that is there, oldest first
	// Unfinished is the release that some partitions serve and others do not, to be
	// finished by Activate before anything else. Live is then the marker of the
	// partition that is behind, so that nothing else can be released. Nil otherwise,
	// and always for a store with one partition.
	Unfinished *Release
}

// Staged describes a stage.
type Staged struct {
	Release ReleaseID `json:"release"`
	Attempt string    `json:"attempt"`
	Base    ReleaseID `json:"base"`   // that it follows; if another one is live it can never be activated
	Commit  string    `json:"commit"` // of the target
	Sealed  bool      `json:"sealed"`
	By      string    `json:"by"`
	Expires time.Time `json:"expires"`
}

// Staged describes the stage of r, for a driver's Live.
func (r Release) Staged(sealed bool) Staged {
	return Staged{
		Release: r.ID, Attempt: r.Attempt, Base: r.Base.Release, Commit: r.Target.Commit,
		Sealed: sealed, By: r.Target.By, Expires: r.Expires,
	}
}

// Receipt is what Stage says it sealed, per dataset that the release touches.
type Receipt struct {
	Datasets map[string]planner.Delta
	// Drift is the drift that Release.Overwrite let pass, exactly what the error of
	// Stage would have said without it. Nil when nothing drifted.
	Drift *DriftError
}

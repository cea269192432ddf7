package applier

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Member is a store as the engine drives it.
type Member struct {
	Name     string
	Store    Store
	Required bool          // false: a release proceeds without it
	MaxLag   time.Duration // for stores that are not required: how far they may lag; 0: any
	Wave     int           // waves activate in rising order
}

// Gate holds a release before a wave. A gate before the lead's wave, or a lower one,
// holds it before the lead.
type Gate struct {
	BeforeWave int
	Wait       time.Duration
}

// FailurePolicy says what becomes of a release that a required store cannot take.
type FailurePolicy string

const (
	FailureBack FailurePolicy = "back" // the others release their previous state again
	FailureStay FailurePolicy = "stay" // the others keep it
)

// What a Config that leaves them out gets.
const (
	DefaultDeadline     = 10 * time.Second
	DefaultLease        = 15 * time.Minute
	DefaultStoreTimeout = 1500 * time.Millisecond
)

// Config is what an Engine works with. Identity's pipeline, Members, Planner and
// Recorder are required.
type Config struct {
	Identity Identity
	Members  []Member // in the order of the pipeline file; at least one is required
	Planner  Planner
	Recorder Recorder
	// OnFailure is what happens when a required store fails after the first
	// activation; empty: FailureBack.
	OnFailure FailurePolicy
	// Deadline is how long a store is retried once the release is under way, on top
	// of the time that staging took there: what staged in a minute may take as long
	// to activate. Zero: DefaultDeadline.
	Deadline time.Duration
	// Lease is how long a stage lives on top of the gates and the schedule; zero:
	// DefaultLease.
	Lease time.Duration
	// StoreTimeout is how long a store may take to tell its marker; zero:
	// DefaultStoreTimeout.
	StoreTimeout time.Duration
	Gates        []Gate
	Now          func() time.Time // nil: time.Now
	Attempt      func() string    // names a new stage; nil: 16 random hexadecimal digits
}

// Engine releases commits to the stores of one pipeline and environment. It keeps no
// state between calls and may be used concurrently, here and on other machines.
type Engine struct {
	identity     Identity
	members      []Member
	lead         int // index of the lead in members
	planner      Planner
	recorder     Recorder
	onFailure    FailurePolicy
	deadline     time.Duration
	lease        time.Duration
	storeTimeout time.Duration
	gates        []Gate // by wave
	now          func() time.Time
	attempt      func() string
}

// New returns an engine, or an error that names what the Config lacks.
func New(cfg Config) (*Engine, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("release engine: %w", err)
	}
	e := &Engine{
		identity:     cfg.Identity,
		members:      slices.Clone(cfg.Members),
		lead:         leadOf(cfg.Members),
		planner:      cfg.Planner,
		recorder:     cfg.Recorder,
		onFailure:    cmp.Or(cfg.OnFailure, FailureBack),
		deadline:     cmp.Or(cfg.Deadline, DefaultDeadline),
		lease:        cmp.Or(cfg.Lease, DefaultLease),
		storeTimeout: cmp.Or(cfg.StoreTimeout, DefaultStoreTimeout),
		gates:        slices.Clone(cfg.Gates),
		now:          cfg.Now,
		attempt:      cfg.Attempt,
	}
	slices.SortStableFunc(e.gates, func(a, b Gate) int { return cmp.Compare(a.BeforeWave, b.BeforeWave) })
	if e.now == nil {
		e.now = time.Now
	}
	if e.attempt == nil {
		e.attempt = randomAttempt
	}
	return e, nil
}

func (cfg Config) check() error {
	switch {
	case cfg.Identity.Pipeline == "":
		return errors.New("no pipeline name")
	case cfg.Planner == nil:
		return errors.New("no planner")
	case cfg.Recorder == nil:
		return errors.New("no recorder")
	case cfg.OnFailure != "" && cfg.OnFailure != FailureBack && cfg.OnFailure != FailureStay:
		return fmt.Errorf("onFailure is %q; write %s or %s", cfg.OnFailure, FailureBack, FailureStay)
	case cfg.Deadline < 0 || cfg.Lease < 0 || cfg.StoreTimeout < 0:
		return errors.New("deadline, lease and store timeout cannot be negative")
	}
	return checkMembers(cfg.Members)
}

func checkMembers(members []Member) error {
	seen := make(map[string]bool, len(members))
	for _, m := range members {
		switch {
		case m.Name == "":
			return errors.New("a store without a name")
		case m.Store == nil:
			return fmt.Errorf("store %s: no driver", m.Name)
		case seen[m.Name]:
			return fmt.Errorf("store %s: named twice", m.Name)
		}
		seen[m.Name] = true
	}
	if leadOf(members) < 0 {
		return errors.New("no store is required; one must be, it leads the release")
	}
	return nil
}

// leadOf returns the index of the lead: the first required store of the lowest wave
// that has one. It returns -1 if no store is required.
func leadOf(members []Member) int {
	lead := -1
	for i, m := range members {
		if m.Required && (lead < 0 || m.Wave < members[lead].Wave) {
			lead = i
		}
	}
	return lead
}

func randomAttempt() string {
	var b [8]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

package applier

import (
	"iter"
	"time"

	"github.com/promoctl/promoctl/planner"
)

// Recorder takes the events of releases. Record is called concurrently, must not
// block for long and has no error to return: metrics never stand in the way of a
// release.
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
// starts (Done false) and one when it ends (Done true), and may have events with
// Count in between. Store is empty for a gate, which holds all of them.
type Event struct {
	At time.Time `json:"at"`
	// Identity tells apart the pipelines and environments of one Git repository,
	// which may use the same names for their stores.
	Identity Identity `json:"identity"`

	Store   string        `json:"store,omitempty"`
	Step    Step          `json:"step"`
	Done    bool          `json:"done"`
	Release ReleaseID     `json:"release,omitempty"`
	Commit  string        `json:"commit,omitempty"`
	Seq     uint64        `json:"seq,omitempty"`
	Count   int           `json:"count,omitempty"` // records so far
	Total   int           `json:"total,omitempty"` // records in all
	Drift   int           `json:"drift,omitempty"` // drifted records that were found, refused or overwritten
	Took    time.Duration `json:"took_ns,omitempty"`
	Err     string        `json:"error,omitempty"`
}

// progressEvery is how many records go by between two progress events.
const progressEvery = 1000

// span is a step under way.
type span struct {
	e     *Engine
	event Event
	start time.Time
}

// begin records the start of a step. Rel may be the zero Release.
func (e *Engine) begin(step Step, store string, rel Release) *span {
	s := &span{e: e, start: e.now(), event: Event{
		Identity: e.identity, Step: step, Store: store, Release: rel.ID, Commit: rel.Target.Commit, Seq: rel.Target.Seq,
	}}
	s.record(s.event)
	return s
}

func (s *span) record(ev Event) {
	ev.At = s.e.now()
	s.e.recorder.Record(ev)
}

// end records how the step ended and returns what it took.
func (s *span) end(err error) time.Duration {
	s.event.Done = true
	s.event.Took = s.e.now().Sub(s.start)
	if err != nil {
		s.event.Err = err.Error()
	}
	s.record(s.event)
	return s.event.Took
}

// feed returns the changes as a sequence that reports progress as it is consumed.
func (s *span) feed(changes []planner.Change) iter.Seq2[planner.Change, error] {
	s.event.Total = len(changes)
	return func(yield func(planner.Change, error) bool) {
		s.event.Count = 0
		for i, c := range changes {
			if !yield(c, nil) {
				return
			}
			s.event.Count = i + 1
			if s.event.Count%progressEvery == 0 {
				s.record(s.event)
			}
		}
	}
}

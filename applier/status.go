package applier

import (
	"context"
	"sync"
	"time"
)

// StoreStatus is what one store says of itself.
type StoreStatus struct {
	Store    string
	Lead     bool
	Required bool
	Wave     int
	State    State         // zero if Err is set
	Behind   time.Time     // since when an optional store lags behind the lead; zero: it does not, or nobody knows
	Took     time.Duration // until the answer, or until there was none
	Err      error         // the store is unknown
}

// Status asks every store, all at once, and returns what they say in the order of the
// pipeline file. It takes no longer than the store timeout: a store that does not
// answer in time is reported as unknown, with the error. It changes nothing.
func (e *Engine) Status(ctx context.Context) []StoreStatus {
	out := make([]StoreStatus, len(e.members))
	var wg sync.WaitGroup
	for i, m := range e.members {
		wg.Go(func() {
			start := e.now()
			state, err := e.read(ctx, m)
			out[i] = StoreStatus{
				Store: m.Name, Lead: i == e.lead, Required: m.Required, Wave: m.Wave,
				State: state, Err: err, Took: e.now().Sub(start),
			}
		})
	}
	wg.Wait()
	lead := out[e.lead].State
	for i, m := range e.members {
		out[i].Behind = e.behindSince(lead, m, out[i].State, out[i].Err != nil)
	}
	return out
}

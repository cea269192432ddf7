package applier

import (
	"errors"
	"fmt"
	"time"
)

// behindSince returns since when an optional store lags behind the lead, as far as the
// two markers tell; zero if it does not. A store that cannot be asked lags since the
// release that was first made without it.
func (e *Engine) behindSince(lead State, m Member, state State, unknown bool) time.Time {
	if m.Required || lead.Live.IsZero() {
		return time.Time{}
	}
	noted := lead.Live.Behind[m.Name]
	if unknown {
		return noted
	}
	since := firstMissed(lead, state.Live.Origin)
	if !since.IsZero() && !noted.IsZero() && noted.Before(since) {
		return noted
	}
	return since
}

// firstMissed returns when the lead released what came next after origin; zero if
// nothing did. If origin is older than the lead remembers, it is the oldest release
// that it does remember.
func firstMissed(lead State, origin ReleaseID) time.Time {
	var missed time.Time
	for _, m := range append([]Marker{lead.Live}, lead.History...) {
		if m.Release == origin {
			break
		}
		missed = m.At
	}
	return missed
}

// leftBehind is what the lead's next marker says of the stores that are set aside.
func (r *run) leftBehind() map[string]time.Time {
	var left map[string]time.Time
	for _, m := range r.moves {
		if !m.aside {
			continue
		}
		if left == nil {
			left = make(map[string]time.Time)
		}
		left[m.Name] = m.behind
		if m.behind.IsZero() {
			left[m.Name] = r.releaseTime()
		}
	}
	return left
}

// overdue returns an error that names the optional stores that lag for longer than
// they may.
func (r *run) overdue() error {
	var errs []error
	for _, m := range r.moves {
		if !m.aside || m.MaxLag <= 0 || m.behind.IsZero() {
			continue
		}
		if lag := r.now().Sub(m.behind); lag > m.MaxLag {
			errs = append(errs, fmt.Errorf("%w: store %s lags %v, more than its maxLag %v: %w",
				ErrPartial, m.Name, lag.Round(time.Second), m.MaxLag, m.err))
		}
	}
	return errors.Join(errs...)
}

package applier

import (
	"context"
	"fmt"
	"time"
)

// waitForLead waits for the scheduled time, and then at the gates before the lead.
func (r *run) waitForLead(ctx context.Context) error {
	if err := r.hold(ctx, r.req.At.Sub(r.now())); err != nil || r.lead.current || r.lead.live {
		return err
	}
	for _, g := range r.gates {
		if g.BeforeWave > r.lead.Wave {
			break
		}
		if err := r.hold(ctx, g.Wait); err != nil {
			return err
		}
	}
	return nil
}

// waitForWave waits at the gates between the wave before, or the lead, and this one.
// Once something is live, a caller that goes away ends the waiting and not the release.
func (r *run) waitForWave(ctx context.Context, after, wave int) error {
	for _, g := range r.gates {
		if g.BeforeWave <= after || g.BeforeWave > wave {
			continue
		}
		if err := r.hold(ctx, g.Wait); err != nil && !r.begun() {
			return err
		}
	}
	return nil
}

// begun reports whether this run has made anything live.
func (r *run) begun() bool {
	for _, m := range r.moves {
		if m.moved {
			return true
		}
	}
	return false
}

// hold waits, as a gate. It does not wait when there is no time to wait for, and
// returns an error when the context ends.
func (r *run) hold(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return interrupted(ctx)
	}
	if d <= 0 {
		return nil
	}
	s := r.begin(StepGate, "", r.lead.rel)
	err := sleep(ctx, d)
	s.end(err)
	if err != nil {
		return interrupted(ctx)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stopped waiting: %w", context.Cause(ctx))
	}
}

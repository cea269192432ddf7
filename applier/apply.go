package applier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/promoctl/promoctl/planner"
)

// Apply brings every store to the target commit, all of them or, as far as the stores
// allow, none. Applying again what is live changes nothing.
//
// Errors before anything is live: ErrSuperseded, ErrDiverged, ErrUnknownCommit,
// *DeniedError, ErrStale, ErrPinned, *DriftedError, ErrConflict when somebody else is
// releasing, the context's error, and those of stores. Nothing stays staged then, and
// readers see what they saw before. After the first activation: ErrPartial when the
// stores are left apart, ErrConflict when somebody else took over, the cause alone when
// everything was taken back, and the context's error when the caller went away and the
// release was finished all the same. The Result is never nil; its Plan is nil when the
// stores could not be read.
func (e *Engine) Apply(ctx context.Context, req Request) (*Result, error) {
	r := e.newRun(req)
	err := r.apply(ctx)
	return r.result(), err
}

// run is one call of Apply.
type run struct {
	*Engine
	req     Request
	moves   []*move // in the order of the pipeline file
	lead    *move
	plan    *planner.Plan
	origin  ReleaseID // the lead's release: who has it live owns the release
	undoing ReleaseID // the lead's release that takes origin back
	started time.Time
}

// move is one store's part in a run.
type move struct {
	Member
	state    State
	behind   time.Time  // since when an optional store lags
	plan     *storePlan // nil: not planned
	rel      Release
	current  bool        // serves the target, and did before
	aside    bool        // optional, and left behind for this run
	staged   bool        // there may be a stage of rel.Attempt
	tried    bool        // activation was tried
	live     bool        // serves rel
	moved    bool        // and this run made it so
	back     bool        // serves its previous state again
	unknown  bool        // could not be asked what it serves
	err      error       // why it does not serve the target
	backErr  error       // why it was not taken back
	drift    *DriftError // drift that was overwritten
	activeAt time.Time

	stageTook, activateTook time.Duration
}

func (e *Engine) newRun(req Request) *run {
	if req.Kind == "" {
		req.Kind = KindApply
	}
	r := &run{Engine: e, req: req, started: e.now()}
	for _, m := range e.members {
		r.moves = append(r.moves, &move{Member: m})
	}
	r.lead = r.moves[e.lead]
	return r
}

// apply is one release from top to bottom.
func (r *run) apply(ctx context.Context) error {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	if len(r.pending()) == 0 {
		return r.overdue()
	}
	if err := r.stageAll(ctx); err != nil {
		return r.abandon(ctx, err)
	}
	if err := r.waitForLead(ctx); err != nil {
		return r.abandon(ctx, err)
	}
	// Whoever activates the lead owns the release. From here on a caller that goes
	// away no longer stops it: stores must not be left apart.
	if err := r.activateLead(context.WithoutCancel(ctx)); err != nil {
		return r.abandon(ctx, err)
	}
	err := r.activateWaves(ctx)
	if err != nil {
		err = r.afterFailure(context.WithoutCancel(ctx), err)
	}
	r.discardAll(ctx)
	return r.conclude(ctx, err)
}

// prepare does everything that only reads.
func (r *run) prepare(ctx context.Context) error {
	if r.req.Target == "" {
		return errors.New("apply: no target commit")
	}
	if err := r.readAll(ctx); err != nil {
		return err
	}
	if err := r.relateAll(ctx); err != nil {
		return err
	}
	steps := []func(context.Context) error{r.review, r.planAll}
	if r.req.Full {
		slices.Reverse(steps) // what the stores hold is what the review starts from
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	r.describeAll()
	return nil
}

// pending returns the stores that are still to be brought to the target by this run.
func (r *run) pending() []*move {
	return slices.DeleteFunc(slices.Clone(r.moves), func(m *move) bool {
		return m.current || m.aside || m.live
	})
}

// sortOut looks at the errors that a parallel step left in the moves: optional stores
// are set aside, required ones stop the release.
func (r *run) sortOut(ctx context.Context) error {
	if ctx.Err() != nil {
		return interrupted(ctx)
	}
	var errs []error
	for _, m := range r.pending() {
		switch {
		case m.err == nil:
		case m.Required:
			errs = append(errs, fmt.Errorf("store %s: %w", m.Name, m.err))
		default:
			m.aside = true
		}
	}
	return errors.Join(errs...)
}

// abandon ends a run before it owns the release: nothing of it stays staged.
func (r *run) abandon(ctx context.Context, err error) error {
	r.discardAll(ctx)
	return err
}

// conclude turns the end of a release that owned the lead into the error of Apply.
func (r *run) conclude(ctx context.Context, err error) error {
	if err == nil {
		err = r.overdue()
	}
	switch {
	case ctx.Err() == nil:
		return err
	case err == nil:
		return fmt.Errorf("interrupted, but the release was under way and is live everywhere: %w", context.Cause(ctx))
	case errors.Is(err, context.Cause(ctx)):
		return err
	}
	return fmt.Errorf("%w (and interrupted: %w)", err, context.Cause(ctx))
}

// errInterrupted says that the caller went away in time.
var errInterrupted = errors.New("interrupted, nothing was released")

// interrupted is the error of a run whose caller went away before anything was live.
func interrupted(ctx context.Context) error {
	return fmt.Errorf("%w: %w", errInterrupted, context.Cause(ctx))
}

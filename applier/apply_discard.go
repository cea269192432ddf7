package applier

import "context"

// discardAll removes what the run staged and did not make live. It has time of its own:
// whoever goes away still cleans up. What stays behind, because a store is down,
// expires with its lease. A store that serves the release is cleaned too: another run
// may have made it live from a stage of its own.
func (r *run) discardAll(ctx context.Context) {
	each(r.moves, func(m *move) {
		if m.staged && m.live {
			m.staged = r.dropStage(ctx, m, m.rel) != nil
		} else if m.staged {
			r.discard(ctx, m)
		}
	})
}

// discard removes what was staged for a move.
func (r *run) discard(ctx context.Context, m *move) {
	s := r.begin(StepDiscard, m.Name, m.rel)
	err := r.dropStage(ctx, m, m.rel)
	m.staged = err != nil
	s.end(err)
}

func (r *run) dropStage(ctx context.Context, m *move, rel Release) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.storeTimeout)
	defer cancel()
	return m.Store.Discard(ctx, rel)
}

package applier

import "context"

// discardAll removes what the run staged and did not make live. It has time of its own:
// whoever goes away still cleans up. What stays behind, because a store is down,
// expires with its lease.
func (r *run) discardAll(ctx context.Context) {
	each(r.moves, func(m *move) {
		if m.staged && !m.live {
			r.discard(ctx, m)
		}
	})
}

// discard removes what was staged for a move.
func (r *run) discard(ctx context.Context, m *move) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.storeTimeout)
	defer cancel()
	s := r.begin(StepDiscard, m.Name, m.rel)
	err := m.Store.Discard(ctx, m.rel)
	m.staged = err != nil
	s.end(err)
}

package memstore

import (
	"context"
	"fmt"

	"github.com/promoctl/promoctl/applier"
)

// Activate implements [applier.Store].
func (s *Store) Activate(ctx context.Context, r applier.Release) error {
	if err := s.activate(ctx, r); err != nil {
		return s.fail("activate", err)
	}
	return nil
}

func (s *Store) activate(ctx context.Context, r applier.Release) error {
	if err := s.place.step(ctx, "activate.before"); err != nil {
		return err
	}
	for i, part := range s.place.parts {
		if err := s.place.step(ctx, fmt.Sprintf("activate.partition:%d", i)); err != nil {
			return err
		}
		if err := s.activatePartition(i, part, r); err != nil {
			return err
		}
	}
	return s.place.reached("activate.after")
}

// activatePartition makes one partition serve r. It looks at all partitions first:
// none moves unless all can.
func (s *Store) activatePartition(i int, part *partition, r applier.Release) error {
	p := s.place
	p.mu.Lock()
	defer p.mu.Unlock()
	markers, err := s.ready(r)
	if err != nil {
		return err
	}
	if markers[i].Release == r.ID {
		return nil
	}
	if p.readOnly {
		return errReadOnly
	}
	part.live = part.live.after(markers[i], part.stages[r.Attempt])
	for _, m := range markers {
		if m.Release == r.ID { // perhaps by another attempt, with a marker of its own: the first one counts
			part.live.marker = m.Encode()
		}
	}
	for name, d := range r.Datasets {
		if d.Target != nil {
			p.prepared[name] = *d.Target
		}
	}
	delete(part.stages, r.Attempt)
	return nil
}

// ready checks that every partition serves r, or serves its base and has a sealed
// stage of it, and returns what each serves. The caller holds the lock.
func (s *Store) ready(r applier.Release) ([]applier.Marker, error) {
	markers, err := s.markers(s.place.serving())
	if err != nil {
		return nil, err
	}
	for _, m := range markers {
		if m.Release != r.ID && !m.Equal(r.Base) {
			return nil, conflict(m, r)
		}
	}
	for i, m := range markers {
		if m.Release == r.ID {
			continue
		}
		if err := s.sealed(s.place.parts[i], r); err != nil {
			return nil, err
		}
	}
	return markers, nil
}

// sealed returns ErrNotStaged unless the partition has a sealed stage that has not expired.
func (s *Store) sealed(part *partition, r applier.Release) error {
	st := part.stages[r.Attempt]
	switch {
	case st == nil:
		return fmt.Errorf("%w: attempt %s is gone; run the command again", applier.ErrNotStaged, r.Attempt)
	case !st.sealed:
		return fmt.Errorf("%w: attempt %s is not sealed; run the command again", applier.ErrNotStaged, r.Attempt)
	case !s.now().Before(st.release.Expires) && !s.place.halfLive(s, r.ID):
		return fmt.Errorf("%w: attempt %s expired at %s; run the command again",
			applier.ErrNotStaged, r.Attempt, st.release.Expires)
	}
	return nil
}

// after returns the generation that follows g, whose marker is given, once a stage is live.
func (g *generation) after(live applier.Marker, st *stage) *generation {
	next := g.clone()
	r := st.release
	if g.marker != nil {
		next.history = append([]applier.Marker{live}, g.history[:min(len(g.history), applier.HistoryLen-1)]...)
	}
	next.marker = r.Target.Encode()
	touched := map[string]bool{}
	for name, d := range r.Datasets {
		if d.Replace || d.Target == nil || isNew(r, name) {
			next.data[name] = table{} // its changes are all that it is to hold
			touched[name] = true
		}
	}
	for _, c := range st.changes {
		if !touched[c.Dataset] {
			next.data[c.Dataset] = cloneTable(g.data[c.Dataset])
			touched[c.Dataset] = true
		}
		t := next.data[c.Dataset]
		if c.After == nil {
			delete(t, c.Key)
			continue
		}
		t[c.Key] = row{record: *c.After, shop: g.data[c.Dataset][c.Key].shop}
	}
	return next
}

func cloneTable(t table) table {
	c := make(table, len(t)+1)
	for k, v := range t {
		c[k] = v
	}
	return c
}

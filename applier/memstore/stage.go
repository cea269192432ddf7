package memstore

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// stage is what one attempt wrote to one partition.
type stage struct {
	release applier.Release
	order   int // of all stages of the place
	sealed  bool
	changes []planner.Change
}

// Stage implements [applier.Store].
func (s *Store) Stage(ctx context.Context, r applier.Release, changes iter.Seq2[planner.Change, error]) (applier.Receipt, error) {
	receipt, err := s.stage(ctx, r, changes)
	if err != nil {
		return applier.Receipt{}, s.fail("stage", err)
	}
	return receipt, nil
}

func (s *Store) stage(ctx context.Context, r applier.Release, changes iter.Seq2[planner.Change, error]) (applier.Receipt, error) {
	var none applier.Receipt
	if err := s.place.step(ctx, "stage.before"); err != nil {
		return none, err
	}
	if err := s.begin(r); err != nil {
		return none, err
	}
	if err := s.place.step(ctx, "stage.begun"); err != nil {
		return none, err
	}
	for c, err := range changes {
		if err != nil {
			s.drop(r.Attempt)
			return none, fmt.Errorf("read the changes: %w", err)
		}
		if err := s.place.step(ctx, "stage.write"); err != nil {
			return none, err
		}
		if err := s.write(r, c); err != nil {
			s.drop(r.Attempt)
			return none, err
		}
	}
	return s.seal(ctx, r)
}

// begin makes an empty stage in every partition, after the expired ones are gone.
func (s *Store) begin(r applier.Release) error {
	p := s.place
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := s.writable(r); err != nil {
		return err
	}
	kept, err := keep(r)
	if err != nil {
		return err
	}
	p.collect(s)
	p.staged++
	for _, part := range p.parts {
		if part.stages[r.Attempt] != nil {
			return fmt.Errorf("attempt %s is staged already; each attempt needs a name of its own", r.Attempt)
		}
		part.stages[r.Attempt] = &stage{release: kept, order: p.staged}
	}
	return nil
}

// keep returns a copy of a release that shares nothing with its caller, as a driver
// has that writes it down.
func keep(r applier.Release) (applier.Release, error) {
	var kept applier.Release
	b, err := json.Marshal(r)
	if err == nil {
		err = json.Unmarshal(b, &kept)
	}
	if err != nil {
		return applier.Release{}, fmt.Errorf("write down the release: %w", err)
	}
	return kept, nil
}

// writable says why nothing may be staged for r, if so. The caller holds the lock.
func (s *Store) writable(r applier.Release) error {
	if err := s.onBase(r); err != nil {
		return err
	}
	if s.place.readOnly {
		return errReadOnly
	}
	return s.initialized(r)
}

// onBase returns ErrConflict unless every partition serves r.Base.
func (s *Store) onBase(r applier.Release) error {
	markers, err := s.markers(s.place.serving())
	if err != nil {
		return err
	}
	for _, m := range markers {
		if !m.Equal(r.Base) {
			return conflict(m, r)
		}
	}
	return nil
}

func conflict(live applier.Marker, r applier.Release) error {
	return fmt.Errorf("%w: release %q, sequence %d is live, not %q, %d; plan again",
		applier.ErrConflict, live.Release, live.Seq, r.Base.Release, r.Base.Seq)
}

// collect removes expired stages. The caller holds the lock.
func (p *Place) collect(s *Store) {
	for _, part := range p.parts {
		maps.DeleteFunc(part.stages, func(_ string, st *stage) bool {
			return !s.now().Before(st.release.Expires) && !p.halfLive(s, st.release.ID)
		})
	}
}

// halfLive reports whether some partitions serve the release and others do not. The
// caller holds the lock.
func (p *Place) halfLive(s *Store, id applier.ReleaseID) bool {
	markers, err := s.markers(p.serving())
	if err != nil {
		return true // somebody else's; not ours to throw away
	}
	behind, ahead := spread(markers)
	return markers[behind].Release != markers[ahead].Release && markers[ahead].Release == id
}

// write adds a change to its partition's stage.
func (s *Store) write(r applier.Release, c planner.Change) error {
	if _, ok := r.Datasets[c.Dataset]; !ok {
		return fmt.Errorf("%s %s: the release does not name the dataset", c.Dataset, c.Key)
	}
	p := s.place
	p.mu.Lock()
	defer p.mu.Unlock()
	st := p.partitionOf(c.Key).stages[r.Attempt]
	switch {
	case st == nil:
		return fmt.Errorf("the stage of attempt %s was removed meanwhile; run the command again", r.Attempt)
	case p.readOnly:
		return errReadOnly
	case p.room == 0:
		return errFull
	case p.room > 0:
		p.room--
	}
	st.changes = append(st.changes, c)
	return nil
}

// seal checks the whole stage against what is live and closes it, partition by partition.
func (s *Store) seal(ctx context.Context, r applier.Release) (applier.Receipt, error) {
	receipt := applier.Receipt{Datasets: map[string]planner.Delta{}}
	var drift []applier.Drift
	for i := range s.place.parts {
		if err := s.place.step(ctx, fmt.Sprintf("stage.seal:%d", i)); err != nil {
			return applier.Receipt{}, err
		}
		if err := s.sealPartition(i, r, receipt, &drift); err != nil {
			s.drop(r.Attempt)
			return applier.Receipt{}, err
		}
	}
	switch {
	case len(drift) > 0 && r.Overwrite:
		receipt.Drift = driftError(drift)
	case len(drift) > 0:
		s.drop(r.Attempt)
		return applier.Receipt{}, driftError(drift)
	}
	return receipt, s.place.reached("stage.after")
}

// sealPartition seals one partition's stage and adds what it holds to the receipt.
func (s *Store) sealPartition(i int, r applier.Release, receipt applier.Receipt, drift *[]applier.Drift) error {
	p := s.place
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := s.writable(r); err != nil {
		return err
	}
	part := p.parts[i]
	st := part.stages[r.Attempt]
	if st == nil {
		return fmt.Errorf("the stage of attempt %s was removed meanwhile; run the command again", r.Attempt)
	}
	found := findDrift(part.live, st)
	*drift = append(*drift, found...)
	for _, c := range st.changes {
		d := receipt.Datasets[c.Dataset]
		d.Include(reread(c))
		receipt.Datasets[c.Dataset] = d
	}
	st.sealed = len(found) == 0 || r.Overwrite
	return nil
}

// reread computes the digests of a staged change from its bytes.
func reread(c planner.Change) planner.Change {
	again := func(r *spec.Record) *spec.Record {
		if r == nil {
			return nil
		}
		n := spec.NewRecord(r.Key, r.JSON)
		return &n
	}
	c.Before, c.After = again(c.Before), again(c.After)
	return c
}

// drop removes the stage of an attempt that failed.
func (s *Store) drop(attempt string) {
	s.place.mu.Lock()
	defer s.place.mu.Unlock()
	for _, part := range s.place.parts {
		delete(part.stages, attempt)
	}
}

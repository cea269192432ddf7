package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/promoctl/promoctl/applier"
)

// stageDoc is what a stage says of itself, as JSON.
type stageDoc struct {
	Release applier.Release `json:"release"`
	Parts   []part          `json:"parts"`
}

// part is how one dataset takes part in a release.
type part struct {
	Dataset string `json:"dataset"`
	Table   string `json:"table"`             // its stage table
	Rebuild bool   `json:"rebuild,omitempty"` // the stage holds the whole dataset; a new table takes the old one's place
}

// attemptName is what may stand in the name of a table, and in a LIKE without escapes.
var attemptName = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

// isNew reports whether whatever the store holds of a dataset is not promoctl's.
func isNew(r applier.Release, dataset string) bool {
	return r.Base.IsZero() || r.Datasets[dataset].Base == nil
}

func conflict(live applier.Marker, r applier.Release) error {
	return fmt.Errorf("%w: release %q, sequence %d is live, not %q, %d; plan again",
		applier.ErrConflict, live.Release, live.Seq, r.Base.Release, r.Base.Seq)
}

// openForStage opens the database, making it if it may. It creates nothing for a
// release that is not on its base.
func (s *Store) openForStage(ctx context.Context, r applier.Release) (*session, error) {
	se, err := s.session(ctx)
	switch {
	case errors.Is(err, errMissing) && !r.Base.IsZero():
		return nil, conflict(applier.Marker{}, r)
	case errors.Is(err, errMissing) && !s.make:
		return nil, notInitialized("the database")
	case errors.Is(err, errMissing):
		if err = s.d.create(ctx); err == nil {
			se, err = s.session(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := s.ready(ctx, se, r); err != nil {
		se.close()
		return nil, err
	}
	return se, nil
}

// ready checks the base, and prepares the database as a whole.
func (s *Store) ready(ctx context.Context, se *session, r applier.Release) error {
	err := se.read(ctx, func(c conn) error {
		live, err := s.liveMarker(ctx, c)
		if err == nil && !live.Equal(r.Base) {
			err = conflict(live, r)
		}
		return err
	})
	if err != nil {
		return err
	}
	steps, err := s.d.prepare(ctx, se.conn)
	if err != nil || len(steps) == 0 {
		return err
	}
	if !s.make {
		return notInitialized(steps[0])
	}
	return s.prepareDatabase(ctx, se)
}

// prepareDatabase runs what the dialect asks for. Two programs that do so at once
// stand in each other's way for a moment.
func (s *Store) prepareDatabase(ctx context.Context, se *session) error {
	const pause, tries = 20 * time.Millisecond, 100
	var err error
	for range tries {
		var steps []string
		if steps, err = s.d.prepare(ctx, se.conn); err == nil {
			err = execAll(ctx, se.conn, steps)
		}
		if !isBusy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
	return err
}

// onBase returns ErrConflict unless the store serves r.Base; the own tables are there.
func (s *Store) onBase(ctx context.Context, c conn, r applier.Release) error {
	live, err := s.marker(ctx, c)
	if err != nil {
		return err
	}
	if !live.Equal(r.Base) {
		return conflict(live, r)
	}
	return nil
}

// liveMarker is marker for a database that may lack promoctl's own tables.
func (s *Store) liveMarker(ctx context.Context, c conn) (applier.Marker, error) {
	ready, err := s.initialized(ctx, c)
	if err != nil || !ready {
		return applier.Marker{}, err
	}
	return s.marker(ctx, c)
}

// layOut makes the tables of a stage and what they need, in one transaction.
func (w *stager) layOut(ctx context.Context, c conn) error {
	missing, err := w.s.missingOwn(ctx, c)
	if err != nil {
		return err
	}
	if len(missing) > 0 && !w.s.make {
		return notInitialized("promoctl's own tables")
	}
	if err := execAll(ctx, c, missing); err != nil {
		return err
	}
	if err := w.s.onBase(ctx, c, w.r); err != nil {
		return err
	}
	if err := w.s.collect(ctx, c); err != nil {
		return err
	}
	doc := stageDoc{Release: w.r}
	for i, name := range slices.Sorted(maps.Keys(w.r.Datasets)) {
		p, err := w.layOutPart(ctx, c, name, i)
		if err != nil {
			return fmt.Errorf("dataset %s: %w", name, err)
		}
		w.parts[name] = p
		doc.Parts = append(doc.Parts, p.part)
	}
	return w.s.insertStage(ctx, c, doc)
}

func (s *Store) insertStage(ctx context.Context, c conn, doc stageDoc) error {
	text, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("write down the release: %w", err)
	}
	attempt := doc.Release.Attempt
	taken, err := s.anyRow(ctx, c, "SELECT 1 FROM "+s.own("stage")+" WHERE attempt = "+s.d.bind(1), attempt)
	if err != nil {
		return err
	}
	if taken {
		return fmt.Errorf("attempt %s is staged already; each attempt needs a name of its own", attempt)
	}
	_, err = c.ExecContext(ctx, fmt.Sprintf("INSERT INTO %[1]s (n, attempt, sealed, doc) SELECT COALESCE(MAX(n), 0) + 1, %[2]s, 0, %[3]s FROM %[1]s",
		s.own("stage"), s.d.bind(1), s.d.bind(2)), attempt, string(text))
	return err
}

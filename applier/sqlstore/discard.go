package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/promoctl/promoctl/applier"
)

// Discard implements [applier.Store].
func (s *Store) Discard(ctx context.Context, r applier.Release) error {
	if err := s.discard(ctx, r); err != nil && !errors.Is(err, errMissing) {
		return s.fail("discard", err)
	}
	return nil
}

func (s *Store) discard(ctx context.Context, r applier.Release) error {
	se, err := s.session(ctx)
	if err != nil {
		return err
	}
	defer se.close()
	var doc stageDoc
	err = se.read(ctx, func(c conn) error {
		ready, err := s.initialized(ctx, c)
		if err != nil || !ready {
			return err
		}
		if _, err := s.marker(ctx, c); err != nil { // somebody else's is refused
			return err
		}
		doc, _, err = s.stageDoc(ctx, c, r.Attempt)
		return err
	})
	if err != nil || doc.Release.Attempt == "" {
		return err
	}
	return se.write(ctx, func(c conn) error { return s.removeStage(ctx, c, r.Attempt) })
}

// removeStage drops the tables of a stage and forgets it; it may be gone already.
func (s *Store) removeStage(ctx context.Context, c conn, attempt string) error {
	doc, _, err := s.stageDoc(ctx, c, attempt)
	if err != nil {
		return err
	}
	for _, p := range doc.Parts {
		if _, err := c.ExecContext(ctx, "DROP TABLE IF EXISTS "+s.d.quote(p.Table)); err != nil {
			return fmt.Errorf("remove stage table %s: %w", p.Table, err)
		}
	}
	_, err = c.ExecContext(ctx, "DELETE FROM "+s.own("stage")+" WHERE attempt = "+s.d.bind(1), attempt)
	return err
}

// collect removes the stages whose lease has ended.
func (s *Store) collect(ctx context.Context, c conn) error {
	var over []string
	err := each(ctx, c, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		var doc stageDoc
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			return fmt.Errorf("read stage: %w", err)
		}
		if s.expired(doc) {
			over = append(over, doc.Release.Attempt)
		}
		return nil
	}, "SELECT doc FROM "+s.own("stage"))
	if err != nil {
		return err
	}
	for _, attempt := range over {
		if err := s.removeStage(ctx, c, attempt); err != nil {
			return err
		}
	}
	return nil
}

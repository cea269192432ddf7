package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/promoctl/promoctl/applier"
)

// Activate implements [applier.Store]. An error that is neither ErrConflict nor
// ErrNotStaged may stem from the COMMIT, whose outcome is then unknown.
func (s *Store) Activate(ctx context.Context, r applier.Release) error {
	if err := s.activate(ctx, r); err != nil {
		return s.fail("activate", err)
	}
	return nil
}

func (s *Store) activate(ctx context.Context, r applier.Release) error {
	se, err := s.session(ctx)
	if errors.Is(err, errMissing) {
		if !r.Base.IsZero() {
			return conflict(applier.Marker{}, r)
		}
		return notStaged(r, "is gone")
	}
	if err != nil {
		return err
	}
	defer se.close()
	// Look first without the lock: most calls that cannot succeed end here.
	var done bool
	err = se.read(ctx, func(c conn) error {
		_, done, err = s.sealed(ctx, c, r)
		return err
	})
	if err != nil || done {
		return err
	}
	return se.write(ctx, func(c conn) error {
		doc, done, err := s.sealed(ctx, c, r)
		if err != nil || done {
			return err
		}
		return s.makeLive(ctx, c, r, doc)
	})
}

func notStaged(r applier.Release, why string) error {
	return fmt.Errorf("%w: attempt %s %s; run the command again", applier.ErrNotStaged, r.Attempt, why)
}

// sealed returns the stage that is about to become live, or done when the release is
// live already.
func (s *Store) sealed(ctx context.Context, c conn, r applier.Release) (doc stageDoc, done bool, err error) {
	var live applier.Marker
	ready, err := s.initialized(ctx, c)
	if ready {
		live, err = s.marker(ctx, c)
	}
	switch {
	case err != nil:
		return doc, false, err
	case live.Release == r.ID && !live.IsZero():
		return doc, true, nil
	case !live.Equal(r.Base):
		return doc, false, conflict(live, r)
	case !ready:
		return doc, false, notStaged(r, "is gone")
	}
	doc, sealed, err := s.stageDoc(ctx, c, r.Attempt)
	switch {
	case err != nil:
		return doc, false, err
	case doc.Release.ID != r.ID || doc.Release.ID == "":
		return doc, false, notStaged(r, "is gone")
	case !sealed:
		return doc, false, notStaged(r, "is not sealed")
	case s.expired(doc):
		return doc, false, notStaged(r, "expired at "+doc.Release.Expires.String())
	}
	return doc, false, nil
}

func (s *Store) expired(doc stageDoc) bool { return !s.now().Before(doc.Release.Expires) }

// stageDoc reads a stage; it is zero if there is none. The own tables are there.
func (s *Store) stageDoc(ctx context.Context, c conn, attempt string) (doc stageDoc, sealed bool, err error) {
	err = each(ctx, c, func(scan func(...any) error) error {
		var text string
		if err := scan(&text, &sealed); err != nil {
			return err
		}
		return json.Unmarshal([]byte(text), &doc)
	}, "SELECT doc, sealed FROM "+s.own("stage")+" WHERE attempt = "+s.d.bind(1), attempt)
	return doc, sealed, err
}

// makeLive moves the staged rows, the marker and the history; the caller commits.
func (s *Store) makeLive(ctx context.Context, c conn, r applier.Release, doc stageDoc) error {
	for _, p := range doc.Parts {
		if err := s.movePart(ctx, c, r, p); err != nil {
			return fmt.Errorf("dataset %s: %w", p.Dataset, err)
		}
	}
	if err := s.moveMarker(ctx, c, r); err != nil {
		return err
	}
	return s.removeStage(ctx, c, r.Attempt)
}

// movePart makes one dataset what its stage says.
func (s *Store) movePart(ctx context.Context, c conn, r applier.Release, p part) error {
	base, target, err := s.shapes(p.Dataset, r.Datasets[p.Dataset])
	if err != nil {
		return err
	}
	switch {
	case target == nil:
		return s.empty(ctx, c, p)
	case p.Rebuild:
		return s.rebuild(ctx, c, r, p, base, target)
	}
	return s.merge(ctx, c, p, target)
}

// empty removes all records of a dataset that is gone. The table stays for the
// shop's statements that name it, and for the revert that brings the dataset back.
func (s *Store) empty(ctx context.Context, c conn, p part) error {
	live, err := s.d.table(ctx, c, s.liveTable(p.Dataset))
	if err != nil || !live.exists() {
		return err
	}
	_, err = c.ExecContext(ctx, "DELETE FROM "+s.liveQuoted(p.Dataset))
	return err
}

// merge applies the staged rows to the live table.
func (s *Store) merge(ctx context.Context, c conn, p part, sh *shape) error {
	key, stage, live := sh.keyNames(), s.d.quote(p.Table), s.liveQuoted(p.Dataset)
	gone := fmt.Sprintf("DELETE FROM %s WHERE (%s) IN (SELECT %s FROM %s WHERE %s IN (%d, %d))",
		live, s.list("", key), s.list("", key), stage, s.d.quote(stageOp), opDelete, opPurge)
	if _, err := c.ExecContext(ctx, gone); err != nil {
		return err
	}
	columns := names(sh.git())
	put := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s IN (%d, %d) ORDER BY %s %s",
		live, s.list("", columns), s.list("", columns), stage, s.d.quote(stageOp), opCreate, opUpdate,
		s.d.quote(stageN), s.d.upsert(s.quoteAll("", key), s.quoteAll("", columns[len(key):])))
	_, err := c.ExecContext(ctx, put)
	return err
}

// moveMarker replaces the marker if it is still the one that was read, and remembers
// the old one.
func (s *Store) moveMarker(ctx context.Context, c conn, r applier.Release) error {
	marker, history, d := s.own("marker"), s.own("history"), s.d
	if r.Base.IsZero() {
		_, err := c.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (id, marker) VALUES (1, %s)", marker, d.bind(1)), string(r.Target.Encode()))
		return err
	}
	remember := fmt.Sprintf("INSERT INTO %[1]s (n, marker) SELECT COALESCE((SELECT MAX(n) FROM %[1]s), 0) + 1, marker FROM %[2]s", history, marker)
	forget := fmt.Sprintf("DELETE FROM %[1]s WHERE n <= (SELECT MAX(n) FROM %[1]s) - %[2]d", history, applier.HistoryLen)
	if err := execAll(ctx, c, []string{remember, forget}); err != nil {
		return err
	}
	res, err := c.ExecContext(ctx, fmt.Sprintf("UPDATE %s SET marker = %s WHERE id = 1", marker, d.bind(1)), string(r.Target.Encode()))
	if err != nil {
		return err
	}
	return one(res, errors.New("the marker is gone"))
}

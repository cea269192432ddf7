package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
)

// op is what to do with a staged row.
type op int

const (
	opCreate op = iota + 1
	opUpdate
	opDelete
	opCarry // unchanged, and in the new table of a rebuild
	opPurge // live, not promoctl's, and overwritten
	opEnd
)

// batchRows is how many rows one transaction of a stage writes: some tens of
// milliseconds in which the shop's own writes wait.
const batchRows = 10_000

// statementRows is how many rows one INSERT has: with more the statement costs more
// to bind than it saves.
const statementRows = 100

// cleanupTime is how long a stage that failed may take to remove itself.
const cleanupTime = 5 * time.Second

// stager is one run of Stage.
type stager struct {
	s       *Store
	se      *session
	r       applier.Release
	parts   map[string]*stagePart
	inserts map[string]*sql.Stmt
	n       int64 // rows so far
	receipt applier.Receipt
	drift   driftList
	sealed  bool
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
	if !attemptName.MatchString(r.Attempt) {
		return applier.Receipt{}, fmt.Errorf("attempt %q cannot be part of the name of a table", r.Attempt)
	}
	se, err := s.openForStage(ctx, r)
	if err != nil {
		return applier.Receipt{}, err
	}
	defer se.close()
	w := &stager{
		s: s, se: se, r: r, parts: map[string]*stagePart{}, inserts: map[string]*sql.Stmt{},
		receipt: applier.Receipt{Datasets: map[string]planner.Delta{}},
	}
	if err := se.write(ctx, func(c conn) error { return w.layOut(ctx, c) }); err != nil {
		return applier.Receipt{}, err
	}
	defer w.end(ctx)
	if err := w.writeAll(ctx, changes); err != nil {
		return applier.Receipt{}, err
	}
	if err := w.complete(ctx); err != nil {
		return applier.Receipt{}, err
	}
	if err := w.seal(ctx); err != nil {
		return applier.Receipt{}, err
	}
	return w.receipt, nil
}

// end closes what staging used, and removes a stage that was not sealed.
func (w *stager) end(ctx context.Context) {
	for _, st := range w.inserts {
		st.Close()
	}
	if w.sealed {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	// Should this fail too, the stage stays unsealed and goes when its lease ends.
	_ = w.se.write(ctx, func(c conn) error { return w.s.removeStage(ctx, c, w.r.Attempt) })
}

// writeAll writes the changes in batches of one dataset each.
func (w *stager) writeAll(ctx context.Context, changes iter.Seq2[planner.Change, error]) error {
	var batch []planner.Change
	for c, err := range changes {
		if err != nil {
			return fmt.Errorf("read the changes: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if w.parts[c.Dataset] == nil {
			return fmt.Errorf("%s %s: the release does not name the dataset", c.Dataset, c.Key)
		}
		if len(batch) == batchRows || len(batch) > 0 && batch[0].Dataset != c.Dataset {
			if err := w.writeBatch(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
		batch = append(batch, c)
	}
	if len(batch) == 0 {
		return ctx.Err()
	}
	return w.writeBatch(ctx, batch)
}

// seal closes the stage if it is whole, on its base, and nothing drifted.
func (w *stager) seal(ctx context.Context) error {
	err := w.se.write(ctx, func(c conn) error {
		if err := w.s.onBase(ctx, c, w.r); err != nil {
			return err
		}
		drift := w.drift.sorted()
		if err := drift.Err(); err != nil && !w.r.Overwrite {
			return err
		}
		if drift.Total > 0 {
			w.receipt.Drift = drift
		}
		if err := w.counted(ctx, c); err != nil {
			return err
		}
		res, err := c.ExecContext(ctx, fmt.Sprintf("UPDATE %s SET sealed = 1 WHERE attempt = %s", w.s.own("stage"), w.s.d.bind(1)), w.r.Attempt)
		if err != nil {
			return err
		}
		return one(res, errStageGone)
	})
	w.sealed = err == nil
	return err
}

// counted compares the rows of the stage with those that were read back one by one.
func (w *stager) counted(ctx context.Context, c conn) error {
	for name, p := range w.parts {
		var got [opEnd]int64
		err := each(ctx, c, func(scan func(...any) error) error {
			var o op
			var n int64
			if err := scan(&o, &n); err != nil {
				return err
			}
			if o <= 0 || o >= opEnd {
				return fmt.Errorf("operation %d is unknown", o)
			}
			got[o] = n
			return nil
		}, fmt.Sprintf("SELECT %[1]s, COUNT(*) FROM %[2]s GROUP BY %[1]s", w.s.d.quote(stageOp), w.s.d.quote(p.Table)))
		if err != nil {
			return err
		}
		if got != p.count {
			return fmt.Errorf("dataset %s: the stage holds other rows than were written; run the command again", name)
		}
	}
	return nil
}

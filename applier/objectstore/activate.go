package objectstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/promoctl/promoctl/applier"
)

// Activate implements [applier.Store].
func (s *Store) Activate(ctx context.Context, r applier.Release) error {
	done, err := s.readyToActivate(ctx, r)
	if err == nil && !done {
		err = s.rename(ctx, r)
	}
	return s.fail(err)
}

// readyToActivate checks everything that can be checked before the one step that
// counts. It reports whether the release is live already.
func (s *Store) readyToActivate(ctx context.Context, r applier.Release) (done bool, err error) {
	live, err := s.live(ctx)
	if err != nil {
		return false, err
	}
	if live.marker.Release == r.ID && r.ID != "" {
		return true, nil
	}
	if !live.marker.Equal(r.Base) {
		return false, conflict(live.marker, r)
	}
	return false, s.checkStage(r)
}

// checkStage returns ErrNotStaged unless the stage of the attempt is sealed, whole
// and for this release.
func (s *Store) checkStage(r applier.Release) error {
	if !plainName(r.Attempt) {
		return fmt.Errorf("%w: attempt %q", applier.ErrNotStaged, r.Attempt)
	}
	info, err := s.stageInfo(r.Attempt)
	if err != nil {
		return notStaged(r, err)
	}
	staged := info.Release
	switch {
	case staged.ID != r.ID || !staged.Base.Equal(r.Base):
		return fmt.Errorf("%w: attempt %s staged release %s", applier.ErrNotStaged, r.Attempt, staged.ID)
	case r.Target.Seq != r.Base.Seq+1:
		return checkRelease(r)
	case s.expired(staged):
		return fmt.Errorf("%w: the stage of attempt %s expired at %s",
			applier.ErrNotStaged, r.Attempt, staged.Expires.UTC().Format("2006-01-02 15:04:05Z"))
	}
	dir := s.path(stageDir, r.Attempt)
	m, err := readSealed(dir)
	if err != nil {
		return notStaged(r, err)
	}
	if err := s.checkObjects(m, r.Attempt); err != nil {
		return notStaged(r, err)
	}
	return s.writeTarget(dir, staged, r)
}

// notStaged says that the stage is gone or damaged. A fault of the disk stays a fault:
// it may pass.
func notStaged(r applier.Release, err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.As(err, &syntax), errors.Is(err, errTorn):
		return fmt.Errorf("%w: attempt %s: %w", applier.ErrNotStaged, r.Attempt, err)
	}
	return err
}

// checkObjects looks whether the objects of an attempt are there in full. The others
// are live already.
func (s *Store) checkObjects(m Manifest, attempt string) error {
	prefix := objectsDir + "/" + attempt + "/"
	for _, d := range m.Datasets {
		for _, o := range d.Objects {
			if len(o.Path) < len(prefix) || o.Path[:len(prefix)] != prefix {
				continue
			}
			info, err := os.Stat(s.path(filepath.FromSlash(o.Path)))
			if err != nil {
				return err
			}
			if info.Size() != o.Bytes {
				return fmt.Errorf("%s: %w: %d bytes, want %d", s.path(o.Path), errTorn, info.Size(), o.Bytes)
			}
		}
	}
	return nil
}

// writeTarget puts the marker into the stage if the release was completed after it
// was staged.
func (s *Store) writeTarget(dir string, staged, r applier.Release) error {
	if staged.Target.Equal(r.Target) {
		return nil
	}
	err := replacePrivate(filepath.Join(dir, markerFile), r.Target.Encode())
	if err == nil {
		info := stageInfo{Since: s.now().UTC(), Release: r}
		var data []byte
		if data, err = json.Marshal(info); err == nil {
			err = replacePrivate(filepath.Join(dir, releaseFile), data)
		}
	}
	return err
}

// rename is the step that makes a stage live. It fails when live/<seq> is there, so
// that of several appliers with the same base exactly one wins.
func (s *Store) rename(ctx context.Context, r applier.Release) error {
	from, to := s.path(stageDir, r.Attempt), s.liveDir(r.Target.Seq)
	if err := os.Rename(from, to); err != nil {
		return s.lost(ctx, r, err)
	}
	won, err := s.won(r)
	if err != nil {
		return err
	}
	if !won {
		return s.withdraw(ctx, r)
	}
	if err := syncDirs(s.path(liveDir), s.path(stageDir)); err != nil {
		return err
	}
	s.tidy(r.Target.Seq)
	return nil
}

// tidy removes from a live directory what only its stage needed. Should that fail, or
// the program be killed before, the next gc does it; nobody else may read it meanwhile.
func (s *Store) tidy(seq uint64) {
	for _, name := range []string{releaseFile, sealFile} {
		os.Remove(filepath.Join(s.liveDir(seq), name))
	}
}

// lost finds out why the rename failed.
func (s *Store) lost(ctx context.Context, r applier.Release, cause error) error {
	done, err := s.readyToActivate(ctx, r)
	switch {
	case done:
		return nil
	case err != nil:
		return err
	}
	return cause // the base is live and the stage is there: a fault of the disk
}

// won reports whether a rename that worked made the release live. It did not when
// the applier slept before it for so long that the directory of the same number had
// come and gone: then other releases follow, and the next one does not build on this
// one. Such a directory is below the live one, where no reader looks.
func (s *Store) won(r applier.Release) (bool, error) {
	seqs, err := s.sequences()
	if err != nil {
		return false, err
	}
	if len(seqs) == 0 || seqs[len(seqs)-1] <= r.Target.Seq {
		return true, nil
	}
	next, err := readLive(s.liveDir(r.Target.Seq + 1))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && next.Follows == r.Attempt, err
}

// withdraw removes every trace of a rename that came too late. An applier that won
// and then slept through the whole history cannot be told from that; so what other
// releases took over from it stays.
func (s *Store) withdraw(ctx context.Context, r applier.Release) error {
	err := s.throwAway(s.liveDir(r.Target.Seq), func() error {
		used, err := s.usedObjects(ctx)
		if err != nil {
			return err
		}
		return s.sweepAttempt(r.Attempt, used)
	})
	return errors.Join(fmt.Errorf("%w: sequence %d was released long ago", applier.ErrConflict, r.Target.Seq), err)
}

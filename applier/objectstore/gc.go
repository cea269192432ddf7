package objectstore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// orphanAge is when a stage goes that was killed before it could say how long its
// lease is.
const orphanAge = 24 * time.Hour

// gc removes what nobody can need any more: expired stages, releases beyond the
// history, and objects of attempts that are neither staged nor in a release that is
// kept. It needs no lock and no grace period, because each attempt has a directory of
// objects of its own, which the stage protects as long as it is there, and no
// manifest takes in an object of a release that is not its base. What was garbage
// once is garbage for ever, however long a gc sleeps between looking and removing.
//
// Faults are not reported: what stays is taken by the next gc, and a release must
// not fail because of old files.
func (s *Store) gc(ctx context.Context) {
	s.finishRemovals(ctx)
	s.dropExpired()
	s.dropOldReleases(ctx)
}

// finishRemovals takes up removals that were interrupted. Each removal leaves its
// directory in the trash until the objects are gone too, so that the search through
// all objects is needed only then.
func (s *Store) finishRemovals(ctx context.Context) {
	names, _ := subdirs(s.path(trashDir))
	if len(names) == 0 {
		return
	}
	if err := s.sweep(ctx); err != nil {
		return
	}
	for _, name := range names {
		os.RemoveAll(s.path(trashDir, name))
	}
}

func (s *Store) dropExpired() {
	names, _ := subdirs(s.path(stageDir))
	for _, name := range names {
		info, err := s.stageInfo(name)
		if err != nil {
			at, statErr := os.Stat(s.path(stageDir, name))
			if statErr == nil && s.now().Sub(at.ModTime()) > orphanAge {
				s.removeStage(name)
			}
			continue
		}
		if s.expired(info.Release) {
			s.removeStage(name)
		}
	}
}

// removeStage removes the stage of an attempt, and its objects if no one else has made
// them live or removed them meanwhile.
func (s *Store) removeStage(attempt string) error {
	return s.throwAway(s.path(stageDir, attempt), func() error {
		return os.RemoveAll(s.path(objectsDir, attempt))
	})
}

// dropOldReleases removes releases beyond the history with the objects that only they
// use. Manifests take an object over from one to the next without a gap, so an object
// that a release beyond the history shares with any that is kept, it shares with the
// oldest of those.
//
// A manifest that is damaged breaks that chain, and only a search through all objects
// finds what nobody needs.
func (s *Store) dropOldReleases(ctx context.Context) {
	seqs, err := s.sequences()
	if err != nil || len(seqs) == 0 {
		return
	}
	s.tidy(seqs[len(seqs)-1])
	keep, _ := slices.BinarySearch(seqs, oldest(seqs[len(seqs)-1]))
	if keep == 0 {
		return
	}
	kept, keptErr := s.objectsOf(seqs[keep])
	for _, seq := range seqs[:keep] {
		old, err := s.objectsOf(seq)
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody else's gc was here
		}
		if err == nil {
			err = keptErr
		}
		if err != nil && !errors.Is(err, errDamaged) {
			return // what cannot be read might need anything
		}
		s.throwAway(s.liveDir(seq), func() error {
			if err != nil {
				return s.sweep(ctx)
			}
			return s.removeObjects(old, kept)
		})
	}
}

// removeObjects removes the objects of one release that another one does not use.
func (s *Store) removeObjects(of, kept map[string]bool) error {
	var errs []error
	for object := range of {
		if kept[object] {
			continue
		}
		file := s.path(filepath.FromSlash(object))
		errs = append(errs, removeIfThere(file))
		for dir := path.Dir(object); dir != objectsDir; dir = path.Dir(dir) {
			os.Remove(s.path(filepath.FromSlash(dir))) // works when it is empty
		}
	}
	return errors.Join(errs...)
}

// objectsOf returns the paths that a release names.
func (s *Store) objectsOf(seq uint64) (map[string]bool, error) {
	m, err := s.manifest(release{seq: seq, dir: s.liveDir(seq)})
	if err != nil {
		return nil, err
	}
	paths := map[string]bool{}
	for _, d := range m.Datasets {
		for _, o := range d.Objects {
			paths[o.Path] = true
		}
	}
	return paths, nil
}

// sweep removes every object that no release needs. The order matters: attempts are
// listed first, then stages, then releases. An attempt that had a stage meanwhile is
// seen in one of the later lists, since a stage exists before its objects do and
// moves from stage to live in one step.
func (s *Store) sweep(ctx context.Context) error {
	attempts, err := subdirs(s.path(objectsDir))
	if err != nil {
		return err
	}
	stages, err := subdirs(s.path(stageDir))
	if err != nil {
		return err
	}
	used, err := s.usedObjects(ctx)
	if err != nil {
		return err
	}
	for _, attempt := range attempts {
		if _, staged := slices.BinarySearch(stages, attempt); staged {
			continue
		}
		if err := s.sweepAttempt(attempt, used); err != nil {
			return err
		}
	}
	return nil
}

// usedObjects returns the paths that any release under live names. Of those whose
// manifest is damaged only the live one counts, since a person may mend it: then it is an
// error.
func (s *Store) usedObjects(ctx context.Context) (map[string]bool, error) {
	seqs, err := s.sequences()
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, seq := range seqs {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		paths, err := s.objectsOf(seq)
		if errors.Is(err, errDamaged) && seq != seqs[len(seqs)-1] {
			continue
		}
		if err != nil {
			return nil, err
		}
		for p := range paths {
			used[p] = true
		}
	}
	return used, nil
}

// sweepAttempt removes what is not used from the objects of an attempt that has ended.
func (s *Store) sweepAttempt(attempt string, used map[string]bool) error {
	there := map[string]bool{}
	err := filepath.WalkDir(s.path(objectsDir, attempt), func(file string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() {
			there[filepath.ToSlash(strings.TrimPrefix(file, s.root+string(filepath.Separator)))] = true
		}
		return nil
	})
	if err := errors.Join(err, s.removeObjects(there, used)); err != nil {
		return err
	}
	for object := range used {
		if strings.HasPrefix(object, path.Join(objectsDir, attempt)+"/") {
			return nil
		}
	}
	return os.RemoveAll(s.path(objectsDir, attempt)) // empty directories
}

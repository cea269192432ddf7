package objectstore

import (
	"context"
	"os"
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
	s.emptyTrash()
	s.dropExpired()
	s.dropOldReleases()
	s.dropObjects(ctx)
}

// emptyTrash finishes removals that were interrupted.
func (s *Store) emptyTrash() {
	names, _ := subdirs(s.path(trashDir))
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

func (s *Store) dropOldReleases() {
	seqs, err := s.sequences()
	if err != nil || len(seqs) == 0 {
		return
	}
	keep := oldest(seqs[len(seqs)-1])
	for _, seq := range seqs {
		if seq < keep {
			s.throwAway(s.liveDir(seq))
		}
	}
}

// dropObjects removes objects that no release needs. The order matters: attempts are
// listed first, then stages, then releases. An attempt that had a stage meanwhile is
// seen in one of the later lists, since a stage exists before its objects do and
// moves from stage to live in one step.
func (s *Store) dropObjects(ctx context.Context) {
	attempts, err := subdirs(s.path(objectsDir))
	if err != nil {
		return
	}
	stages, err := subdirs(s.path(stageDir))
	if err != nil {
		return
	}
	used, err := s.usedObjects(ctx)
	if err != nil {
		return // what cannot be read might need anything
	}
	for _, attempt := range attempts {
		if _, staged := slices.BinarySearch(stages, attempt); !staged {
			s.dropUnused(attempt, used)
		}
	}
}

// usedObjects returns the paths that the releases under live name, and the names of
// their attempts' directories.
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
		m, err := readManifest(s.liveDir(seq), seq == 0)
		if err != nil {
			return nil, err
		}
		for _, d := range m.Datasets {
			for _, o := range d.Objects {
				used[o.Path] = true
				used[strings.Split(o.Path, "/")[1]] = true
			}
		}
	}
	return used, nil
}

func (s *Store) dropUnused(attempt string, used map[string]bool) {
	dir := s.path(objectsDir, attempt)
	if !used[attempt] {
		os.RemoveAll(dir)
		return
	}
	datasets, _ := subdirs(dir)
	for _, dataset := range datasets {
		files, _ := os.ReadDir(filepath.Join(dir, dataset))
		for _, f := range files {
			if path := strings.Join([]string{objectsDir, attempt, dataset, f.Name()}, "/"); !used[path] {
				os.Remove(s.path(path))
			}
		}
		os.Remove(filepath.Join(dir, dataset)) // works when it is empty
	}
}

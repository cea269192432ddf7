package objectstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
)

// Stage implements [applier.Store].
func (s *Store) Stage(
	ctx context.Context, r applier.Release, changes iter.Seq2[planner.Change, error],
) (applier.Receipt, error) {
	receipt, err := s.stage(ctx, r, changes)
	if err != nil {
		return applier.Receipt{}, s.fail(err)
	}
	return receipt, nil
}

func (s *Store) stage(
	ctx context.Context, r applier.Release, changes iter.Seq2[planner.Change, error],
) (receipt applier.Receipt, err error) {
	base, err := s.checkBase(ctx, r)
	if err != nil {
		return receipt, err
	}
	if err := checkRelease(r); err != nil {
		return receipt, err
	}
	if err := s.ready(); err != nil {
		return receipt, err
	}
	s.gc(ctx)
	if err := s.beginStage(r); err != nil {
		return receipt, err
	}
	sealed := false
	defer func() { // also when changes panics
		if !sealed {
			err = errors.Join(err, s.removeStage(r.Attempt))
		}
	}()
	work, err := collect(ctx, r, changes)
	if err != nil {
		return receipt, err
	}
	receipt, err = s.fill(ctx, r, base, work)
	sealed = err == nil
	return receipt, err
}

// checkBase returns what is live if it is the base of the release.
func (s *Store) checkBase(ctx context.Context, r applier.Release) (release, error) {
	live, err := s.live(ctx)
	if err != nil {
		return release{}, err
	}
	if !live.marker.Equal(r.Base) {
		return release{}, conflict(live.marker, r)
	}
	return live, nil
}

func conflict(live applier.Marker, r applier.Release) error {
	return fmt.Errorf("%w: sequence %d (commit %.10s) is live, the release starts from %d (commit %.10s)",
		applier.ErrConflict, live.Seq, live.Commit, r.Base.Seq, r.Base.Commit)
}

// checkRelease refuses what would break the rules that names on disk rely on.
func checkRelease(r applier.Release) error {
	if !plainName(r.Attempt) {
		return fmt.Errorf("attempt %q cannot name a directory", r.Attempt)
	}
	if r.Target.Seq != r.Base.Seq+1 {
		return fmt.Errorf("release %s goes from sequence %d to %d; sequences grow by one", r.ID, r.Base.Seq, r.Target.Seq)
	}
	for name := range r.Datasets {
		if !plainName(name) {
			return fmt.Errorf("dataset %q cannot name a directory", name)
		}
	}
	return nil
}

// ready creates the store's directories, if it may.
func (s *Store) ready() error {
	for _, dir := range s.dirs() {
		if s.create {
			if err := mkdirs(dir); err != nil {
				return err
			}
			continue
		}
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %s is missing; run promoctl init-store, or set create: true",
				applier.ErrNotInitialized, dir)
		}
	}
	return nil
}

// beginStage creates the directories of an attempt. The stage's comes first and goes
// first: as long as it is there, gc leaves the attempt's objects alone.
func (s *Store) beginStage(r applier.Release) error {
	info, err := json.Marshal(stageInfo{Since: s.now().UTC(), Release: r})
	if err != nil {
		return fmt.Errorf("encode release %s: %w", r.ID, err)
	}
	dir := s.path(stageDir, r.Attempt)
	if err := os.Mkdir(dir, dirMode); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("attempt %s was staged before; each attempt needs a name of its own", r.Attempt)
		}
		return err
	}
	err = writeDurable(filepath.Join(dir, releaseFile), info, privateMode)
	if err == nil {
		err = os.Mkdir(s.path(objectsDir, r.Attempt), dirMode)
	}
	if err == nil {
		err = syncDirs(dir, s.path(stageDir), s.path(objectsDir))
	}
	if err != nil {
		return errors.Join(err, s.removeStage(r.Attempt))
	}
	return nil
}

// fill writes the objects and the manifest of a stage and seals it.
func (s *Store) fill(ctx context.Context, r applier.Release, base release, work map[string]*work) (applier.Receipt, error) {
	b := builder{store: s, release: r, work: work}
	var err error
	if b.old, err = s.manifest(base); errors.Is(err, errDamaged) {
		b.damage = append(b.damage, err) // of it nothing is left
	} else if err != nil {
		return applier.Receipt{}, err
	}
	next, receipt, drift, err := b.build(ctx)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errDamaged) {
		return applier.Receipt{}, err
	}
	// Once it is known that the base is still live, a missing file is a fault and not
	// the trace of someone who went on releasing.
	if _, moved := s.checkBase(ctx, r); moved != nil {
		return applier.Receipt{}, moved
	}
	if err != nil {
		return applier.Receipt{}, err
	}
	if drift.Total > 0 && !r.Overwrite {
		return applier.Receipt{}, drift
	}
	if drift.Total > 0 {
		receipt.Drift = drift
	}
	return receipt, s.seal(r, next, receipt)
}

// seal makes the stage complete: everything it needs is durable before the seal is.
func (s *Store) seal(r applier.Release, m Manifest, receipt applier.Receipt) error {
	manifest, err := encodeManifest(m)
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	sealed, err := newSeal(manifest, receipt)
	if err != nil {
		return fmt.Errorf("encode seal: %w", err)
	}
	dir := s.path(stageDir, r.Attempt)
	if err := writeDurable(filepath.Join(dir, manifestFile), manifest, fileMode); err != nil {
		return err
	}
	if err := writeDurable(filepath.Join(dir, markerFile), r.Target.Encode(), privateMode); err != nil {
		return err
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	if err := writeDurable(filepath.Join(dir, sealFile), sealed, privateMode); err != nil {
		return err
	}
	return syncDir(dir)
}

// readSealed reads the manifest of a stage that is complete.
func readSealed(dir string) (Manifest, error) {
	data, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return Manifest{}, err
	}
	sealed, err := os.ReadFile(filepath.Join(dir, sealFile))
	if err != nil {
		return Manifest{}, err
	}
	m, err := openSealed(data, sealed)
	if err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", dir, err)
	}
	return m, nil
}

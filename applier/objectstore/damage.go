package objectstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/applier"
)

// errDamaged: a file of a release that is live was torn, edited or removed. What it held
// comes from Git, so that a release that brings all of it back mends it.
var errDamaged = errors.New("damaged")

// lostFile is the error of a file under live that cannot be read. One that is missing is
// damage, unless its directory is gone too: then other releases went on.
func lostFile(file string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, gone := os.Stat(filepath.Dir(file)); gone != nil {
		return err
	}
	return fmt.Errorf("%s: %w: it is missing", file, errDamaged)
}

// manifest reads the manifest of a directory under live.
func (s *Store) manifest(r release) (Manifest, error) {
	switch {
	case r.dir == "":
		return Manifest{}, nil
	case r.seq == 0:
		return readByHand(r.dir)
	}
	return readLive(r.dir)
}

// readLive reads the manifest of a release. The error is errDamaged when it is not what
// was released, and fs.ErrNotExist when the directory is gone.
func readLive(dir string) (Manifest, error) {
	file := filepath.Join(dir, manifestFile)
	data, err := os.ReadFile(file)
	if err != nil {
		return Manifest{}, lostFile(file, err)
	}
	m, err := whole(data)
	switch {
	case errors.Is(err, applier.ErrFormat):
		return Manifest{}, fmt.Errorf("%s: %w", file, err)
	case err != nil:
		return Manifest{}, fmt.Errorf("%s: %w: %w", file, errDamaged, err)
	}
	return m, nil
}

// readByHand reads a manifest that a person wrote, which is not checked and which no
// release brings back.
func readByHand(dir string) (Manifest, error) {
	file := filepath.Join(dir, manifestFile)
	data, err := os.ReadFile(file)
	if err != nil {
		return Manifest{}, err
	}
	m, err := decodeManifest(data)
	if err != nil {
		return Manifest{}, fmt.Errorf("%s: %w; mend it by hand, or move the directory away to start with nothing", file, err)
	}
	return m, nil
}

// markerRecipe says how to go on when the newest directory has no marker that can be
// read. Readers do not look at markers: what they see stays, and the number of the next
// release stays above all that they saw. So the marker of an older release, with the
// number changed, is what a full comparison can start from. Only a person can decide
// that: a torn marker cannot say whose it is.
func (s *Store) markerRecipe(seqs []uint64) string {
	highest := seqs[len(seqs)-1]
	to := filepath.Join(s.liveDir(highest), markerFile)
	for _, seq := range slices.Backward(seqs) {
		from := filepath.Join(s.liveDir(seq), markerFile)
		if was, ok := s.markerOf(from); ok {
			return fmt.Sprintf("readers do not look at it and are served. To go on, run: "+
				`(umask 077; sed 's/"seq":%d,/"seq":%d,/' %s > %s && mv %s %s)`+" and then: promoctl apply --full",
				was, highest, quoted(from), quoted(to+".new"), quoted(to+".new"), quoted(to))
		}
	}
	return s.firstRecipe(seqs)
}

// markerOf returns the sequence that a marker says, if it can be read.
func (s *Store) markerOf(file string) (uint64, bool) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	m, err := applier.DecodeMarker(data, s.identity)
	return m.Seq, err == nil && !m.IsZero()
}

// firstRecipe is for a store without any marker: its data becomes data that was there
// before the first release, which readers see until that replaces it.
func (s *Store) firstRecipe(seqs []uint64) string {
	highest := s.liveDir(seqs[len(seqs)-1])
	steps := []string{"rm -f " + quoted(filepath.Join(highest, markerFile))}
	if older := seqs[:len(seqs)-1]; len(older) > 0 {
		move := []string{"mv"}
		for _, seq := range older {
			move = append(move, quoted(s.liveDir(seq)))
		}
		steps = append(steps, strings.Join(append(move, quoted(s.path(trashDir))), " "))
	}
	steps = append(steps, "mv "+quoted(highest)+" "+quoted(s.liveDir(0)))
	return "readers do not look at it and are served. No older marker is left; to start again from the data that is there, run: " +
		strings.Join(steps, " && ") + " and then: promoctl apply --full --adopt --overwrite"
}

// quoted returns a path as one word of a shell.
func quoted(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\\''`) + "'" }

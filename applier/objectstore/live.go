package objectstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/promoctl/promoctl/applier"
)

// release is one directory under live.
type release struct {
	seq    uint64
	dir    string // absolute; empty when nothing was ever put there
	marker applier.Marker
}

// Live implements [applier.Store].
func (s *Store) Live(ctx context.Context) (applier.State, error) {
	state, err := s.state(ctx)
	return state, s.fail(err)
}

func (s *Store) state(ctx context.Context) (applier.State, error) {
	live, err := s.live(ctx)
	if err != nil {
		return applier.State{}, err
	}
	history, err := s.history(live.seq)
	if err != nil {
		return applier.State{}, err
	}
	staged, err := s.staged()
	if err != nil {
		return applier.State{}, err
	}
	return applier.State{Live: live.marker, History: history, Staged: staged}, nil
}

// live reads the marker that readers see. Every method begins with it, since it is
// what refuses a store of somebody else or of a newer program.
func (s *Store) live(ctx context.Context) (release, error) {
	for {
		if ctx.Err() != nil {
			return release{}, context.Cause(ctx)
		}
		seqs, err := s.sequences()
		if err != nil || len(seqs) == 0 {
			return release{}, err
		}
		highest := seqs[len(seqs)-1]
		marker, err := s.marker(highest)
		switch {
		case err == nil:
			return release{seq: highest, dir: s.liveDir(highest), marker: marker}, nil
		case errors.Is(err, errDamaged):
			return release{}, fmt.Errorf("%w; %s", err, s.markerRecipe(seqs))
		case !errors.Is(err, fs.ErrNotExist): // else overtaken by other releases
			return release{}, err
		}
	}
}

// marker reads the marker of a directory under live. Data that stands in sequence 0
// was put there by a person, who has none.
func (s *Store) marker(seq uint64) (applier.Marker, error) {
	path := filepath.Join(s.liveDir(seq), markerFile)
	data, err := os.ReadFile(path)
	if seq == 0 && errors.Is(err, fs.ErrNotExist) {
		return applier.Marker{}, nil
	}
	if err != nil {
		return applier.Marker{}, lostFile(path, err)
	}
	m, err := applier.DecodeMarker(data, s.identity)
	switch {
	case errors.Is(err, applier.ErrFormat), errors.Is(err, applier.ErrForeign):
		return applier.Marker{}, fmt.Errorf("%s: %w", path, err)
	case err != nil:
		return applier.Marker{}, fmt.Errorf("%s: %w: %w", path, errDamaged, err)
	case m.Seq != seq || m.IsZero():
		return applier.Marker{}, fmt.Errorf("%s: %w: it is the marker of sequence %d", path, errDamaged, m.Seq)
	}
	return m, nil
}

// liveDir returns the directory of a sequence. Twelve digits keep names in order.
func (s *Store) liveDir(seq uint64) string { return s.path(liveDir, fmt.Sprintf("%012d", seq)) }

// sequences returns the numbers of the directories under live, rising.
func (s *Store) sequences() ([]uint64, error) {
	names, err := subdirs(s.path(liveDir))
	if err != nil {
		return nil, err
	}
	var seqs []uint64
	for _, name := range names {
		seq, err := strconv.ParseUint(name, 10, 64)
		if err == nil && fmt.Sprintf("%012d", seq) == name {
			seqs = append(seqs, seq)
		}
	}
	slices.Sort(seqs)
	return seqs, nil
}

// oldest returns the lowest sequence that counts while highest is live. Lower ones
// are about to be removed, or were left by an applier that slept through many
// releases; they are never shown.
func oldest(highest uint64) uint64 {
	return highest - min(highest, applier.HistoryLen)
}

// history returns the markers before the live one, newest first, as far as they can
// be read.
func (s *Store) history(live uint64) ([]applier.Marker, error) {
	seqs, err := s.sequences()
	if err != nil {
		return nil, err
	}
	var out []applier.Marker
	for _, seq := range slices.Backward(seqs) {
		if seq == 0 || seq >= live || seq < oldest(live) {
			continue
		}
		m, err := s.marker(seq)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errDamaged) {
			continue // removed since it was listed, or lost: no reason to stop releases
		}
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// stageInfo is release.json: what a stage is for.
type stageInfo struct {
	Since   time.Time       `json:"since"` // when it was begun, UTC
	Release applier.Release `json:"release"`
}

// staged lists the stages, oldest first. One that was killed before it could say what
// it is for is left out; gc removes it later.
func (s *Store) staged() ([]applier.Staged, error) {
	infos, err := s.stageInfos()
	if err != nil {
		return nil, err
	}
	var out []applier.Staged
	for _, info := range infos {
		r := info.Release
		if r.Target.Identity != s.identity {
			continue
		}
		_, err := os.Stat(s.path(stageDir, r.Attempt, sealFile))
		out = append(out, r.Staged(err == nil))
	}
	return out, nil
}

func (s *Store) stageInfos() ([]stageInfo, error) {
	names, err := subdirs(s.path(stageDir))
	if err != nil {
		return nil, err
	}
	var infos []stageInfo
	for _, name := range names {
		if info, err := s.stageInfo(name); err == nil && info.Release.Attempt == name {
			infos = append(infos, info)
		}
	}
	slices.SortFunc(infos, func(a, b stageInfo) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Release.Attempt, b.Release.Attempt))
	})
	return infos, nil
}

// stageInfo reads what the stage of an attempt is for.
func (s *Store) stageInfo(attempt string) (stageInfo, error) {
	path := s.path(stageDir, attempt, releaseFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return stageInfo{}, err
	}
	var info stageInfo
	if err := json.Unmarshal(data, &info); err != nil {
		return stageInfo{}, fmt.Errorf("%s: %w", path, err)
	}
	return info, nil
}

package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// bringAlong restores the edited paths in every worktree that has the branch checked
// out.
func (rev *revert) bringAlong(ctx context.Context) ([]Left, error) {
	dirs, err := rev.worktrees(ctx)
	if err != nil {
		return nil, err
	}
	var left []Left
	for _, dir := range dirs {
		s := syncer{rev: rev, dir: dir}
		if err := s.run(ctx); err != nil {
			return nil, fmt.Errorf("bring worktree %s along: %w", dir, err)
		}
		left = append(left, s.left...)
	}
	return left, nil
}

// worktrees returns the directories in which the moving ref is checked out. A detached
// HEAD belongs to one worktree only.
func (rev *revert) worktrees(ctx context.Context) ([]string, error) {
	if rev.ref == "HEAD" {
		if rev.r.worktree == "" {
			return nil, nil
		}
		return []string{rev.r.worktree}, nil
	}
	out, err := rev.r.git(ctx, command{args: []string{"worktree", "list", "--porcelain"}})
	if err != nil {
		return nil, err
	}
	var dirs []string
	for block := range strings.SplitSeq(string(out), "\n\n") {
		lines := strings.Split(block, "\n")
		dir, ok := strings.CutPrefix(lines[0], "worktree ")
		if dir == rev.r.common && rev.r.gitDir == rev.r.common {
			dir = rev.r.worktree // git gets this wrong where .git is a file, in a submodule say
		}
		if ok && slices.Contains(lines, "branch "+rev.ref) && !slices.Contains(lines, "bare") && exists(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}

// syncer brings one worktree along.
type syncer struct {
	rev    *revert
	dir    string
	goes   map[string]bool   // paths that the revert deletes
	staged map[string]staged // paths whose index entry is not that of the tip
	dirty  map[string]bool   // paths whose file is not the index entry
	left   []Left
}

// staged is an index entry. Mode and hash are zero where the path is not in the index.
type staged struct {
	mode     uint32
	hash     plumbing.Hash
	unmerged bool
}

// run restores what is clean with the two-tree merge that a fast-forward is made of,
// which itself refuses to overwrite anything. Of the rest only the index follows.
func (s *syncer) run(ctx context.Context) error {
	if err := s.look(ctx); err != nil {
		return err
	}
	s.goes = make(map[string]bool)
	for _, e := range s.rev.edits {
		s.goes[e.path] = e.to.isZero()
	}
	var clean, index []edit
	for _, e := range s.rev.edits {
		switch s.judge(e) {
		case restoreAll:
			clean = append(clean, e)
		case restoreIndex:
			index = append(index, e)
		}
	}
	if err := s.fastForward(ctx, clean); err != nil {
		// Something is in the way that the look did not show, a merge in progress say.
		for _, e := range clean {
			s.leave(e, "")
		}
		index = append(index, clean...)
	}
	return s.setIndex(ctx, index)
}

// look finds what is staged and what is edited.
func (s *syncer) look(ctx context.Context) error {
	s.refresh(ctx)
	out, err := s.git(ctx, nil, "diff-index", "--cached", "--raw", "-z", "--abbrev=40", "--no-renames",
		"--ignore-submodules=none", s.rev.tip.hash.String())
	if err != nil {
		return err
	}
	s.staged, s.dirty = make(map[string]staged), make(map[string]bool)
	fields := splitNUL(out)
	for i := 0; i+1 < len(fields); i += 2 {
		s.staged[fields[i+1]] = parseRaw(fields[i])
	}
	out, err = s.git(ctx, nil, "diff-files", "--name-only", "-z", "--no-renames", "--ignore-submodules=all")
	for _, path := range splitNUL(out) {
		s.dirty[path] = true
	}
	return err
}

// parseRaw reads ":oldmode newmode oldhash newhash status".
func parseRaw(line string) staged {
	f := strings.Fields(strings.TrimPrefix(line, ":"))
	if len(f) < 5 {
		return staged{unmerged: true} // not to be touched
	}
	var mode uint32
	fmt.Sscanf(f[1], "%o", &mode)
	return staged{mode: mode, hash: plumbing.NewHash(f[3]), unmerged: f[4] == "U"}
}

// refresh makes git compare files whose times changed. It fails if any differs, which
// look finds out anyway.
func (s *syncer) refresh(ctx context.Context) {
	_, _ = s.git(ctx, nil, "update-index", "-q", "--refresh")
}

// verdict is what may be restored of a path.
type verdict int

const (
	restoreNothing verdict = iota
	restoreIndex
	restoreAll
)

// judge decides about one path and notes it if its file is left as it is.
func (s *syncer) judge(e edit) verdict {
	entry, isStaged := s.staged[e.path]
	switch {
	case isStaged && entry.unmerged:
		s.leave(e, "")
		return restoreNothing
	case isStaged && entry.is(e.to):
		if s.dirty[e.path] {
			s.leave(e, "")
		}
		return restoreNothing // an interrupted revert got this far, or somebody did it by hand
	case isStaged && s.dirty[e.path]:
		s.leave(e, entry.blob()) // the file holds something else, so that only this names it
		return restoreIndex
	case isStaged || s.dirty[e.path] || e.from.isZero() && s.inTheWay(e.path):
		s.leave(e, "")
		return restoreIndex
	}
	return restoreAll
}

func (s *syncer) leave(e edit, blob string) {
	s.left = append(s.left, Left{Worktree: s.dir, Path: e.path, Staged: blob})
}

func (e staged) is(want entry) bool {
	return e.mode == want.mode && (e.mode == 0 || e.hash == want.hash)
}

func (e staged) blob() string {
	if e.mode == 0 {
		return ""
	}
	return e.hash.String()
}

func (s *syncer) fastForward(ctx context.Context, clean []edit) error {
	if len(clean) == 0 {
		return nil
	}
	tree, err := s.rev.writeTree(ctx, clean)
	if err != nil {
		return err
	}
	_, err = s.git(ctx, nil, "read-tree", "-m", "-u", s.rev.tip.hash.String(), tree.String())
	return err
}

// setIndex restores paths in the index only.
func (s *syncer) setIndex(ctx context.Context, edits []edit) error {
	if len(edits) == 0 {
		return nil
	}
	var in bytes.Buffer
	for _, e := range edits {
		// Mode 0 takes the path out of the index.
		fmt.Fprintf(&in, "%o %s\t%s\x00", e.to.mode, e.to.hash, e.path)
	}
	if _, err := s.git(ctx, in.Bytes(), "update-index", "-z", "--index-info"); err != nil {
		return err
	}
	s.refresh(ctx)
	return nil
}

func (s *syncer) git(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	return s.rev.r.git(ctx, command{dir: s.dir, other: s.dir != s.rev.r.worktree, stdin: stdin, args: args})
}

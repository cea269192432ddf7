package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/promoctl/promoctl/planner"
)

// Repo reads one Git repository. It is safe for concurrent use, and stays right when
// other programs commit, fetch or repack meanwhile.
type Repo struct {
	place
	objects *objects
	partial bool
}

var _ planner.Repo = (*Repo)(nil)

// Close releases the files that r holds open. Later calls of methods that read
// objects return ErrClosed.
func (r *Repo) Close() error { return r.objects.close() }

// GitDir returns the absolute path of the git directory; a linked worktree has its own.
func (r *Repo) GitDir() string { return r.gitDir }

// Worktree returns the absolute path of the worktree's root, or "" if r is bare.
func (r *Repo) Worktree() string { return r.worktree }

// Prefix returns the path of the directory that was opened within the worktree,
// slash-separated, "" at its root.
func (r *Repo) Prefix() string { return r.prefix }

// CacheDir returns where promoctl may keep what can be computed again: a directory of
// its own in the git directory that all worktrees share. It need not exist yet.
func (r *Repo) CacheDir() string { return filepath.Join(r.common, "promoctl") }

// Commit returns a commit and the hashes of its parents, which a shallow clone need not
// have. It returns ErrUnknown or ErrShallow if the commit is not there.
func (r *Repo) Commit(ctx context.Context, hash string) (planner.Commit, []string, error) {
	h, err := parseHash(hash)
	if err != nil {
		return planner.Commit{}, nil, err
	}
	c, err := r.commit(ctx, h)
	if err != nil {
		return planner.Commit{}, nil, err
	}
	parents := make([]string, len(c.parents))
	for i, p := range c.parents {
		parents[i] = p.String()
	}
	return c.summary(), parents, nil
}

// commit reads a commit object.
func (r *Repo) commit(ctx context.Context, h plumbing.Hash) (*commit, error) {
	data, kind, err := r.objects.read(ctx, h)
	switch {
	case errors.Is(err, errNotFound):
		return nil, r.unknownCommit(h)
	case err != nil:
		return nil, fmt.Errorf("read commit %s: %w", short(h.String()), err)
	case kind != plumbing.CommitObject:
		return nil, fmt.Errorf("%w: %s is a %s", ErrUnknown, h, kind)
	}
	return parseCommit(h, data)
}

func (r *Repo) unknownCommit(h plumbing.Hash) error {
	if r.isShallow() {
		return fmt.Errorf("%w: commit %s is not here; %s", ErrShallow, h, shallowHint)
	}
	return fmt.Errorf("%w: %s is not in this repository; git fetch brings what is only on the remote, "+
		"and a commit that a rewritten history dropped is gone", ErrUnknown, h)
}

func (r *Repo) missing(kind string, h plumbing.Hash, err error) error {
	switch {
	case !errors.Is(err, errNotFound):
		return fmt.Errorf("read %s %s: %w", kind, short(h.String()), err)
	case r.partial:
		return fmt.Errorf("%w: %s %s; this clone is partial: clone without --filter", ErrMissing, kind, h)
	}
	return fmt.Errorf("%w: %s %s; the repository is damaged: git fsck says more", ErrMissing, kind, h)
}

// isShallow reports whether history was cut off anywhere.
func (r *Repo) isShallow() bool {
	cut, err := r.shallowCommits()
	return err == nil && len(cut) > 0
}

// shallowCommits returns the commits whose parents were cut off. It is read each time:
// a fetch may deepen the clone meanwhile.
func (r *Repo) shallowCommits() (map[plumbing.Hash]bool, error) {
	data, err := os.ReadFile(filepath.Join(r.common, "shallow"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read shallow commits: %w", err)
	}
	cut := make(map[plumbing.Hash]bool)
	for _, line := range bytes.Fields(data) {
		cut[plumbing.NewHash(string(line))] = true
	}
	return cut, nil
}

func parseHash(s string) (plumbing.Hash, error) {
	if len(s) != 40 || !isHex(s) {
		return plumbing.ZeroHash, fmt.Errorf("%w: %q is not a full commit hash of 40 hexadecimal digits", ErrUnknown, s)
	}
	return plumbing.NewHash(s), nil
}

func isHex(s string) bool {
	return strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

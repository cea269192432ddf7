package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/promoctl/promoctl/planner"
)

// Dirty returns the paths under prefix, sorted and relative to it, whose content in the
// worktree or in the index is not that of HEAD, untracked files included and ignored
// ones not. A bare repository has none.
func (r *Repo) Dirty(ctx context.Context, prefix string) ([]string, error) {
	prefix, err := cleanPrefix(prefix)
	if err != nil || r.worktree == "" {
		return nil, err
	}
	args := []string{"status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"}
	if prefix != "" {
		args = append(args, "--", prefix)
	}
	out, err := r.git(ctx, command{args: args})
	if err != nil {
		return nil, fmt.Errorf("look for uncommitted files: %w", err)
	}
	var paths []string
	for _, line := range splitNUL(out) {
		// Two status letters and a space come first. A prefix that is a file itself is "".
		rel, _ := strings.CutPrefix(strings.TrimPrefix(line[3:], prefix), "/")
		paths = append(paths, rel)
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// WorktreeCommit returns a commit of what the worktree holds under prefix now, as a
// commit of everything would, or that of HEAD if there is no difference. No branch leads
// to the commit, the user's index is not touched, and Git's own housekeeping removes it
// later: it is to be planned, not to be released. The same files give the same commit. It
// returns ErrNoWorktree for a bare repository.
func (r *Repo) WorktreeCommit(ctx context.Context, prefix string) (planner.Commit, error) {
	prefix, err := cleanPrefix(prefix)
	if err != nil {
		return planner.Commit{}, err
	}
	if r.worktree == "" {
		return planner.Commit{}, fmt.Errorf("read worktree: %w; name a commit instead", ErrNoWorktree)
	}
	tree, err := r.writeWorktree(ctx, prefix)
	if err != nil {
		return planner.Commit{}, fmt.Errorf("read worktree: %w", err)
	}
	c, err := r.wrapTree(ctx, tree)
	if err != nil {
		return planner.Commit{}, fmt.Errorf("read worktree: %w", err)
	}
	return c.summary(), nil
}

// writeWorktree writes the tree of the index with the files under prefix as they are.
func (r *Repo) writeWorktree(ctx context.Context, prefix string) (plumbing.Hash, error) {
	index, err := r.copyIndex()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer os.RemoveAll(filepath.Dir(index))
	env := []string{"GIT_INDEX_FILE=" + index}
	add := command{env: env, args: []string{"add", "--all", "--", "./" + prefix}}
	if !exists(filepath.Join(r.worktree, filepath.FromSlash(prefix))) {
		add.args = []string{"rm", "--cached", "-r", "-q", "--ignore-unmatch", "--", prefix}
	}
	if _, err := r.git(ctx, add); err != nil {
		return plumbing.ZeroHash, err
	}
	out, err := r.git(ctx, command{env: env, args: []string{"write-tree"}})
	if err != nil {
		return plumbing.ZeroHash, err
	}
	return parseHash(strings.TrimSpace(string(out)))
}

// wrapTree returns HEAD if it has that tree, and else a commit on top of it.
func (r *Repo) wrapTree(ctx context.Context, tree plumbing.Hash) (*commit, error) {
	args, at := []string{"commit-tree", tree.String(), "-m", "Uncommitted files of the worktree"}, int64(0)
	h, _, err := r.ref("HEAD")
	if err != nil {
		return nil, err
	}
	if !h.IsZero() {
		head, err := r.commit(ctx, h)
		if err != nil || head.tree == tree {
			return head, err
		}
		args, at = append(args, "-p", h.String()), head.time.Unix()
	}
	date := fmt.Sprintf("@%d +0000", at)
	out, err := r.git(ctx, command{args: args, env: []string{
		"GIT_AUTHOR_NAME=promoctl", "GIT_AUTHOR_EMAIL=promoctl@localhost", "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=promoctl", "GIT_COMMITTER_EMAIL=promoctl@localhost", "GIT_COMMITTER_DATE=" + date}})
	if err != nil {
		return nil, err
	}
	if h, err = parseHash(strings.TrimSpace(string(out))); err != nil {
		return nil, err
	}
	return r.commit(ctx, h)
}

// copyIndex copies the user's index, because with the file times in it git need not read
// files that did not change. It returns a path in a new directory of its own.
func (r *Repo) copyIndex() (string, error) {
	dir, err := os.MkdirTemp("", "promoctl-index-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "index")
	index := filepath.Join(r.gitDir, "index")
	err = copyFile(path, index)
	if err == nil {
		err = keepTime(path, index)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		os.RemoveAll(dir)
		return "", err
	}
	return path, nil
}

// keepTime gives the copy of an index the time of the original: git reads files that are
// as young as the index, because they may have changed since without a trace.
func keepTime(copied, original string) error {
	info, err := os.Stat(original)
	if err != nil {
		return err
	}
	return os.Chtimes(copied, info.ModTime(), info.ModTime())
}

func copyFile(to, from string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}

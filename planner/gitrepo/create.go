package gitrepo

import (
	"context"
	"fmt"

	"github.com/promoctl/promoctl/planner"
)

// Init makes a repository with the branch main of the directory dir, which must exist,
// and opens it. Files that are there stay as they are. The caller closes the Repo.
func Init(ctx context.Context, dir string) (*Repo, error) {
	abs, err := realDir(dir)
	if err != nil {
		return nil, fmt.Errorf("make repository: %w", err)
	}
	if _, err := new(Repo).git(ctx, command{dir: abs, other: true, args: []string{"init", "-q", "-b", "main"}}); err != nil {
		return nil, fmt.Errorf("make repository: %w", err)
	}
	return Open(abs)
}

// Configure sets a value in the repository's own configuration, before that of the
// user and the system.
func (r *Repo) Configure(ctx context.Context, key, value string) error {
	if _, err := r.git(ctx, command{args: []string{"config", "--local", key, value}}); err != nil {
		return fmt.Errorf("configure repository: %w", err)
	}
	return nil
}

// CommitPaths commits the files at the paths, which start at the root of the worktree
// and are taken as they are written, with all that is in folders among them, and
// whatever the index held before. "." is everything that is not ignored. It returns
// ErrIdentity, and changes nothing, if Git does not know who commits.
func (r *Repo) CommitPaths(ctx context.Context, message string, paths ...string) (planner.Commit, error) {
	if r.worktree == "" {
		return planner.Commit{}, fmt.Errorf("commit: %w", ErrNoWorktree)
	}
	if r.Identity(ctx) == "" {
		return planner.Commit{}, fmt.Errorf("commit: %w; %s", ErrIdentity, identityHint)
	}
	if _, err := r.git(ctx, command{args: append([]string{"add", "--"}, paths...)}); err != nil {
		return planner.Commit{}, fmt.Errorf("commit: %w", err)
	}
	if _, err := r.git(ctx, command{args: []string{"commit", "-q", "-m", message}}); err != nil {
		return planner.Commit{}, fmt.Errorf("commit: %w", err)
	}
	return r.Resolve(ctx, "HEAD")
}

const identityHint = `run: git config user.name "Your Name" && git config user.email you@example.com`

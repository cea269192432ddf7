package gitrepo

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of this package. They are wrapped with more words that say what to do.
var (
	// ErrNotRepo: the directory is not in a Git repository.
	ErrNotRepo = errors.New("not in a Git repository")
	// ErrUnsupported: the repository is in a format that this program cannot read.
	ErrUnsupported = errors.New("unsupported repository format")
	// ErrEmpty: there is no commit yet.
	ErrEmpty = errors.New("no commits yet")
	// ErrUnknown: no commit of that name is in this repository.
	ErrUnknown = errors.New("no such commit")
	// ErrAmbiguous: the name fits more than one commit.
	ErrAmbiguous = errors.New("ambiguous name")
	// ErrShallow: the answer lies in history that a shallow clone does not have.
	ErrShallow = errors.New("the clone is shallow and lacks the history that this needs")
	// ErrMissing: a tree or blob that a commit names is not in the object database.
	ErrMissing = errors.New("object missing")
	// ErrClosed: the Repo was closed.
	ErrClosed = errors.New("repository is closed")
	// ErrNoWorktree: the repository is bare.
	ErrNoWorktree = errors.New("the repository has no worktree")
	// ErrRevertConflict: see RevertConflict.
	ErrRevertConflict = errors.New("later commits changed the same lines again")
	// ErrNothingToRevert: the branch does not hold what the commit changed.
	ErrNothingToRevert = errors.New("nothing to revert")
	// ErrMoved: the branch moved while the revert was made. Doing it again is safe.
	ErrMoved = errors.New("the branch moved meanwhile")
	// ErrIdentity: Git does not know who makes the commit.
	ErrIdentity = errors.New("git does not know who you are")
)

// RevertConflict is the error of a revert that would undo later changes too. It
// matches ErrRevertConflict.
type RevertConflict struct {
	Commit string   // the commit that was to be reverted
	Paths  []string // sorted, from the root of the repository
}

// Error names the paths, one a line.
func (e *RevertConflict) Error() string {
	return fmt.Sprintf("%v; take the later commits back first, or edit these files by hand, commit and run promoctl apply:\n  %s",
		ErrRevertConflict, strings.Join(e.Paths, "\n  "))
}

// Is reports whether target is ErrRevertConflict.
func (e *RevertConflict) Is(target error) bool { return target == ErrRevertConflict }

// errNotFound is the internal answer of the object database. The methods turn it into
// ErrUnknown, ErrShallow or ErrMissing, for they know what was asked for.
var errNotFound = errors.New("object not found")

const shallowHint = "fetch more history: git fetch --unshallow (in GitHub Actions: fetch-depth: 0)"

func short(hash string) string { return hash[:min(10, len(hash))] }

package gitrepo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/promoctl/promoctl/planner"
)

// RevertRequest asks for a revert commit.
type RevertRequest struct {
	Commit   string    // to take back: 40 hexadecimal digits; a merge is taken back against its first parent
	Branch   string    // where the revert commit goes: "main" or "refs/heads/main"; "" is what HEAD is on
	Prefix   string    // only files under it are restored; "" is all
	Reason   string    // a paragraph for the message, optional
	Trailers []string  // "Key: value" lines that end the message, optional
	Author   string    // "Name <mail>"; "" is what Git is configured with
	Time     time.Time // of the commit; zero is now
	// Check is asked about the revert commit before any branch moves to it; an error
	// ends the revert and leaves everything as it was. Nil: nothing is asked.
	Check func(ctx context.Context, commit string) error
}

// Reverted is what a revert did.
type Reverted struct {
	Commit planner.Commit // the revert commit
	Ref    string         // the branch that moved, or HEAD if it was detached
	Paths  []string       // files that were restored, sorted, from the root of the repository
	Left   []Left         // files with edits of their own, which still hold what was reverted
}

// Left is a file of a worktree that a revert did not restore, because somebody is
// editing it. The index holds the restored version, so that only adding the file by hand
// commits it again. A path that is in a merge conflict is left alone in the index too.
type Left struct {
	Worktree string
	Path     string
	Staged   string // a blob that was staged and that only "git show BLOB" brings back; usually ""
}

// Revert adds a commit to a branch that takes back what a commit changed in each file:
// the file becomes what it was before, or its lines do where others changed since, and brings worktrees that have the branch checked out along: a
// worktree that stayed behind would undo the revert with the next commit. Nothing moves
// unless everything can be restored. A revert that was interrupted can be repeated.
//
// Errors: a *RevertConflict if later commits changed the same lines again,
// ErrNothingToRevert if the branch does not hold what the commit changed, ErrMoved if the
// branch moved meanwhile, ErrIdentity if Git does not know who commits, and those of
// Commit.
func (r *Repo) Revert(ctx context.Context, req RevertRequest) (Reverted, error) {
	var done Reverted
	rev, err := r.prepareRevert(ctx, req)
	if err == nil {
		done, err = rev.run(ctx)
	}
	if err != nil {
		return Reverted{}, fmt.Errorf("revert %s: %w", short(req.Commit), err)
	}
	return done, nil
}

// revert is a revert on its way.
type revert struct {
	r       *Repo
	req     RevertRequest
	ref     string // full name, or HEAD if detached
	commit  *commit
	parent  string // of commit, "" for the first commit
	tip     *commit
	edits   []edit
	outside bool // the commit changed files outside the prefix too
}

// edit restores one path.
type edit struct {
	path string
	from entry // at the tip
	to   entry
}

func (r *Repo) prepareRevert(ctx context.Context, req RevertRequest) (*revert, error) {
	prefix, err := cleanPrefix(req.Prefix)
	if err != nil {
		return nil, err
	}
	req.Prefix = prefix
	rev := &revert{r: r, req: req}
	h, err := parseHash(req.Commit)
	if err != nil {
		return nil, err
	}
	if rev.commit, err = r.commit(ctx, h); err != nil {
		return nil, err
	}
	if len(rev.commit.parents) > 0 {
		rev.parent = rev.commit.parents[0].String()
	}
	if rev.ref, rev.tip, err = r.branchTip(ctx, req.Branch); err != nil {
		return nil, err
	}
	return rev, rev.findEdits(ctx)
}

// branchTip returns the full ref that a revert moves, and the commit it is on.
func (r *Repo) branchTip(ctx context.Context, branch string) (string, *commit, error) {
	name := "HEAD"
	if branch != "" {
		name = "refs/heads/" + strings.TrimPrefix(branch, "refs/heads/")
		if !validRef(name) {
			return "", nil, r.unknownName(branch)
		}
	}
	h, ref, err := r.ref(name)
	switch {
	case err != nil:
		return "", nil, err
	case h.IsZero() && branch != "":
		return "", nil, r.unknownName(branch)
	case h.IsZero():
		return "", nil, fmt.Errorf("%w on branch %s", ErrEmpty, strings.TrimPrefix(ref, "refs/heads/"))
	}
	tip, err := r.commit(ctx, h)
	return ref, tip, err
}

// findEdits compares three trees: what the commit changed is what is to be restored,
// and what differs between the commit and the tip is what was changed since.
func (rev *revert) findEdits(ctx context.Context) error {
	changed := make(map[string]pair)
	for p, err := range rev.r.diff(ctx, rev.parent, rev.req.Commit, "", nil) {
		if err != nil {
			return err
		}
		if rev.inPrefix(p.path) {
			changed[p.path] = p
		} else {
			rev.outside = true
		}
	}
	now := make(map[string]entry, len(changed))
	for path, p := range changed {
		now[path] = p.now
	}
	for p, err := range rev.r.diff(ctx, rev.req.Commit, rev.tip.hash.String(), "", nil) {
		if err != nil {
			return err
		}
		if _, ok := changed[p.path]; ok {
			now[p.path] = p.now
		}
	}
	return rev.decide(ctx, changed, now)
}

func (rev *revert) inPrefix(path string) bool {
	prefix := rev.req.Prefix
	return prefix == "" || path == prefix || strings.HasPrefix(path, prefix+"/")
}

// decide makes an edit of each changed path that the tip still holds as the commit
// left it. One that is restored already needs none; in any other the lines are merged,
// and where those changed again it is a conflict.
func (rev *revert) decide(ctx context.Context, changed map[string]pair, now map[string]entry) error {
	var conflicts []string
	for path, p := range changed {
		switch is := now[path]; {
		case is.sameContent(p.old):
		case is.sameContent(p.now):
			rev.edits = append(rev.edits, edit{path: path, from: p.now, to: p.old})
		default:
			merged, ok, err := rev.merge(ctx, is, p)
			switch {
			case err != nil:
				return fmt.Errorf("merge %s: %w", path, err)
			case !ok:
				conflicts = append(conflicts, path)
			case !merged.sameContent(is):
				rev.edits = append(rev.edits, edit{path: path, from: is, to: merged})
			}
		}
	}
	if len(conflicts) > 0 {
		return rev.conflict(conflicts)
	}
	if len(rev.edits) == 0 {
		return fmt.Errorf("%w: %s holds nothing of what it changed; it may be reverted already",
			ErrNothingToRevert, strings.TrimPrefix(rev.ref, "refs/heads/"))
	}
	slices.SortFunc(rev.edits, func(a, b edit) int { return strings.Compare(a.path, b.path) })
	return nil
}

func (rev *revert) conflict(paths []string) error {
	slices.Sort(paths)
	return &RevertConflict{Commit: rev.req.Commit, Paths: paths}
}

// run writes the trees and the commit, brings the worktrees along and moves the ref.
// The ref is locked first, at the value that the revert was made from, and moves last:
// whatever interrupts this leaves at most a worktree in which the revert is staged.
func (rev *revert) run(ctx context.Context) (Reverted, error) {
	tree, err := rev.writeTree(ctx, rev.edits)
	if err != nil {
		return Reverted{}, err
	}
	h, err := rev.writeCommit(ctx, tree)
	if err != nil {
		return Reverted{}, err
	}
	if rev.req.Check != nil {
		if err := rev.req.Check(ctx, h.String()); err != nil {
			return Reverted{}, fmt.Errorf("the revert of %s was not made: %w", short(rev.req.Commit), err)
		}
	}
	done := Reverted{Ref: rev.ref}
	for _, e := range rev.edits {
		done.Paths = append(done.Paths, e.path)
	}
	err = rev.r.moveRef(ctx, refMove{ref: rev.ref, from: rev.tip.hash, to: h, why: "revert: " + rev.subject()},
		func(ctx context.Context) error {
			done.Left, err = rev.bringAlong(ctx)
			return err
		})
	if err != nil {
		return Reverted{}, err
	}
	done.Commit, _, err = rev.r.Commit(ctx, h.String())
	return done, err
}

// writeTree writes the tip's tree with edits applied.
func (rev *revert) writeTree(ctx context.Context, edits []edit) (plumbing.Hash, error) {
	t := treeWriter{r: rev.r}
	root, err := t.apply(ctx, rev.tip.tree, edits)
	if err == nil && len(t.conflicts) > 0 {
		err = rev.conflict(t.conflicts)
	}
	if err == nil {
		err = t.flush(ctx)
	}
	return root, err
}

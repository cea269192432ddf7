package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/gitrepo"
)

// rollbackFlags are the flags of promoctl rollback.
type rollbackFlags struct{ by, reason string }

func (a *app) rollbackCommand() *cobra.Command {
	var f rollbackFlags
	c := &cobra.Command{
		Use:   "rollback COMMIT",
		Short: "Take a commit back: write a revert commit and make it live",
		Long: `Write a commit that restores what COMMIT changed in the data repository, and release it.
Guardrails only warn, and live records that were changed by hand are overwritten and
listed: nothing stands in the way of a rollback. Running it again finishes one that was
interrupted and never reverts itself. git revert by hand and promoctl apply do the same.

Exit codes: 0 done, 4 later commits changed the same files again, 5 not every required
store serves the revert, 1 error.`,
		Example: `  promoctl rollback HEAD
  promoctl rollback 3f2a9c0d11 --reason "price of SKU-1 was a tenth"`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return a.runRollback(c.Context(), f, args[0]) },
	}
	c.Flags().StringVar(&f.by, "by", "", "who rolls back; default: the Git identity, or $GITHUB_ACTOR")
	c.Flags().StringVar(&f.reason, "reason", "", "why; goes into the commit and the release")
	return c
}

func (a *app) runRollback(ctx context.Context, f rollbackFlags, rev string) error {
	start := a.now()
	w, err := a.open()
	if err != nil {
		return err
	}
	defer w.Close()
	if f.by == "" {
		f.by = w.operator(ctx)
	}
	bad, err := w.resolve(ctx, rev)
	if err != nil {
		return err
	}
	revert, err := w.revertOf(ctx, rev, bad, f)
	if err != nil {
		return err
	}
	req := applier.Request{Kind: applier.KindRollback, By: f.by, Note: f.reason}
	if err := w.release(ctx, revert, req); err != nil {
		return err
	}
	fmt.Fprintf(w.stdout, "%s is taken back; %s from Enter to live\n", bad.Short(), rounded(w.now().Sub(start)))
	if branch, remote := w.repo.Upstream(ctx); remote != "" {
		fmt.Fprintf(w.stdout, "Next: git push %s %s\n", remote, branch)
	}
	return nil
}

// revertOf returns the commit that takes bad back: the one that an earlier run wrote,
// or a new one.
func (w *workspace) revertOf(ctx context.Context, rev string, bad planner.Commit, f rollbackFlags) (planner.Commit, error) {
	head, err := w.resolve(ctx, "")
	if err != nil {
		return head, err
	}
	taken, err := w.repo.Reverts(ctx, bad.Hash)
	if err != nil {
		return head, err
	}
	if taken != "" && bad == head && !isHash(rev) {
		// The same command typed again: HEAD is the rollback now, and taking that back
		// would bring the bad values live again.
		fmt.Fprintf(w.stderr, "%s is itself the rollback of %s; releasing it. To take the rollback back, name it by hash: promoctl rollback %s\n", rev, taken[:10], head.Short())
		return head, nil
	}
	if done, err := w.alreadyReverted(ctx, bad, head); err != nil || done {
		if done {
			fmt.Fprintf(w.stderr, "%s was reverted already; releasing %s %q\n", bad.Short(), head.Short(), head.Subject)
		}
		return head, err
	}
	trailers := []string{"Promoctl-Rollback: " + bad.Hash, "Promoctl-Operator: " + oneLine(f.by)}
	done, err := w.repo.Revert(ctx, gitrepo.RevertRequest{
		Commit: bad.Hash, Prefix: w.repo.Prefix(), Reason: f.reason, Trailers: trailers,
	})
	if err != nil {
		return head, err
	}
	fmt.Fprintf(w.stdout, "Commit %s %q on %s restores %s\n", done.Commit.Short(), done.Commit.Subject, strings.TrimPrefix(done.Ref, "refs/heads/"), plural(len(done.Paths), "file"))
	for _, left := range done.Left {
		fmt.Fprintf(w.stderr, "note: %s has edits of your own and still holds what was taken back; compare it with git diff HEAD -- %s before you commit it\n", left.Path, left.Path)
		if left.Staged != "" {
			fmt.Fprintf(w.stderr, "note: what was staged of %s is no longer staged; git show %s brings it back\n", left.Path, left.Staged)
		}
	}
	return done.Commit, nil
}

// alreadyReverted reports whether a commit since bad takes it back, and nothing since
// then brought it again.
func (w *workspace) alreadyReverted(ctx context.Context, bad, head planner.Commit) (bool, error) {
	since, err := w.repo.FirstParents(ctx, bad.Hash, head.Hash)
	if err != nil || len(since) == 0 {
		return false, ignoreUnrelated(err)
	}
	for _, c := range since {
		taken, err := w.repo.Reverts(ctx, c.Hash)
		if err != nil {
			return false, err
		}
		if taken == bad.Hash {
			return true, nil
		}
	}
	return false, nil
}

// ignoreUnrelated lets Revert itself say what is wrong with a commit from elsewhere.
func ignoreUnrelated(err error) error {
	if errors.Is(err, gitrepo.ErrShallow) || errors.Is(err, gitrepo.ErrUnknown) {
		return nil
	}
	return err
}

// isHash reports whether a revision names one commit for good, however branches move.
func isHash(rev string) bool {
	return len(rev) >= 4 && strings.Trim(rev, "0123456789abcdef") == ""
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/gitrepo"
)

// rollbackFlags are the flags of promoctl rollback.
type rollbackFlags struct {
	by, reason string
	overrides  []string
}

func (a *app) rollbackCommand() *cobra.Command {
	var f rollbackFlags
	c := &cobra.Command{
		Use:   "rollback COMMIT",
		Short: "Take a commit back: write a revert commit and make it live",
		Long: `Write a commit that restores what COMMIT changed in the data repository, and release it.
Values that were live before only warn, and live records that were changed by hand are
overwritten and listed. What else was merged since and is not live yet would go live with
it, and so the guardrails look at that as ever.

Nothing is written when the revert could not be released: COMMIT's lines changed again, the
data would not be valid, or a guardrail denies something else that would go live.

Running it again finishes one that was interrupted and never takes itself back. git revert
by hand and promoctl apply do the same.

Exit codes: 0 done, 3 denied by a guardrail, 4 later commits changed the same lines again,
5 not every required store serves the revert, 1 error.`,
		Example: `  promoctl rollback HEAD
  promoctl rollback 3f2a9c0d11 --reason "price of SKU-1 was a tenth"`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return a.runRollback(c.Context(), f, args[0]) },
	}
	c.Flags().StringVar(&f.by, "by", "", "who rolls back; default: the Git identity, or $GITHUB_ACTOR")
	c.Flags().StringVar(&f.reason, "reason", "", "why; goes into the commit and the release")
	c.Flags().StringSliceVar(&f.overrides, "override", nil, "let the finding with this `FINGERPRINT` pass; needs --by and --reason")
	return c
}

func (a *app) runRollback(ctx context.Context, f rollbackFlags, rev string) error {
	start := a.now()
	overrides, err := makeOverrides(f.overrides, f.by, f.reason)
	if err != nil {
		return err
	}
	w, err := a.open()
	if err != nil {
		return err
	}
	defer w.Close()
	w.rollingBack = true
	if f.by == "" {
		f.by = w.operator(ctx)
	}
	bad, err := w.resolve(ctx, rev)
	if err != nil {
		return err
	}
	req := applier.Request{Kind: applier.KindRollback, By: f.by, Note: f.reason, Overrides: overrides}
	revert, err := w.revertOf(ctx, rev, bad, req)
	if err != nil {
		return err
	}
	if err := w.release(ctx, revert, req); err != nil {
		return err
	}
	fmt.Fprintf(w.stdout, "%s %q is live; %s from Enter to live\n", revert.Short(), revert.Subject, rounded(w.now().Sub(start)))
	if branch, remote := w.repo.Upstream(ctx); remote != "" {
		fmt.Fprintf(w.stdout, "Next: git push %s %s\n", remote, branch)
	}
	return nil
}

// revertOf returns the commit to release so that bad is taken back: a new one, or HEAD
// where that holds nothing of it any more.
func (w *workspace) revertOf(ctx context.Context, rev string, bad planner.Commit, req applier.Request) (planner.Commit, error) {
	head, err := w.resolve(ctx, "")
	if err != nil {
		return head, err
	}
	if again, err := w.typedAgain(ctx, rev, bad, head); err != nil || again {
		return head, err
	}
	done, err := w.repo.Revert(ctx, gitrepo.RevertRequest{
		Commit: bad.Hash, Prefix: w.repo.Prefix(), Reason: req.Note,
		Trailers: []string{rollbackTrailer + ": " + bad.Hash, "Promoctl-Operator: " + oneLine(req.By)},
		Check:    func(ctx context.Context, commit string) error { return w.checkRevert(ctx, bad, head, commit, req) },
	})
	if errors.Is(err, gitrepo.ErrNothingToRevert) {
		fmt.Fprintf(w.stderr, "HEAD holds nothing of what %s changed, so there is no new commit; releasing HEAD, %s %q\n", bad.Short(), head.Short(), head.Subject)
		return head, nil
	}
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

// rollbackTrailer marks the commits that this command writes.
const rollbackTrailer = "Promoctl-Rollback"

// typedAgain reports whether the same command was typed a second time: HEAD is the
// rollback by now, and to take that back would bring the bad values live again. Naming
// the rollback by its hash is another matter.
func (w *workspace) typedAgain(ctx context.Context, rev string, bad, head planner.Commit) (bool, error) {
	if bad.Hash != head.Hash || isHash(rev) {
		return false, nil
	}
	taken, err := w.repo.Trailer(ctx, head.Hash, rollbackTrailer)
	if err != nil || taken == "" {
		return false, err
	}
	fmt.Fprintf(w.stderr, "%s is itself the rollback of %s; releasing it. To take the rollback back, name it by hash: promoctl rollback %s\n", rev, taken[:min(10, len(taken))], head.Short())
	return true, nil
}

// checkRevert says why a revert commit could not be released, before any branch moves.
func (w *workspace) checkRevert(ctx context.Context, bad, head planner.Commit, commit string, req applier.Request) error {
	c, _, err := w.repo.Commit(ctx, commit)
	if err != nil {
		return err
	}
	s, err := w.plan(ctx, c)
	if err != nil {
		return fmt.Errorf("without %s the data repository cannot be released: %w", bad.Short(), err)
	}
	defer s.Close()
	base, err := s.planBase(ctx, "")
	if errors.Is(err, applier.ErrUnknownCommit) {
		return err
	}
	known := err == nil
	if !known {
		base = head.Hash // a store that is down is the release's to judge; the data must be valid all the same
	}
	plan, err := s.planner.CommitPlan(ctx, base, commit)
	if err != nil || !known {
		return err
	}
	if open := openFindings(plan, req.Overrides); len(open) > 0 {
		fmt.Fprintln(s.stderr, "Nothing was written. Not all that would go live is a way back to what was live and meant to be:")
		s.showFindings(open)
		fmt.Fprintf(s.stderr, "If that was merged since and is not live, take those commits back first. Or let it pass:\n  promoctl rollback %s --override %s --by NAME --reason TEXT\n", bad.Short(), fingerprints(open))
		return silently(exitDenied)
	}
	return nil
}

func fingerprints(findings []planner.Finding) string {
	list := make([]string, len(findings))
	for i, f := range findings {
		list[i] = f.Fingerprint
	}
	return strings.Join(list, ",")
}

// openFindings returns the blocking findings that no override names.
func openFindings(plan *planner.Plan, overrides []applier.Override) []planner.Finding {
	return slices.DeleteFunc(plan.Blocking(), func(f planner.Finding) bool {
		return slices.ContainsFunc(overrides, func(o applier.Override) bool { return o.Fingerprint == f.Fingerprint })
	})
}

// isHash reports whether a revision names one commit for good, however branches move.
func isHash(rev string) bool {
	return len(rev) >= 4 && strings.Trim(rev, "0123456789abcdef") == ""
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

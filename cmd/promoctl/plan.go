package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// planFlags are the flags of promoctl plan.
type planFlags struct {
	base, target, dataset, out, format string
	all, worktree, detailedExitCode    bool
}

func (a *app) planCommand() *cobra.Command {
	var f planFlags
	c := &cobra.Command{
		Use:   "plan",
		Short: "Show which records a release would change",
		Long: `Show which records change from one commit to another, field by field, with what the
guardrails find. Without --base it starts from what the stores serve now.

Exit codes: 0 done, 2 there are changes (with --detailed-exitcode), 3 a finding blocks
the release, 1 the data is wrong.`,
		Example: `  promoctl plan
  promoctl plan --base main --target HEAD --format markdown
  promoctl plan --out plan.json && promoctl apply plan.json`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return a.runPlan(c.Context(), f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.base, "base", "", "commit to start from; default: what the stores serve")
	flags.StringVar(&f.target, "target", "HEAD", "commit to release")
	flags.BoolVar(&f.worktree, "worktree", false, "plan the files as they are now, committed or not")
	flags.StringVar(&f.dataset, "dataset", "", "show one dataset only; findings and the exit code are of that part")
	flags.StringVar(&f.out, "out", "", "also write the plan as JSON to `FILE`, for promoctl apply FILE")
	flags.StringVar(&f.format, "format", "text", "text, json or markdown")
	flags.BoolVar(&f.all, "all", false, "list every change, however many there are")
	flags.BoolVar(&f.detailedExitCode, "detailed-exitcode", false, "exit with 2 when there are changes")
	return c
}

func (a *app) runPlan(ctx context.Context, f planFlags) error {
	if err := oneOf("format", f.format, "text", "json", "markdown"); err != nil {
		return err
	}
	if f.worktree && f.out != "" {
		return usageError(errors.New("--out is for commits, which do not change; commit first, or leave --worktree out"))
	}
	w, err := a.open()
	if err != nil {
		return err
	}
	defer w.Close()
	plan, s, err := w.makePlan(ctx, f)
	if err != nil {
		return err
	}
	defer s.Close()
	shown := plan
	if f.dataset != "" {
		if shown, err = s.onlyDataset(plan, f.dataset); err != nil {
			return err
		}
	}
	if f.out != "" {
		if err := s.writePlanFile(a.path(f.out), plan); err != nil {
			return err
		}
	}
	if err := s.printPlan(shown, f); err != nil {
		return err
	}
	if !f.worktree && f.target == "HEAD" {
		w.noteDirty(ctx)
	}
	if f.worktree {
		s.noteFiles(ctx)
	}
	if f.base == "" {
		s.noteRefused(ctx, plan)
	}
	return planExit(shown, f)
}

// noteRefused says of a plan from what is live that apply will not take it.
func (s *session) noteRefused(ctx context.Context, plan *planner.Plan) {
	if plan.Base.Hash == "" {
		return
	}
	relation, err := s.repo.Relate(ctx, plan.Base.Hash, plan.Target.Hash)
	switch {
	case err != nil:
	case relation == planner.Backward:
		fmt.Fprintf(s.stderr, "note: apply will refuse this: %s is live and comes after %s; promoctl rollback goes back\n", plan.Base.Short(), plan.Target.Short())
	case relation == planner.Diverged:
		fmt.Fprintf(s.stderr, "note: apply will refuse this without --allow-diverged: %s does not descend from %s, which is live\n", plan.Target.Short(), plan.Base.Short())
	}
}

// onlyDataset returns the part of a plan that is about one dataset, of the target's
// pipeline file or of the base's.
func (s *session) onlyDataset(plan *planner.Plan, name string) (*planner.Plan, error) {
	part := plan.Only(name)
	if len(part.Datasets) > 0 || s.pipeline.Dataset(name) != nil {
		return part, nil
	}
	names := []string{}
	for _, d := range s.pipeline.Datasets {
		names = append(names, d.Name)
	}
	return nil, usageError(fmt.Errorf("there is no dataset %s; write one of %s", name, strings.Join(names, ", ")))
}

// noteFiles says of the worktree's files what promoctl validate says.
func (s *session) noteFiles(ctx context.Context) {
	if notes, err := s.pipeline.FileNotes(ctx, spec.DirSource(s.root)); err == nil {
		s.showNotes(notes)
	}
}

// makePlan resolves both sides and plans.
func (w *workspace) makePlan(ctx context.Context, f planFlags) (*planner.Plan, *session, error) {
	target, err := w.planTarget(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	s, err := w.plan(ctx, target)
	if err != nil {
		return nil, nil, err
	}
	base, err := s.planBase(ctx, f.base)
	if err != nil {
		return nil, nil, err
	}
	plan, err := s.planner.CommitPlan(ctx, base, target.Hash)
	return plan, s, err
}

func (w *workspace) planTarget(ctx context.Context, f planFlags) (planner.Commit, error) {
	if f.worktree {
		return w.repo.WorktreeCommit(ctx, w.repo.Prefix())
	}
	return w.resolve(ctx, f.target)
}

// planBase returns the commit that a plan starts from: the one that was named, or what
// the lead store serves.
func (s *session) planBase(ctx context.Context, rev string) (string, error) {
	if rev != "" {
		base, err := s.repo.Resolve(ctx, rev)
		return base.Hash, err
	}
	if err := s.connect(discardRecorder{}); err != nil {
		return "", err
	}
	var live string
	for _, st := range leadFirst(s.engine.Status(ctx)) {
		switch {
		case st.Lead && st.Err != nil:
			return "", fmt.Errorf("store %s says what is live, and cannot be asked: %w; name a commit to start from with --base", st.Store, st.Err)
		case st.Err != nil || !st.Required || live != "":
			continue
		}
		if err := s.knowsLive(ctx, st); err != nil {
			return "", err
		}
		live = st.State.Live.Commit
	}
	return live, nil
}

// leadFirst puts the lead before the others: what it serves is where a plan starts, and
// while it was never released to, what another required store serves.
func leadFirst(stores []applier.StoreStatus) []applier.StoreStatus {
	slices.SortStableFunc(stores, func(a, b applier.StoreStatus) int {
		switch {
		case a.Lead == b.Lead:
			return 0
		case a.Lead:
			return -1
		}
		return 1
	})
	return stores
}

// knowsLive checks that the live commit is in this repository.
func (s *session) knowsLive(ctx context.Context, st applier.StoreStatus) error {
	if st.State.Live.IsZero() {
		return nil
	}
	if _, _, err := s.repo.Commit(ctx, st.State.Live.Commit); err != nil {
		return fmt.Errorf("store %s: %w: %w", st.Store, applier.ErrUnknownCommit, err)
	}
	return nil
}

func (s *session) printPlan(plan *planner.Plan, f planFlags) error {
	switch f.format {
	case "json":
		return s.planner.WriteJSON(s.stdout, plan)
	case "markdown":
		return plan.WriteMarkdown(s.stdout)
	}
	if f.dataset != "" && plan.Empty() {
		_, err := fmt.Fprintf(s.stdout, "No changes in dataset %s.\n", f.dataset)
		return err
	}
	return plan.WriteText(s.stdout, planner.TextOptions{All: f.all, Paint: s.paint()})
}

// writePlanFile writes the plan for promoctl apply. It may hold prices that are not
// public yet, so only the owner may read it.
func (s *session) writePlanFile(name string, plan *planner.Plan) error {
	return writeOut(name, func(w io.Writer) error { return s.planner.WriteJSON(w, plan) })
}

// writeOut writes a file whole or not at all.
func writeOut(name string, write func(io.Writer) error) error {
	tmp := name + ".tmp"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Close())
	if err == nil {
		err = os.Rename(tmp, name)
	}
	if err != nil {
		os.Remove(tmp)
	}
	return err
}

// noteDirty says that edits which are not committed are not in the plan.
func (w *workspace) noteDirty(ctx context.Context) {
	dirty, err := w.repo.Dirty(ctx, w.repo.Prefix())
	p, broken := spec.LoadPipeline(dirReader(w.root), w.envName)
	dirty = slices.DeleteFunc(dirty, func(name string) bool {
		return name != spec.PipelineFile && (broken != nil || !isData(p, name))
	})
	if err != nil || len(dirty) == 0 {
		return
	}
	fmt.Fprintf(w.stderr, "note: not in it are edits without a commit, in %s; see them with promoctl plan --worktree\n", someOf(dirty))
}

// isData reports whether a file belongs to a dataset or is its schema: a plan that was
// written beside it is neither.
func isData(p *spec.Pipeline, name string) bool {
	return slices.ContainsFunc(p.Datasets, func(d *spec.Dataset) bool { return d.Matches(name) || d.SchemaFile == name })
}

// someOf names the first of a list and counts the rest.
func someOf(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
}

func planExit(plan *planner.Plan, f planFlags) error {
	switch {
	case len(plan.Blocking()) > 0:
		return silently(exitDenied)
	case f.detailedExitCode && !plan.Empty():
		return silently(exitChanges)
	}
	return nil
}

// discardRecorder is for commands that only read.
type discardRecorder struct{}

// Record implements applier.Recorder.
func (discardRecorder) Record(applier.Event) {}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// applyFlags are the flags of promoctl apply.
type applyFlags struct {
	overrides                []string
	by, reason, at           string
	adopt, repair, full      bool
	allowDiverged, overwrite bool
}

func (a *app) applyCommand() *cobra.Command {
	var f applyFlags
	c := &cobra.Command{
		Use:   "apply [PLAN|REV]",
		Short: "Make a commit live in every store",
		Long: `Make a commit live in every store: stage it everywhere, verify what was staged, then
activate. Without an argument it is HEAD. With a file that promoctl plan --out wrote, it
releases that commit only if the plan is still the one that was reviewed.

Running it again does nothing, and finishes a release that was killed.

Exit codes: 0 done, 3 denied by a guardrail, 4 somebody else released, or a later commit
is live, or the plan is stale, 5 not every required store serves the target, 1 error.`,
		Example: `  promoctl apply
  promoctl apply plan.json
  promoctl apply --override 3f2a9c0d11e4 --by "Li Wei" --reason "clearance, agreed with finance"
  promoctl apply --at 2026-11-11T00:00:00+08:00`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return a.runApply(c.Context(), f, args) },
	}
	flags := c.Flags()
	flags.StringSliceVar(&f.overrides, "override", nil, "let the finding with this `FINGERPRINT` pass; needs --by and --reason")
	flags.StringVar(&f.by, "by", "", "who releases; default: the Git identity, or $GITHUB_ACTOR")
	flags.StringVar(&f.reason, "reason", "", "why; kept with the release")
	flags.StringVar(&f.at, "at", "", "stage now and activate at this `TIME` (RFC 3339)")
	flags.BoolVar(&f.adopt, "adopt", false, "take over records that a store held before its first release, where they are equal")
	flags.BoolVar(&f.repair, "repair", false, "bring live records that were changed by hand back to the live commit")
	flags.BoolVar(&f.full, "full", false, "compare with what the stores hold, when the live commit is not in this repository")
	flags.BoolVar(&f.allowDiverged, "allow-diverged", false, "release a commit that does not descend from the live one")
	flags.BoolVar(&f.overwrite, "overwrite", false, "release over live records that were changed by hand")
	return c
}

func (a *app) runApply(ctx context.Context, f applyFlags, args []string) error {
	req, err := f.request(a.now())
	if err != nil {
		return err
	}
	if f.repair && (len(args) > 0 || f.full || f.adopt || f.at != "" || len(f.overrides) > 0 || f.allowDiverged || f.overwrite) {
		return usageError(errors.New("--repair brings every store back to the commit that it serves; it takes --by and --reason, and nothing else"))
	}
	w, err := a.open()
	if err != nil {
		return err
	}
	defer w.Close()
	if req.By = f.by; req.By == "" {
		req.By = w.operator(ctx)
	}
	target, reviewed, err := w.applyTarget(ctx, args)
	if err != nil {
		return err
	}
	req.Reviewed = reviewed
	if f.repair {
		return w.repair(ctx, target, req)
	}
	err = w.release(ctx, target, req)
	if len(args) == 0 {
		w.noteDirty(ctx)
	}
	return err
}

// request turns flags into a request, as far as flags alone say.
func (f applyFlags) request(now time.Time) (applier.Request, error) {
	req := applier.Request{
		Kind: applier.KindApply, Note: f.reason, Full: f.full, Adopt: f.adopt,
		AllowDiverged: f.allowDiverged, Overwrite: f.overwrite,
	}
	if f.at != "" {
		at, err := time.Parse(time.RFC3339, f.at)
		if err != nil {
			return req, usageError(fmt.Errorf("--at %s is not a time with a zone; write it like 2026-11-11T00:00:00+08:00", f.at))
		}
		if !at.After(now) {
			return req, usageError(fmt.Errorf("--at %s is past; leave --at out to release now", f.at))
		}
		req.At = at
	}
	var err error
	req.Overrides, err = makeOverrides(f.overrides, f.by, f.reason)
	return req, err
}

// makeOverrides turns fingerprints into overrides; each needs somebody who takes
// responsibility.
func makeOverrides(fingerprints []string, by, reason string) ([]applier.Override, error) {
	if len(fingerprints) > 0 && (by == "" || reason == "") {
		return nil, usageError(errors.New("--override needs --by NAME and --reason TEXT: somebody takes responsibility for each finding"))
	}
	var out []applier.Override
	for _, f := range fingerprints {
		out = append(out, applier.Override{Fingerprint: strings.TrimSpace(f), By: by, Reason: reason})
	}
	return out, nil
}

// operator says who runs the release.
func (w *workspace) operator(ctx context.Context) string {
	if actor := w.getenv("GITHUB_ACTOR"); actor != "" {
		return actor
	}
	if name := w.repo.Identity(ctx); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// applyTarget resolves the argument: a plan file, or a revision.
func (w *workspace) applyTarget(ctx context.Context, args []string) (planner.Commit, *spec.Digest, error) {
	if len(args) == 0 {
		c, err := w.resolve(ctx, "")
		return c, nil, err
	}
	f, err := os.Open(w.path(args[0]))
	if err != nil {
		if strings.HasSuffix(args[0], ".json") {
			if errors.Is(err, fs.ErrNotExist) {
				err = fmt.Errorf("there is no file %s; write the plan first with promoctl plan --out %s", args[0], args[0])
			}
			return planner.Commit{}, nil, err
		}
		c, err := w.resolve(ctx, args[0])
		return c, nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.IsDir() {
		c, err := w.resolve(ctx, args[0]) // a branch may be called like a folder
		return c, nil, err
	}
	reviewed, err := planner.ReadReviewed(f)
	if err != nil {
		return planner.Commit{}, nil, fmt.Errorf("%s: %w", args[0], err)
	}
	if w.envName != "" && reviewed.Env != "" && w.envName != reviewed.Env {
		return planner.Commit{}, nil, usageError(fmt.Errorf("%s is a plan for %s, not for %s", args[0], reviewed.Env, w.envName))
	}
	if reviewed.Env != "" {
		w.envName = reviewed.Env
	}
	c, err := w.resolve(ctx, reviewed.Target)
	return c, &reviewed.Digest, err
}

// release applies a commit and says what became of it.
func (w *workspace) release(ctx context.Context, target planner.Commit, req applier.Request) error {
	req.Target = target.Hash
	if len(req.Overrides) > 0 {
		authors, err := w.authors(ctx, target)
		if err != nil {
			return err
		}
		req.Authors = authors
	}
	return w.move(ctx, target, func(s *session) (*applier.Result, error) {
		if !req.At.IsZero() {
			fmt.Fprintf(w.stderr, "staging now, to be live at %s (in %s)\n", req.At.Format(time.RFC3339), req.At.Sub(w.now()).Round(time.Second))
		}
		return s.engine.Apply(ctx, req)
	}, req.Overrides)
}

// authors returns who wrote what is between the live commit and the target.
func (w *workspace) authors(ctx context.Context, target planner.Commit) ([]string, error) {
	s, err := w.plan(ctx, target)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	live, err := s.planBase(ctx, "")
	if err != nil || live == "" {
		return nil, nil // the release itself says what is wrong; a first release has no earlier author
	}
	return w.repo.Authors(ctx, live, target.Hash)
}

// repair brings live records back to the commit that each store serves.
func (w *workspace) repair(ctx context.Context, target planner.Commit, req applier.Request) error {
	return w.move(ctx, target, func(s *session) (*applier.Result, error) {
		return s.engine.Repair(ctx, req.By, req.Note)
	}, nil)
}

// move runs something that moves stores, shows its progress and says how it ended.
func (w *workspace) move(ctx context.Context, target planner.Commit, do func(*session) (*applier.Result, error), overrides []applier.Override) error {
	s, err := w.plan(ctx, target)
	if err != nil {
		return err
	}
	defer s.Close()
	p := w.newProgress()
	if err := s.connect(w.recorder(p)); err != nil {
		return err
	}
	result, err := do(s)
	p.end()
	s.printResult(result, err)
	return s.explainDenied(err, overrides)
}

// explainDenied shows the findings that stopped a release.
func (s *session) explainDenied(err error, overrides []applier.Override) error {
	var denied *applier.DeniedError
	if !errors.As(err, &denied) {
		return err
	}
	fmt.Fprintln(s.stderr, "Nothing was staged. These findings stop the release:")
	s.showFindings(denied.Findings)
	for _, o := range overrides {
		s.explainOverride(o, denied)
	}
	return err
}

func (s *session) showFindings(findings []planner.Finding) {
	const most = 20
	for i, f := range findings {
		if i == most {
			fmt.Fprintf(s.stderr, "  and %d more; promoctl plan shows them\n", len(findings)-i)
			break
		}
		fmt.Fprintln(s.stderr, strings.Join(planner.FindingLines(f), "\n"))
	}
}

// explainOverride says why an override that was given did not help.
func (s *session) explainOverride(o applier.Override, denied *applier.DeniedError) {
	matches := func(f planner.Finding) bool { return f.Fingerprint == o.Fingerprint }
	switch {
	case !slices.ContainsFunc(denied.Plan.Findings, matches):
		fmt.Fprintf(s.stderr, "--override %s matches no finding of this release\n", o.Fingerprint)
	case slices.ContainsFunc(denied.Findings, matches):
		fmt.Fprintf(s.stderr, "--override %s: this finding wants the approval of a second person, and %s wrote a commit of this release; --by must name somebody else\n", o.Fingerprint, personName(o.By))
	}
}

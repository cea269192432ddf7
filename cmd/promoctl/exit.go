package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner/gitrepo"
	"github.com/promoctl/promoctl/spec"
)

// Exit codes. Scripts and workflows rely on them.
const (
	exitDone     = 0
	exitError    = 1
	exitChanges  = 2 // changes with --detailed-exitcode, or drift that verify found
	exitDenied   = 3
	exitConflict = 4 // conflict, superseded, stale, diverged or pinned
	exitPartial  = 5
	exitUsage    = 64
)

// exitError ends the program with a code. A nil err prints nothing: everything was
// said already.
type codeError struct {
	code int
	err  error
}

func (e *codeError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *codeError) Unwrap() error { return e.err }

func usageError(err error) error { return &codeError{exitUsage, err} }

// silently ends the program with a code after everything was said.
func silently(code int) error { return &codeError{code, nil} }

// report prints an error with a hint at what to do next, and returns the exit code.
func (a *app) report(err error) int {
	code := codeOf(err)
	var problems spec.Problems
	var denied *applier.DeniedError
	var coded *codeError
	switch {
	case errors.As(err, &coded) && coded.err == nil: // everything was said, whatever wraps it
	case err.Error() == "":
	case errors.As(err, &problems):
		a.reportProblems(err, problems)
	default:
		if errors.As(err, &denied) { // the findings were shown
			err = fmt.Errorf("%w: %s", applier.ErrDenied, plural(len(denied.Findings), "finding"))
		}
		fmt.Fprintf(a.stderr, "promoctl: %v\n", err)
		if hint := hintFor(err); hint != "" {
			fmt.Fprintf(a.stderr, "hint: %s\n", hint)
		}
	}
	return code
}

// reportProblems prints what is wrong in the data, a line each, and counts it.
func (a *app) reportProblems(err error, problems spec.Problems) {
	const most = 200
	for i, p := range problems {
		if i == most {
			fmt.Fprintf(a.stderr, "... and %d more\n", len(problems)-most)
			break
		}
		fmt.Fprintln(a.stderr, p)
	}
	context, _, _ := strings.Cut(strings.TrimSuffix(err.Error(), problems.Error()), "\n")
	if context = strings.TrimSuffix(strings.TrimSpace(context), ":"); context != "" {
		context = context + ": "
	}
	fmt.Fprintf(a.stderr, "promoctl: %s%s\n", context, plural(len(problems), "problem"))
}

func codeOf(err error) int {
	var coded *codeError
	switch {
	case errors.As(err, &coded):
		return coded.code
	case errors.Is(err, applier.ErrDenied):
		return exitDenied
	case errors.Is(err, applier.ErrPartial):
		return exitPartial
	case errors.Is(err, applier.ErrConflict), errors.Is(err, applier.ErrSuperseded), errors.Is(err, applier.ErrStale),
		errors.Is(err, applier.ErrDiverged), errors.Is(err, applier.ErrPinned), errors.Is(err, gitrepo.ErrRevertConflict),
		errors.Is(err, gitrepo.ErrMoved):
		return exitConflict
	}
	return exitError
}

// hints are tried in order; the first error that matches gives the hint.
func hintFor(err error) string {
	for _, h := range [...]struct {
		is   error
		hint string
	}{
		{applier.ErrDenied, "correct the data, or take responsibility:\n  promoctl apply --override FINGERPRINT --by NAME --reason TEXT"},
		{applier.ErrSuperseded, "promoctl status shows what is live"},
		{applier.ErrDiverged, "merge or rebase onto the live commit, or release it all the same with --allow-diverged"},
		{applier.ErrUnknownCommit, "git fetch it, or compare with what the stores hold: promoctl apply --full"},
		{applier.ErrStale, "look at the plan again: promoctl plan --out FILE, then promoctl apply FILE"},
		{applier.ErrPinned, "promoctl status shows who pinned it and why"},
		{applier.ErrDrift, "promoctl verify shows the records\n  promoctl apply --overwrite   releases over them\n  promoctl apply --adopt       takes over equal ones before a first release"},
		{applier.ErrConflict, "somebody else released at the same time: promoctl status, then the same command again"},
		{applier.ErrPartial, "promoctl status shows each store; the same command again finishes the release"},
		{applier.ErrForeign, "give this pipeline a place of its own: another url or prefix in " + spec.PipelineFile},
		{applier.ErrFormat, "use the promoctl that wrote it, or a newer one"},
		{applier.ErrNotInitialized, "promoctl init-store prints what is missing; promoctl init-store --create makes it"},
		{gitrepo.ErrNotRepo, "run git init there, or promoctl init DIR to start a data repository"},
		{gitrepo.ErrEmpty, "commit something first: git add . && git commit"},
		{gitrepo.ErrMoved, "run the same command again"},
		{context.Canceled, "readers are on one release; promoctl status shows which, the same command again goes on"},
	} {
		if errors.Is(err, h.is) {
			return h.hint
		}
	}
	return ""
}

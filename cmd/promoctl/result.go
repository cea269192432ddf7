package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
)

// printResult says store by store what a release did.
func (s *session) printResult(r *applier.Result, err error) {
	if r == nil || errors.Is(err, applier.ErrDenied) || (err != nil && !r.Changed && r.Plan == nil) {
		return // nothing happened that the error does not say
	}
	switch {
	case err == nil && !r.Changed:
		fmt.Fprintf(s.stdout, "Nothing to do: %s %q is live already.\n", s.target.Short(), s.target.Subject)
		s.printLag(r)
		return
	case err == nil:
		fmt.Fprintf(s.stdout, "%s %s %q%s\n", s.colored(planner.RoleHeading, "Live:"), s.target.Short(), s.target.Subject, s.envSuffix())
	case r.Changed:
		fmt.Fprintf(s.stdout, "%s\n", s.colored(planner.RoleDeny, "Not finished. What each store serves now:"))
	default:
		fmt.Fprintln(s.stdout, "Nothing was released. What each store serves:")
	}
	s.printStores(r)
	if r.Plan != nil && err == nil {
		create, update, del := r.Plan.Counts()
		fmt.Fprintf(s.stdout, "%d created, %d updated, %d deleted; %s from start to live\n", create, update, del, rounded(r.Took))
	}
	if err == nil {
		s.printWarnings(r.Plan)
	}
	s.printDrift(r, err)
	s.printLag(r)
}

// printWarnings shows what the guardrails say about a release that they let pass.
func (s *session) printWarnings(plan *planner.Plan) {
	if plan == nil {
		return
	}
	const most = 10
	shown := 0
	for _, f := range plan.Findings {
		if f.Level != planner.Warn {
			continue
		}
		if shown++; shown > most {
			fmt.Fprintln(s.stdout, "and more warnings; promoctl plan --base shows them")
			return
		}
		fmt.Fprintln(s.stdout, strings.Replace(strings.Join(planner.FindingLines(f), "\n"), "warn", s.colored(planner.RoleWarn, "warn"), 1))
	}
}

func (s *session) envSuffix() string {
	if s.pipeline.Env == "" {
		return ""
	}
	return " in " + s.pipeline.Env
}

func (s *session) printStores(r *applier.Result) {
	t := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
	for _, st := range r.Stores {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", st.Store, outcomeText(st, r.Plan), markerText(st), workText(st))
	}
	t.Flush()
	for _, st := range r.Stores {
		if st.Err != nil {
			fmt.Fprintf(s.stdout, "  %s: %v\n", st.Store, st.Err)
		}
	}
}

// outcomeText says in a word or two what became of a store. One that was to be repaired
// serves the right commit all along.
func outcomeText(st applier.StoreResult, plan *planner.Plan) string {
	if st.Outcome == applier.OutcomeBehind && plan != nil && st.Marker.Commit == plan.Target.Hash {
		return "not repaired"
	}
	switch st.Outcome {
	case applier.OutcomeLive:
		return "live"
	case applier.OutcomeCurrent:
		return "live already"
	case applier.OutcomeBehind:
		return "behind"
	case applier.OutcomeBack:
		return "taken back"
	}
	return "unknown"
}

// markerText names the release that a store serves, and its commit where that is not
// the one that the heading names.
func markerText(st applier.StoreResult) string {
	m := st.Marker
	switch {
	case st.Outcome == applier.OutcomeUnknown:
		return ""
	case m.IsZero():
		return "nothing released"
	case st.Outcome == applier.OutcomeLive || st.Outcome == applier.OutcomeCurrent:
		return fmt.Sprintf("release %d", m.Seq)
	}
	return fmt.Sprintf("release %d, commit %s", m.Seq, m.Commit[:min(10, len(m.Commit))])
}

func workText(st applier.StoreResult) string {
	if st.Staged == 0 && st.Activated == 0 {
		return ""
	}
	return fmt.Sprintf("%s, staged in %s, activated in %s", plural(st.Changes, "record"), rounded(st.Staged), rounded(st.Activated))
}

// rounded shows a duration with as many digits as anybody needs.
func rounded(d time.Duration) time.Duration {
	switch {
	case d > time.Second:
		return d.Round(10 * time.Millisecond)
	case d > time.Millisecond:
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}

// printDrift says what was changed by hand: what a release overwrote, or what stopped it.
func (s *session) printDrift(r *applier.Result, err error) {
	var stopped *applier.DriftedError
	if errors.As(err, &stopped) {
		for _, d := range stopped.Stores {
			fmt.Fprintf(s.stdout, "changed by hand in %s (nothing was overwritten):\n", d.Store)
			s.listDrift(d.DriftError)
		}
		return
	}
	for _, st := range r.Stores {
		overwritten := st.Outcome == applier.OutcomeLive || st.Outcome == applier.OutcomeBack
		if !overwritten || st.Drift == nil || st.Drift.Total == 0 {
			continue
		}
		fmt.Fprintf(s.stdout, "%s: overwrote %s changed by hand:\n", st.Store, plural(st.Drift.Total, "record"))
		s.listDrift(st.Drift)
	}
}

func (s *session) listDrift(drift *applier.DriftError) {
	const most = 10
	for i, d := range drift.Records {
		if i == most {
			fmt.Fprintf(s.stdout, "  and %d more\n", drift.Total-i)
			break
		}
		fmt.Fprintf(s.stdout, "  %s\n", s.driftText(d))
	}
}

// printLag says which optional stores are behind, and since when.
func (s *session) printLag(r *applier.Result) {
	for _, st := range r.Stores {
		if st.Required || (st.Outcome != applier.OutcomeBehind && st.Outcome != applier.OutcomeUnknown) {
			continue
		}
		since := ""
		if !st.Behind.IsZero() {
			since = fmt.Sprintf(" since %s (%s)", clock(st.Behind), s.now().Sub(st.Behind).Round(time.Second))
		}
		fmt.Fprintf(s.stdout, "%s lags%s and is not required; promoctl apply lets it catch up\n", st.Store, since)
	}
}

// clock shows a time for people.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// plural counts things.
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// personName leaves the mail address out of "Name <mail>".
func personName(by string) string {
	if name, _, ok := strings.Cut(by, " <"); ok && name != "" {
		return name
	}
	return by
}

package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
)

func (a *app) statusCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "status",
		Short: "Show what each store serves, and what is merged and not live",
		Long: `Show per store what is live and since when, how far it is behind, when its records were
last compared with Git, what is in flight or pinned, and the command to run next.
It answers within two seconds, also when a store is down: that store is unknown then.`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return a.runStatus(c.Context(), format) },
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

// storeStatus is what status says of one store.
type storeStatus struct {
	Store     string           `json:"store"`
	Lead      bool             `json:"lead"`
	Required  bool             `json:"required"`
	Known     bool             `json:"known"`
	Error     string           `json:"error,omitempty"`
	Commit    string           `json:"commit,omitempty"`
	Seq       uint64           `json:"seq,omitempty"`
	Since     *time.Time       `json:"since,omitempty"`
	By        string           `json:"by,omitempty"`
	Kind      applier.Kind     `json:"kind,omitempty"`
	Relation  string           `json:"relation,omitempty"` // of HEAD to what is live
	Missing   []planner.Commit `json:"missing,omitempty"`  // merged and not live here, newest first
	Records   map[string]int64 `json:"records,omitempty"`
	Pin       *applier.Pin     `json:"pin,omitempty"`
	Staged    []applier.Staged `json:"staged,omitempty"`
	Split     bool             `json:"split,omitempty"` // partitions disagree
	Verified  *verified        `json:"verified,omitempty"`
	LagsSince *time.Time       `json:"lags_since,omitempty"`

	release applier.ReleaseID // that is live
}

type statusReport struct {
	Format   int            `json:"format"`
	Pipeline string         `json:"pipeline"`
	Env      string         `json:"env,omitempty"`
	Head     planner.Commit `json:"head"`
	Stores   []storeStatus  `json:"stores"`
	Next     string         `json:"next"` // the command to run next; empty: nothing to do
	Why      string         `json:"why"`
}

func (a *app) runStatus(ctx context.Context, format string) error {
	if err := oneOf("format", format, "text", "json"); err != nil {
		return err
	}
	return a.atHead(ctx, func(s *session) error {
		report := s.statusReport(ctx)
		if format == "json" {
			return writeJSON(s.stdout, report)
		}
		s.statusText(report)
		return nil
	})
}

func (s *session) statusReport(ctx context.Context) statusReport {
	r := statusReport{Format: 1, Pipeline: s.pipeline.Name, Env: s.pipeline.Env, Head: s.target}
	checked := s.lastVerified()
	for _, st := range s.engine.Status(ctx) {
		r.Stores = append(r.Stores, s.storeStatus(ctx, st, checked[st.Store]))
	}
	r.Next, r.Why = s.next(r.Stores)
	return r
}

func (s *session) storeStatus(ctx context.Context, st applier.StoreStatus, checked verified) storeStatus {
	out := storeStatus{Store: st.Store, Lead: st.Lead, Required: st.Required, Known: st.Err == nil}
	if !st.Behind.IsZero() {
		out.LagsSince = &st.Behind
	}
	if st.Err != nil {
		out.Error = st.Err.Error()
		return out
	}
	live := st.State.Live
	out.Staged, out.Split, out.Pin = st.State.Staged, st.State.Unfinished != nil, live.Pin
	out.release = live.Release
	if live.IsZero() {
		out.Relation = "empty"
		return out
	}
	out.Commit, out.Seq, out.Since, out.By, out.Kind = live.Commit, live.Seq, &live.At, live.By, live.Kind
	out.Records = map[string]int64{}
	for name, d := range live.Datasets {
		out.Records[name] = d.Data.Count
	}
	if checked.about(live) {
		out.Verified = &checked
	}
	out.Relation, out.Missing = s.relation(ctx, live.Commit)
	return out
}

// relation says how HEAD stands to a live commit, and what is merged and not live.
func (s *session) relation(ctx context.Context, live string) (string, []planner.Commit) {
	rel, err := s.repo.Relate(ctx, live, s.target.Hash)
	if err != nil {
		return "unknown", nil
	}
	switch rel {
	case planner.Same:
		return "current", nil
	case planner.Forward:
		missing, _ := s.repo.FirstParents(ctx, live, s.target.Hash) // without it the count is missing, not the fact
		return "behind", missing
	case planner.Backward:
		return "ahead", nil
	case planner.Diverged:
		return "diverged", nil
	}
	return "unknown", nil
}

// next names the command that the person should run now, and why.
func (s *session) next(stores []storeStatus) (command, why string) {
	env := s.envFlag()
	for _, st := range stores {
		switch {
		case !st.Known && st.Required:
			return "promoctl status" + env, "store " + st.Store + " does not answer; bring it back first"
		case st.Split:
			return "promoctl apply" + env, "store " + st.Store + " is half released; apply finishes it"
		case st.Pin != nil:
			return "", "store " + st.Store + " is pinned by " + personName(st.Pin.By) + ": " + st.Pin.Reason
		case st.Relation == "unknown":
			return "git fetch", "the live commit of store " + st.Store + " is not in this repository; or promoctl apply --full" + env
		case st.Relation == "diverged":
			return "promoctl plan" + env, "HEAD does not descend from what store " + st.Store + " serves"
		}
	}
	if command, why := nextCheck(stores, env); command != "" {
		return command, why
	}
	leadServes := slices.ContainsFunc(stores, func(st storeStatus) bool { return st.Lead && st.Relation == "current" })
	for _, st := range stores {
		switch {
		case leadServes && (st.Relation == "empty" || st.Relation == "behind"):
			return "promoctl apply" + env, "the lead serves HEAD and store " + st.Store + " does not yet; apply brings it there"
		case st.Relation == "empty":
			return "promoctl plan" + env, "nothing was released to store " + st.Store + " yet"
		case st.Relation == "behind":
			return "promoctl plan" + env, "HEAD is not live in store " + st.Store + "; see what would change, then promoctl apply" + env
		}
	}
	return "", "every store that answers serves HEAD or a later commit"
}

// nextCheck names what to do about the last comparison with Git. As long as a store could
// not be read nobody knows what a repair would meet.
func nextCheck(stores []storeStatus, env string) (command, why string) {
	for _, st := range stores {
		switch v := st.Verified; {
		case v == nil || v.Equal:
		case v.Error != "":
			return "promoctl verify" + env, "the records of store " + st.Store + " could not be compared with Git when last tried"
		case command == "":
			command = "promoctl apply --repair" + env
			why = "live records of store " + st.Store + " differed from Git when last compared; promoctl verify" + env + " lists them"
		}
	}
	return command, why
}

func (s *session) statusText(r statusReport) {
	fmt.Fprintf(s.stdout, "%s%s, HEAD is %s %q\n", s.colored(planner.RoleHeading, r.Pipeline), s.envSuffix(), r.Head.Short(), r.Head.Subject)
	for _, st := range r.Stores {
		s.statusStore(st)
	}
	for _, st := range r.Stores {
		s.statusDetails(st)
	}
	if r.Next == "" {
		fmt.Fprintf(s.stdout, "Nothing to do: %s.\n", r.Why)
		return
	}
	fmt.Fprintf(s.stdout, "Next: %s\n      %s\n", s.colored(planner.RoleHeading, r.Next), r.Why)
}

// envFlag returns what to add to a command that is proposed, so that it is about the same
// environment: " --env production", or nothing.
func (s *session) envFlag() string {
	if s.pipeline.Env == "" || len(s.pipeline.Environments) == 0 {
		return ""
	}
	return " --env " + s.pipeline.Env
}

func (st storeStatus) name() string {
	switch {
	case st.Lead:
		return st.Store + " (lead)"
	case !st.Required:
		return st.Store + " (optional)"
	}
	return st.Store
}

// statusStore says in two lines what a store serves.
func (s *session) statusStore(st storeStatus) {
	const name = "  %-18s  "
	switch {
	case !st.Known:
		fmt.Fprintf(s.stdout, name+"%s\n", st.name(), s.colored(planner.RoleDeny, "unknown"))
	case st.Commit == "":
		fmt.Fprintf(s.stdout, name+"nothing released\n", st.name())
	default:
		fmt.Fprintf(s.stdout, name+"%s: %s, release %d by %s\n", st.name(), st.distance(), st.Commit[:10], st.Seq, personName(st.By))
		fmt.Fprintf(s.stdout, name+"since %s, %s\n", "", clock(*st.Since), s.checkedText(st))
	}
}

func (st storeStatus) distance() string {
	switch st.Relation {
	case "current":
		return "serves HEAD"
	case "behind":
		return plural(len(st.Missing), "commit") + " behind HEAD"
	case "ahead":
		return "ahead of HEAD"
	case "diverged":
		return "diverged from HEAD"
	case "unknown":
		return "live commit not in this repository"
	}
	return ""
}

func (s *session) checkedText(st storeStatus) string {
	switch {
	case !st.Known || st.Commit == "":
		return ""
	case st.Verified == nil:
		return "never compared with Git"
	}
	ago := s.now().Sub(st.Verified.At).Round(time.Second).String() + " ago"
	switch {
	case st.Verified.Error != "":
		return "could not be compared with Git " + ago + ": " + st.Verified.Error
	case st.Verified.Equal:
		return "equal to Git " + ago
	}
	return "DIFFERENT from Git " + ago
}

// statusDetails says what does not fit into a line.
func (s *session) statusDetails(st storeStatus) {
	const most = 5
	for i, c := range st.Missing {
		if !st.Lead {
			break // the same list, as a rule
		}
		if i == 0 {
			fmt.Fprintln(s.stdout, "Merged and not live:")
		}
		if i == most {
			fmt.Fprintf(s.stdout, "  and %d more\n", len(st.Missing)-most)
			break
		}
		fmt.Fprintf(s.stdout, "  %s %s\n", c.Short(), c.Subject)
	}
	if !st.Known {
		fmt.Fprintf(s.stdout, "%s: %s\n", st.Store, st.Error)
	}
	if st.LagsSince != nil {
		fmt.Fprintf(s.stdout, "%s lags since %s\n", st.Store, clock(*st.LagsSince))
	}
	for _, g := range st.Staged {
		fmt.Fprintf(s.stdout, "%s: %s\n", st.Store, stagedText(g, st))
	}
	if st.Pin != nil {
		fmt.Fprintf(s.stdout, "%s: pinned by %s at %s: %s\n", st.Store, personName(st.Pin.By), clock(st.Pin.At), st.Pin.Reason)
	}
}

// stagedText says what a stage is waiting for, or that it waits in vain.
func stagedText(g applier.Staged, st storeStatus) string {
	what := fmt.Sprintf("commit %s, staged by %s", g.Commit[:min(10, len(g.Commit))], personName(g.By))
	switch {
	case !g.Sealed:
		return what + ", is not complete; removed after " + clock(g.Expires)
	case g.Base != st.release:
		return what + ", is left over and cannot go live; removed after " + clock(g.Expires)
	}
	return what + ", waits for its activation until " + clock(g.Expires)
}

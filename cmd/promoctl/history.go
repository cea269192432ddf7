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

// historyFlags are the flags of promoctl history.
type historyFlags struct {
	store, format string
	most          int
}

func (a *app) historyCommand() *cobra.Command {
	var f historyFlags
	c := &cobra.Command{
		Use:   "history",
		Short: "Show the releases that the stores remember, newest first",
		Long: fmt.Sprintf(`Show the last releases, newest first, from the stores themselves: when, what, by whom, and
what was overridden. Each store remembers the live release and %d before it.`, applier.HistoryLen),
		Args: usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return a.runHistory(c.Context(), f) },
	}
	c.Flags().StringVar(&f.store, "store", "", "releases of this store only")
	c.Flags().StringVar(&f.format, "format", "text", "text or json")
	c.Flags().IntVarP(&f.most, "number", "n", 20, "how many to show; 0 for all")
	return c
}

// pastRelease is one release with the stores that took it.
type pastRelease struct {
	Origin    applier.ReleaseID  `json:"origin"`
	Kind      applier.Kind       `json:"kind"`
	Commit    string             `json:"commit"`
	Subject   string             `json:"subject,omitempty"`
	At        time.Time          `json:"at"`
	By        string             `json:"by"`
	Note      string             `json:"note,omitempty"`
	Overrides []applier.Override `json:"overrides,omitempty"`
	Stores    []storeRelease     `json:"stores"`
}

type storeRelease struct {
	Store string    `json:"store"`
	Seq   uint64    `json:"seq"`
	Live  bool      `json:"live"`
	At    time.Time `json:"at"`
}

func (a *app) runHistory(ctx context.Context, f historyFlags) error {
	if err := oneOf("format", f.format, "text", "json"); err != nil {
		return err
	}
	if f.most < 0 {
		return usageError(fmt.Errorf("-n %d is less than none; write how many releases to show, or 0 for all", f.most))
	}
	return a.atHead(ctx, func(s *session) error { return s.history(ctx, f) })
}

func (s *session) history(ctx context.Context, f historyFlags) error {
	if f.store != "" && s.pipeline.Store(f.store) == nil {
		return usageError(fmt.Errorf("there is no store %s in the pipeline file", f.store))
	}
	releases := s.pastReleases(ctx, f.store)
	if f.most > 0 && len(releases) > f.most {
		releases = releases[:f.most]
	}
	if f.format == "json" {
		return writeJSON(s.stdout, map[string]any{"format": 1, "releases": releases})
	}
	s.historyText(releases)
	return nil
}

// pastReleases joins what the stores remember by the lead's release.
func (s *session) pastReleases(ctx context.Context, store string) []pastRelease {
	releases := []pastRelease{}
	at := map[applier.ReleaseID]int{}
	for _, st := range s.engine.Status(ctx) {
		if st.Err != nil {
			fmt.Fprintf(s.stderr, "store %s cannot be asked: %v\n", st.Store, st.Err)
			continue
		}
		if store != "" && st.Store != store {
			continue
		}
		for i, m := range append([]applier.Marker{st.State.Live}, st.State.History...) {
			if m.IsZero() {
				continue
			}
			j, seen := at[m.Origin]
			if !seen {
				j = len(releases)
				at[m.Origin] = j
				releases = append(releases, s.pastRelease(ctx, m))
			}
			releases[j].Stores = append(releases[j].Stores, storeRelease{st.Store, m.Seq, i == 0, m.At})
		}
	}
	slices.SortStableFunc(releases, func(a, b pastRelease) int { return b.At.Compare(a.At) })
	return releases
}

func (s *session) pastRelease(ctx context.Context, m applier.Marker) pastRelease {
	r := pastRelease{Origin: m.Origin, Kind: m.Kind, Commit: m.Commit, At: m.At, By: m.By, Note: m.Note, Overrides: m.Overrides}
	if c, _, err := s.repo.Commit(ctx, m.Commit); err == nil {
		r.Subject = c.Subject
	}
	return r
}

func (s *session) historyText(releases []pastRelease) {
	if len(releases) == 0 {
		fmt.Fprintln(s.stdout, "No releases yet. Next: promoctl plan, then promoctl apply")
		return
	}
	for _, r := range releases {
		fmt.Fprintf(s.stdout, "%s  %-8s  %s  %s\n", clock(r.At), r.Kind, r.Commit[:min(10, len(r.Commit))], storesText(r.Stores))
		fmt.Fprintf(s.stdout, "  %s, by %s\n", r.Subject, personName(r.By))
		if r.Note != "" {
			fmt.Fprintf(s.stdout, "  reason: %s\n", r.Note)
		}
		for _, o := range r.Overrides {
			fmt.Fprintf(s.stdout, "  finding %s overridden by %s: %s\n", s.colored(planner.RoleWarn, o.Fingerprint), personName(o.By), o.Reason)
		}
	}
	live := func(st storeRelease) bool { return st.Live }
	if slices.ContainsFunc(releases, func(r pastRelease) bool { return slices.ContainsFunc(r.Stores, live) }) {
		fmt.Fprintln(s.stdout, "* is live in that store now")
	}
}

// storesText lists the stores of a release; those that serve it now have a star.
func storesText(list []storeRelease) string {
	out := ""
	for i, st := range list {
		if i > 0 {
			out += " "
		}
		out += fmt.Sprintf("%s:%d", st.Store, st.Seq)
		if st.Live {
			out += "*"
		}
	}
	return out
}

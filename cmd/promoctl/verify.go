package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

func (a *app) verifyCommand() *cobra.Command {
	var stores []string
	var format string
	c := &cobra.Command{
		Use:   "verify [REV]",
		Short: "Compare live records with Git, record by record",
		Long: `Compare every live record of every store with the commit that the store says it serves,
or with REV, and recount the digests.

Exit codes: 0 all equal, 2 live records differ, 1 a store cannot be read.`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return a.runVerify(c.Context(), args, stores, format) },
	}
	c.Flags().StringSliceVar(&stores, "store", nil, "verify this store only; may be repeated")
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

func (a *app) runVerify(ctx context.Context, args, stores []string, format string) error {
	if err := oneOf("format", format, "text", "json"); err != nil {
		return err
	}
	w, err := a.open()
	if err != nil {
		return err
	}
	defer w.Close()
	rev, commit := "HEAD", ""
	if len(args) > 0 {
		rev = args[0]
	}
	target, err := w.resolve(ctx, rev)
	if err != nil {
		return err
	}
	if len(args) > 0 {
		commit = target.Hash
	}
	s, err := w.plan(ctx, target)
	if err != nil {
		return err
	}
	defer s.Close()
	p := w.newProgress()
	if err := s.connect(w.recorder(p)); err != nil {
		return err
	}
	report, err := s.engine.Verify(ctx, commit, stores)
	p.end()
	if err != nil {
		return usageError(err)
	}
	w.rememberVerified(report)
	if format == "json" {
		err = s.verifyJSON(report)
	} else {
		s.verifyText(report)
	}
	if err != nil {
		return err
	}
	return verifyExit(report)
}

func verifyExit(report *applier.VerifyReport) error {
	code := exitDone
	for _, st := range report.Stores {
		switch {
		case st.Err != nil:
			return silently(exitError)
		case !st.Clean():
			code = exitChanges
		}
	}
	if code == exitDone {
		return nil
	}
	return silently(code)
}

func (s *session) verifyText(report *applier.VerifyReport) {
	for i := range report.Stores {
		s.verifyStoreText(&report.Stores[i])
	}
	if repairable(report) {
		fmt.Fprintln(s.stdout, "Bring live records back to their commit with: promoctl apply --repair"+s.envFlag())
	}
}

// repairable reports whether a repair has something to do and can do it: every store was
// read, and one differs from the commit that it says it serves.
func repairable(report *applier.VerifyReport) bool {
	differs := false
	for i := range report.Stores {
		v := &report.Stores[i]
		if v.Err != nil {
			return false
		}
		differs = differs || !v.Clean() && v.Commit == v.Marker.Commit
	}
	return differs
}

func (s *session) verifyStoreText(v *applier.StoreVerify) {
	switch {
	case v.Err != nil:
		fmt.Fprintf(s.stdout, "%s: %s: %v\n", v.Store, s.colored(planner.RoleDeny, "not verified"), v.Err)
		return
	case v.Commit == "":
		fmt.Fprintf(s.stdout, "%s: nothing was released to it yet\n", v.Store)
		return
	case v.Clean():
		fmt.Fprintf(s.stdout, "%s: %s, every record equals commit %s\n", v.Store, s.colored(planner.RoleCreate, "equal"), v.Commit[:10])
	default:
		fmt.Fprintf(s.stdout, "%s: %s from commit %s\n", v.Store, s.colored(planner.RoleDeny, differText(v.Drift.Total)), v.Commit[:10])
	}
	t := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
	for _, d := range v.Datasets {
		digest := "digest agrees"
		if !d.DigestOK() {
			digest = "digest differs: the marker says " + plural(int(d.Claimed.Count), "record")
		}
		fmt.Fprintf(t, "  %s\t%d live\t%d missing, %d extra, %d different\t%s\n", d.Name, d.Counted.Count, d.Missing, d.Extra, d.Different, digest)
	}
	t.Flush()
	const most = 20
	for i, d := range v.Drift.Records {
		if i == most {
			fmt.Fprintf(s.stdout, "  and %d more; all of them with --format json\n", v.Drift.Total-i)
			break
		}
		fmt.Fprintf(s.stdout, "  %s\n", s.driftText(d))
	}
}

func differText(n int) string {
	if n == 1 {
		return "1 record differs"
	}
	return fmt.Sprintf("%d records differ", n)
}

// verifyJSON is the report for programs. Format grows when a reader has to change.
func (s *session) verifyJSON(report *applier.VerifyReport) error {
	type drift struct {
		Dataset string                `json:"dataset"`
		Key     spec.Key              `json:"key"`
		State   string                `json:"state"`            // missing, extra or different
		Fields  []planner.FieldChange `json:"fields,omitempty"` // before: wanted, after: found
	}
	type store struct {
		Store    string                  `json:"store"`
		Commit   string                  `json:"commit"`
		Equal    bool                    `json:"equal"`
		Error    string                  `json:"error,omitempty"`
		Total    int                     `json:"differ"`
		Datasets []applier.DatasetVerify `json:"datasets"`
		Records  []drift                 `json:"records"` // the first 1000
	}
	out := struct {
		Format int     `json:"format"`
		Stores []store `json:"stores"`
	}{Format: 1}
	for i := range report.Stores {
		v := &report.Stores[i]
		st := store{Store: v.Store, Commit: v.Commit, Equal: v.Clean(), Total: v.Drift.Total, Datasets: v.Datasets, Records: []drift{}}
		if v.Err != nil {
			st.Error = v.Err.Error()
		}
		for _, d := range v.Drift.Records {
			row := drift{Dataset: d.Dataset, Key: d.Key, State: "different"}
			switch {
			case d.Want == nil:
				row.State = "extra"
			case d.Found == nil:
				row.State = "missing"
			default:
				c, _ := planner.MakeChange(d.Dataset, d.Want, d.Found)
				row.Fields = s.driftFields(d.Dataset, c)
			}
			st.Records = append(st.Records, row)
		}
		out.Stores = append(out.Stores, st)
	}
	return writeJSON(s.stdout, out)
}

// verified is when a store's records were last compared, for promoctl status.
type verified struct {
	At      time.Time         `json:"at"`
	Release applier.ReleaseID `json:"release"`
	Equal   bool              `json:"equal"`
	Error   string            `json:"error,omitempty"` // why they could not be compared
}

// about reports whether a comparison says something of the release that is live. One
// that failed need not know which release it would have been about.
func (v verified) about(live applier.Marker) bool {
	if v.Error != "" {
		return !v.At.Before(live.At)
	}
	return v.Release == live.Release
}

func (w *workspace) verifiedFile() string {
	name := "verified.json"
	if w.envName != "" {
		name = "verified-" + w.envName + ".json"
	}
	return filepath.Join(w.repo.CacheDir(), name)
}

// rememberVerified notes the comparison beside the repository. It is a convenience:
// where it cannot be written, status says that nothing is known.
func (w *workspace) rememberVerified(report *applier.VerifyReport) {
	all := w.lastVerified()
	for i := range report.Stores {
		switch v := &report.Stores[i]; {
		case v.Err != nil:
			all[v.Store] = verified{At: w.now().UTC(), Release: v.Marker.Release, Error: v.Err.Error()}
		case v.Commit == v.Marker.Commit: // a comparison with another commit says nothing of this one
			all[v.Store] = verified{At: w.now().UTC(), Release: v.Marker.Release, Equal: v.Clean()}
		}
	}
	text, err := json.Marshal(all)
	if err == nil && os.MkdirAll(w.repo.CacheDir(), 0o755) == nil {
		_ = os.WriteFile(w.verifiedFile(), text, 0o644)
	}
}

func (w *workspace) lastVerified() map[string]verified {
	all := map[string]verified{}
	if text, err := os.ReadFile(w.verifiedFile()); err == nil {
		_ = json.Unmarshal(text, &all)
	}
	return all
}

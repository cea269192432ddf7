package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/gitrepo"
)

// demoEnv is the environment of the example that the demo releases to.
const demoEnv = "production"

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo [DIR]",
		Short: "Release 1,000 prices, break one, survive a kill, and take it back",
		Long: `Make a data repository of the Double Eleven example in DIR, or in a new directory for
temporary files, and do with it what a night of a sale brings: a release, a slipped
decimal, a killed process, a rollback. Every command is shown with what it really
prints, and can be repeated by hand: the directory stays. It needs Git, and no network.

Exit codes: 0 everything happened as promised, 1 something did not, and it says what.`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return a.runDemo(c.Context(), args) },
	}
}

// demo is one run of promoctl demo.
type demo struct {
	*app
	dir  string         // the data repository
	exe  string         // this program
	bad  planner.Commit // the commit with the slip
	back time.Duration  // what the rollback took, from Enter to live
}

// demoStep is a part of the demo, with the promise that its title makes.
type demoStep struct {
	title string
	run   func(context.Context) error
}

func (d *demo) steps() []demoStep {
	return []demoStep{
		{"A thousand prices go live", d.firstRelease},
		{"A hurried edit: 19.90 for 199.00", d.slippedDecimal},
		{"Somebody insists, and the release is killed half way", d.killedRelease},
		{"Back", d.takeBack},
	}
}

func (a *app) runDemo(ctx context.Context, args []string) error {
	start := a.now()
	dir, err := a.demoDir(args)
	if err != nil {
		return err
	}
	d := &demo{app: a, dir: dir}
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if d.exe, err = keepExecutable(exe, dir); err != nil {
		return err
	}
	fmt.Fprintf(d.stdout, `A shop prepares its Double Eleven sale. Its prices are YAML in Git and go live in
two stores: a SQLite database that checkout reads, files that the edge serves.
Everything below really happens, in this directory, which is kept:
  %s
`, dir)
	for i, s := range d.steps() {
		d.heading(i+1, s.title)
		if err := s.run(ctx); err != nil {
			return fmt.Errorf("demo: step %d, %s: %w; look at it in %s", i+1, strings.ToLower(s.title), err, dir)
		}
	}
	d.heading(len(d.steps())+1, "Your turn")
	if err := d.byHand(); err != nil {
		return err
	}
	fmt.Fprintf(d.stdout, "\nThe demo took %s, and the way back %s of it.\n", rounded(d.now().Sub(start)), rounded(d.back))
	return nil
}

// demoDir returns the absolute path of an empty directory.
func (a *app) demoDir(args []string) (string, error) {
	if len(args) == 0 {
		dir, err := os.MkdirTemp("", "promoctl-demo-")
		if err != nil {
			return "", fmt.Errorf("demo: %w; or name a directory: promoctl demo DIR", err)
		}
		return filepath.Abs(dir)
	}
	dir := a.path(args[0])
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("demo: %w", err)
	}
	inside, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("demo: %w", err)
	}
	if len(inside) > 0 {
		return "", fmt.Errorf("demo: %s is not empty: it has %s; name a new directory, or none", args[0], inside[0].Name())
	}
	return dir, nil
}

// makeRepo makes the demo's directory a Git repository that works on any machine:
// whoever has no name there, a signature with a passphrase or hooks of their own can
// run the demo all the same.
func (d *demo) makeRepo(ctx context.Context) (*gitrepo.Repo, error) {
	repo, err := gitrepo.Init(ctx, d.dir)
	if err != nil {
		return nil, err
	}
	for _, c := range [][2]string{
		{"user.name", "Wang Fei"}, {"user.email", "wang.fei@shop.example"},
		{"commit.gpgSign", "false"}, {"core.hooksPath", os.DevNull}, {"core.autocrlf", "false"},
	} {
		if err := repo.Configure(ctx, c[0], c[1]); err != nil {
			return nil, errors.Join(err, repo.Close())
		}
	}
	return repo, nil
}

// commit commits everything, as the command line says that it shows.
func (d *demo) commit(ctx context.Context, repo *gitrepo.Repo, subject string) (planner.Commit, error) {
	d.showCommand([]string{"git", "add", "."}, "")
	d.showCommand([]string{"git", "commit", "-q", "-m", subject}, "")
	return repo.CommitPaths(ctx, subject, ".")
}

func (d *demo) heading(n int, title string) {
	line := fmt.Sprintf("%d. %s", n, title)
	fmt.Fprintf(d.stdout, "\n%s\n%s\n\n", d.colored(planner.RoleHeading, line), strings.Repeat("-", len(line)))
}

// say prints what the demo itself has to say.
func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.stdout, format+"\n", args...) }

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// app is one run of the program: its environment and the flags that all commands share.
type app struct {
	environment
	chdir   string
	envName string
	noColor bool
	verbose bool

	envFromVariable bool // PROMOCTL_ENV said envName, not --env
}

// run runs a command and returns the exit code. See exit.go for the codes.
func run(env environment) int {
	tuneGC(env.getenv)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{environment: env}
	root := a.rootCommand()
	root.SetArgs(env.args)
	root.SetIn(env.stdin)
	root.SetOut(env.stdout)
	root.SetErr(env.stderr)
	quiet := a.explainInterrupt(ctx, stop)
	err := root.ExecuteContext(ctx)
	quiet()
	if err == nil {
		return exitDone
	}
	return a.report(err)
}

// explainInterrupt lets a second Ctrl-C end the program at once, and tells whoever
// pressed it once what the program is still doing. The function that it returns ends that.
func (a *app) explainInterrupt(ctx context.Context, stop func()) (quiet func()) {
	ended := make(chan struct{})
	listening := context.AfterFunc(ctx, func() {
		stop()
		select {
		case <-ended:
		case <-time.After(time.Second):
			fmt.Fprintln(a.stderr, "stopping; what is under way is brought to an end first. Ctrl-C again stops at once, and the same command goes on later")
		}
	})
	return func() {
		listening()
		close(ended)
	}
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "promoctl",
		Short: "Release promotion data from Git to stores",
		Long: `promoctl releases prices, stock allocations, coupons and promotion rules the way good
teams release code: data lives as YAML in Git, a plan shows which records change,
apply makes a commit live in every store at once, and rollback takes it back.

New here? Run "promoctl demo", or "promoctl init DIR" to start a data repository.`,
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},

		SuggestionsMinimumDistance: 2,
		PersistentPreRunE:          func(*cobra.Command, []string) error { return a.settle() },
		Args:                       a.noSuchCommand,
		RunE:                       func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetVersionTemplate("promoctl {{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError(fmt.Errorf("%w; see %s --help", err, c.CommandPath()))
	})
	flags := root.PersistentFlags()
	flags.StringVarP(&a.chdir, "dir", "C", "", "run as if started in `DIR`")
	flags.StringVar(&a.envName, "env", "", "environment of the pipeline file; default: $PROMOCTL_ENV, then defaultEnvironment")
	flags.BoolVar(&a.noColor, "no-color", false, "no colors; NO_COLOR in the environment does the same")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log every step to standard error")
	root.AddCommand(a.commands()...)
	return root
}

// noSuchCommand is cobra's suggestion for a misspelt command, as a usage error.
func (a *app) noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if names := c.SuggestionsFor(args[0]); len(names) > 0 {
		hint = fmt.Sprintf("; did you mean %s?", names[0])
	}
	return usageError(fmt.Errorf("unknown command %q%s; see promoctl --help", args[0], hint))
}

// settle applies the shared flags once they are parsed.
func (a *app) settle() error {
	if a.chdir != "" {
		if !filepath.IsAbs(a.chdir) {
			a.chdir = filepath.Join(a.dir, a.chdir)
		}
		info, err := os.Stat(a.chdir)
		if err != nil || !info.IsDir() {
			return usageError(fmt.Errorf("-C %s: there is no such directory", a.chdir))
		}
		a.dir = a.chdir
	}
	if a.envName == "" {
		a.envName = a.getenv("PROMOCTL_ENV")
		a.envFromVariable = true
	}
	if a.noColor {
		a.color = false
	}
	return nil
}

// path resolves a file that the user named, from the working directory.
func (a *app) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(a.dir, name)
}

// usageArgs is cobra.ExactArgs and the like as usage errors.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if check(c, args) == nil {
			return nil
		}
		what := "something is missing"
		if len(args) > 0 {
			what = fmt.Sprintf("%q is too much", args[len(args)-1])
		}
		return usageError(fmt.Errorf("%s; write %s, and see %s --help", what, strings.TrimSuffix(c.UseLine(), " [flags]"), c.CommandPath()))
	}
}

// oneOf checks a flag that takes one of a few words.
func oneOf(flag, value string, allowed ...string) error {
	for _, w := range allowed {
		if value == w {
			return nil
		}
	}
	return usageError(fmt.Errorf("--%s %s is not known; write one of %s", flag, value, strings.Join(allowed, ", ")))
}

// revision is set by the build: -ldflags "-X main.revision=v1.2.3".
var revision string

func version() string {
	if revision != "" {
		return revision
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/promoctl/promoctl/planner/gitrepo"
)

// The first commit of a data repository.
const (
	firstSubject = "Start of a promoctl pipeline"
	firstCommit  = `git commit -m "` + firstSubject + `"`
)

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a data repository to start from",
		Long: `Write a data repository that validates and plans as it stands: a pipeline file with two
stores that need no server, a few records of each kind, and schemas for editors. Outside
of a Git repository it makes one, with a first commit. It never overwrites a file: if one
is in the way, it writes nothing and says which.`,
		Example: `  promoctl init my-shop
  promoctl init`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return a.runInit(c.Context(), args) },
	}
}

func (a *app) runInit(ctx context.Context, args []string) error {
	shown := "."
	if len(args) == 1 {
		shown = args[0]
	}
	dir, err := filepath.Abs(a.path(shown))
	if err != nil {
		return err
	}
	files, err := startFiles(pipelineName(filepath.Base(dir)))
	if err != nil {
		return err
	}
	if taken := inTheWay(dir, files); len(taken) > 0 {
		return fmt.Errorf("init: nothing was written; these are in the way, move them or choose another directory:\n  %s",
			strings.Join(taken, "\n  "))
	}
	if err := writeStart(dir, files); err != nil {
		return err
	}
	a.sayWritten(shown, files)
	return a.intoGit(ctx, dir, shown, files)
}

// sayWritten lists what was written; the schemas in one line.
func (a *app) sayWritten(shown string, files []startFile) {
	into := ""
	if filepath.Clean(shown) != "." {
		into = " into " + shown
	}
	fmt.Fprintf(a.stdout, "Wrote%s:\n", into)
	for _, f := range files {
		if !strings.HasPrefix(f.name, schemaDir) {
			fmt.Fprintf(a.stdout, "  %-22s  %s\n", f.name, f.what)
		}
	}
	fmt.Fprintf(a.stdout, "  %-22s  %s\n", schemaDir, "what editors complete and check with")
}

// intoGit makes a repository with a first commit if there is none, and says what to run
// next.
func (a *app) intoGit(ctx context.Context, dir, shown string, files []startFile) error {
	repo, err := gitrepo.Open(dir)
	switch {
	case err == nil:
		fmt.Fprintf(a.stdout, "It is part of the Git repository %s. Nothing is committed yet.\n", repo.Worktree())
		a.sayNext(shown, "git add "+strings.Join(tops(files), " "), firstCommit)
		return repo.Close()
	case !errors.Is(err, gitrepo.ErrNotRepo):
		return err
	}
	if repo, err = gitrepo.Init(ctx, dir); err != nil {
		return err
	}
	defer repo.Close()
	paths := make([]string, len(files)) // not folders: other files in them are not ours
	for i, f := range files {
		paths[i] = f.name
	}
	commit, err := repo.CommitPaths(ctx, firstSubject, paths...)
	switch {
	case errors.Is(err, gitrepo.ErrIdentity):
		fmt.Fprintln(a.stdout, "Made a Git repository without a commit: Git does not know who you are.")
		a.sayNext(shown, `git config --global user.name "Your Name"`, "git config --global user.email you@example.com",
			"git add "+strings.Join(tops(files), " "), firstCommit)
		return nil
	case err != nil:
		return err
	}
	fmt.Fprintf(a.stdout, "Made a Git repository with the commit %s %q.\n", commit.Short(), commit.Subject)
	a.sayNext(shown)
	return nil
}

// sayNext prints the commands to run now: the ones that are needed first, and those
// that release.
func (a *app) sayNext(shown string, first ...string) {
	fmt.Fprintln(a.stdout, "Next:")
	if filepath.Clean(shown) != "." {
		fmt.Fprintf(a.stdout, "  cd %s\n", shellWord(shown))
	}
	for _, line := range first {
		fmt.Fprintf(a.stdout, "  %s\n", line)
	}
	fmt.Fprintf(a.stdout, "  %-16s # what would go live\n  %-16s # make it live\n", "promoctl plan", "promoctl apply")
}

// inTheWay lists the files that exist already, and what stands where a folder has to be.
func inTheWay(dir string, files []startFile) []string {
	var taken []string
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(dir, f.name)); err == nil {
			taken = append(taken, f.name)
		}
		for folder := path.Dir(f.name); folder != "."; folder = path.Dir(folder) {
			info, err := os.Stat(filepath.Join(dir, folder))
			if err == nil && !info.IsDir() && !slices.Contains(taken, folder) {
				taken = append(taken, folder)
			}
		}
	}
	return taken
}

// writeStart writes all files, or none: what it wrote it takes away when one fails.
func writeStart(dir string, files []startFile) error {
	for i, f := range files {
		if err := writeStartFile(filepath.Join(dir, f.name), f.text); err != nil {
			for _, done := range files[:i] {
				os.Remove(filepath.Join(dir, done.name))
			}
			return fmt.Errorf("init: %w; nothing was written", err)
		}
	}
	return nil
}

func writeStartFile(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(name)
	}
	return err
}

// pipelineName makes a name that a pipeline may have of that of a directory.
func pipelineName(dir string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, dir)
	name = strings.TrimLeft(name, "0123456789_-")
	name = strings.TrimRight(name[:min(len(name), 64)], "_-")
	if name == "" {
		return "shop"
	}
	return name
}

// tops are the files and folders at the top that the files are in, in their order.
func tops(files []startFile) []string {
	var out []string
	for _, f := range files {
		if top, _, _ := strings.Cut(f.name, "/"); !slices.Contains(out, top) {
			out = append(out, top)
		}
	}
	return out
}

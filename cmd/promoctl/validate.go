package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

func (a *app) validateCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "validate [PATH|COMMIT]",
		Short: "Check the pipeline file and all data, and report every problem at once",
		Long: `Check the pipeline file and every record, and report every problem at once as
file:line:col: field: what is wrong; what to write instead.

Without an argument, or with a folder, it reads the files as they are on disk. With a
commit it reads that commit. A pipeline with environments is checked for each of them
unless --env names one.`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return a.runValidate(c.Context(), args, format) },
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

func (a *app) runValidate(ctx context.Context, args []string, format string) error {
	if err := oneOf("format", format, "text", "json"); err != nil {
		return err
	}
	what, read, src, done, err := a.validateSource(ctx, args)
	if err != nil {
		return err
	}
	defer done()
	sum, problems, err := a.validateAll(ctx, read, src)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has no %s; run promoctl init to start one", what, spec.PipelineFile)
	}
	if err != nil {
		return err
	}
	if format == "json" {
		return a.validateJSON(sum, problems)
	}
	if len(problems) > 0 {
		return problems
	}
	total := 0
	for _, name := range slices.Sorted(maps.Keys(sum.Records)) {
		fmt.Fprintf(a.stdout, "%s: %s\n", name, plural(sum.Records[name], "record"))
		total += sum.Records[name]
	}
	fmt.Fprintf(a.stdout, "%s: %s in %s, no problems\n", what, plural(total, "record"), plural(sum.Files, "file"))
	return nil
}

func (a *app) validateJSON(sum spec.Summary, problems spec.Problems) error {
	if problems == nil {
		problems = spec.Problems{}
	}
	err := writeJSON(a.stdout, map[string]any{"format": 1, "files": sum.Files, "records": sum.Records, "problems": problems})
	if err == nil && len(problems) > 0 {
		return silently(exitError)
	}
	return err
}

// validateSource says where the data is read from: a folder on disk, or a commit.
func (a *app) validateSource(ctx context.Context, args []string) (what string, read spec.ReadFile, src spec.Source, done func(), err error) {
	dir := a.findRoot()
	done = func() {}
	if len(args) == 1 {
		path := a.path(args[0])
		if info, err := os.Stat(path); err == nil {
			if !info.IsDir() {
				path = filepath.Dir(path)
			}
			sub := &app{environment: a.environment}
			sub.dir = path
			return args[0], dirReader(sub.findRoot()), spec.DirSource(sub.findRoot()), done, nil
		}
		w, err := a.open()
		if err != nil {
			return "", nil, nil, done, err
		}
		done = func() { w.Close() }
		commit, err := w.resolve(ctx, args[0])
		if err != nil {
			return "", nil, nil, done, err
		}
		p, err := w.newPlanner(planner.Config{})
		if err != nil {
			return "", nil, nil, done, err
		}
		return "commit " + commit.Short(), p.ReadFile(ctx, commit.Hash), p.Source(commit.Hash), done, nil
	}
	return dir, dirReader(dir), spec.DirSource(dir), done, nil
}

func dirReader(dir string) spec.ReadFile {
	return func(name string) ([]byte, error) {
		return spec.DirSource(dir).Read(context.Background(), spec.SourceFile{Path: name})
	}
}

// validateAll checks the pipeline file for every environment, and the data once: what
// records look like does not depend on the environment.
func (a *app) validateAll(ctx context.Context, read spec.ReadFile, src spec.Source) (spec.Summary, spec.Problems, error) {
	p, err := spec.LoadPipeline(read, a.envName)
	var problems spec.Problems
	if errors.As(err, &problems) && a.envName == "" {
		if names := spec.EnvironmentNames(read); len(names) > 0 {
			p, problems, err = loadEach(read, names)
		}
	}
	if len(problems) > 0 {
		problems.Sort()
		return spec.Summary{Records: map[string]int{}}, problems, nil
	}
	if err != nil {
		return spec.Summary{}, nil, err
	}
	return p.ValidateAll(ctx, src)
}

// loadEach loads the pipeline file for each environment and joins the problems.
func loadEach(read spec.ReadFile, names []string) (*spec.Pipeline, spec.Problems, error) {
	var all spec.Problems
	var last *spec.Pipeline
	for _, name := range names {
		p, err := spec.LoadPipeline(read, name)
		var problems spec.Problems
		switch {
		case errors.As(err, &problems):
			all = append(all, problems...)
		case err != nil:
			return nil, nil, err
		default:
			last = p
		}
	}
	return last, all, nil
}

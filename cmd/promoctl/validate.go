package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/promoctl/promoctl/spec"
)

func (a *app) validateCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "validate [PATH|COMMIT]",
		Short: "Check the pipeline file and all data, and report every problem at once",
		Long: `Check the pipeline file and every record, and report every problem at once as
file:line:col: field: what is wrong; what to write instead.

Without an argument, or with a folder, it reads the files as they are on disk. With a file
it checks the whole repository and lists the problems of that file. With a commit it reads
that commit; in a bare repository that is HEAD. A pipeline with environments is checked for
each of them unless --env names one.

Lines that start with "note:" are no problems: a pattern that matches no file, a data file
that no dataset takes.`,
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
	v, err := a.validateSource(ctx, args)
	if err != nil {
		return err
	}
	defer v.done()
	sum, problems, err := a.validateAll(ctx, v)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has no %s; run promoctl init to start one", v.what, spec.PipelineFile)
	}
	if err != nil {
		return err
	}
	shown, elsewhere := v.own(problems)
	if format == "json" {
		return a.validateJSON(v, sum, shown, elsewhere)
	}
	a.showNotes(sum.Notes)
	if len(shown) > 0 {
		if elsewhere > 0 {
			fmt.Fprintf(a.stderr, "note: only problems of %s are listed; other files have %d\n", v.only, elsewhere)
		}
		return shown
	}
	a.validateText(v, sum, elsewhere)
	return nil
}

// showNotes says what is no error and may be a slip all the same.
func (a *app) showNotes(notes []string) {
	for _, n := range notes {
		fmt.Fprintf(a.stderr, "note: %s\n", n)
	}
}

func (a *app) validateText(v validated, sum spec.Summary, elsewhere int) {
	total := 0
	for _, name := range slices.Sorted(maps.Keys(sum.Records)) {
		fmt.Fprintf(a.stdout, "%s: %s\n", name, plural(sum.Records[name], "record"))
		total += sum.Records[name]
	}
	in := plural(total, "record") + " in " + plural(sum.Files, "file")
	switch {
	case v.only == "":
		fmt.Fprintf(a.stdout, "%s: %s, no problems\n", v.what, in)
	case elsewhere == 0:
		fmt.Fprintf(a.stdout, "%s: no problems; the whole repository was checked, %s, and no other file has any\n", v.what, in)
	default:
		fmt.Fprintf(a.stdout, "%s: no problems; the whole repository was checked, %s, and other files have %s: promoctl validate lists them\n", v.what, in, plural(elsewhere, "problem"))
	}
}

func (a *app) validateJSON(v validated, sum spec.Summary, shown spec.Problems, elsewhere int) error {
	if shown == nil {
		shown = spec.Problems{}
	}
	if sum.Notes == nil {
		sum.Notes = []string{}
	}
	out := map[string]any{"format": 1, "files": sum.Files, "records": sum.Records, "notes": sum.Notes, "problems": shown}
	if v.only != "" {
		out["only"], out["problems_elsewhere"] = v.only, elsewhere
	}
	err := writeJSON(a.stdout, out)
	if err == nil && len(shown) > 0 {
		return silently(exitError)
	}
	return err
}

func dirReader(dir string) spec.ReadFile {
	return func(name string) ([]byte, error) {
		return spec.DirSource(dir).Read(context.Background(), spec.SourceFile{Path: name})
	}
}

// validateAll checks the pipeline file for every environment, and the data once: what
// records look like does not depend on the environment.
func (a *app) validateAll(ctx context.Context, v validated) (spec.Summary, spec.Problems, error) {
	p, err := spec.LoadPipeline(v.read, a.envName)
	var problems spec.Problems
	if errors.As(err, &problems) {
		if unknown := a.unknownEnv(v.read); unknown != nil {
			return spec.Summary{}, nil, unknown
		}
		if names := spec.EnvironmentNames(v.read); a.envName == "" && len(names) > 0 {
			p, problems, err = loadEach(v.read, names)
		}
	}
	if len(problems) > 0 {
		problems.Sort()
		return spec.Summary{Records: map[string]int{}}, problems, nil
	}
	if err == nil {
		err = v.taken(p)
	}
	if err != nil {
		return spec.Summary{}, nil, err
	}
	return p.ValidateAll(ctx, v.src)
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

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

func (a *app) initStoreCommand() *cobra.Command {
	var create bool
	c := &cobra.Command{
		Use:   "init-store [NAME...]",
		Short: "Print, or create, the tables and directories that stores need",
		Long: `Print what is missing in the stores for the datasets of HEAD: statements for a database
administrator, or steps. With --create it runs them. It never drops or narrows anything.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error { return a.runInitStore(c.Context(), args, create) },
	}
	c.Flags().BoolVar(&create, "create", false, "run the statements instead of only printing them")
	return c
}

func (a *app) runInitStore(ctx context.Context, names []string, create bool) error {
	return a.atHead(ctx, func(s *session) error { return s.initStores(ctx, names, create) })
}

func (s *session) initStores(ctx context.Context, names []string, create bool) error {
	for _, name := range names {
		if s.pipeline.Store(name) == nil {
			return usageError(fmt.Errorf("there is no store %s in the pipeline file", name))
		}
	}
	var errs []error
	for _, m := range s.opened {
		if len(names) == 0 || slices.Contains(names, m.Name) {
			if err := s.initStore(ctx, m, create); err != nil {
				errs = append(errs, err) // drivers name the store
			}
		}
	}
	return errors.Join(errs...)
}

func (s *session) initStore(ctx context.Context, m applier.Member, create bool) error {
	if broken, ok := m.Store.(brokenStore); ok {
		return broken.err
	}
	init, ok := m.Store.(applier.Initializer)
	if !ok {
		fmt.Fprintf(s.stdout, "-- %s: needs no preparation\n", m.Name)
		return nil
	}
	layouts := map[string]spec.Layout{}
	for _, d := range s.pipeline.Datasets {
		if s.pipeline.Takes(m.Name, d) {
			layouts[d.Name] = d.Layout
		}
	}
	steps, err := init.InitPlan(ctx, layouts)
	if err != nil {
		return err
	}
	if len(steps) == 0 {
		fmt.Fprintf(s.stdout, "-- %s: nothing is missing\n", m.Name)
		return nil
	}
	fmt.Fprintf(s.stdout, "-- %s:\n", m.Name)
	for _, step := range steps {
		fmt.Fprintln(s.stdout, asScript(step))
	}
	if !create {
		return nil
	}
	if err := init.Init(ctx, layouts); err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "-- %s: done\n", m.Name)
	return nil
}

// asScript makes a comment of a step that is no SQL statement, so that all that is
// printed can be given to a database's shell.
func asScript(step string) string {
	if strings.HasPrefix(step, "--") || strings.HasSuffix(step, ";") {
		return step
	}
	return "-- " + strings.ReplaceAll(step, "\n", "\n-- ")
}

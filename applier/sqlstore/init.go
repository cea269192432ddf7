package sqlstore

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// InitPlan implements [applier.Initializer]. Its steps, one after the other, are a
// script for the database's shell: each is a comment or ends with a semicolon.
func (s *Store) InitPlan(ctx context.Context, layouts map[string]spec.Layout) ([]string, error) {
	before, tables, err := s.initPlan(ctx, layouts)
	if err != nil {
		return nil, s.fail("init", err)
	}
	steps := append(before, tables...)
	for i, step := range steps {
		if !strings.HasPrefix(step, "--") {
			steps[i] = step + ";"
		}
	}
	return steps, nil
}

// initPlan returns the steps for the database as a whole and those for tables.
func (s *Store) initPlan(ctx context.Context, layouts map[string]spec.Layout) (before, tables []string, err error) {
	se, err := s.session(ctx)
	if errors.Is(err, errMissing) {
		if before, err = s.d.prepare(ctx, nil); err == nil {
			tables, err = s.tableSteps(ctx, nil, layouts)
		}
		return before, tables, err
	}
	if err != nil {
		return nil, nil, err
	}
	defer se.close()
	if before, err = s.d.prepare(ctx, se.conn); err != nil {
		return nil, nil, err
	}
	err = se.read(ctx, func(c conn) error {
		if _, err := s.liveMarker(ctx, c); err != nil {
			return err
		}
		tables, err = s.tableSteps(ctx, c, layouts)
		return err
	})
	return before, tables, err
}

// tableSteps returns the statements for what is missing; c is nil when the database
// does not exist yet.
func (s *Store) tableSteps(ctx context.Context, c conn, layouts map[string]spec.Layout) ([]string, error) {
	steps, err := s.missingOwn(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(layouts)) {
		sh, err := newShape(s.d, name, layouts[name])
		if err != nil {
			return nil, err
		}
		more, err := s.datasetSteps(ctx, c, name, sh)
		if err != nil {
			return nil, err
		}
		steps = append(steps, more...)
	}
	return steps, nil
}

// datasetSteps makes a table or adds columns to it. What an existing column holds is
// a matter for a release, except in a table that releases do not change.
func (s *Store) datasetSteps(ctx context.Context, c conn, name string, sh *shape) ([]string, error) {
	var f fit
	if c != nil {
		var err error
		if f, err = s.fitTable(ctx, c, name, nil, sh); err != nil {
			return nil, err
		}
	}
	switch {
	case !f.live.exists():
		return []string{s.createLive(name, sh, nil), s.registerLive(name)}, nil
	case !f.made && len(f.misfits) > 0:
		return nil, s.refuse(f, "change the table by hand")
	}
	return s.addColumns(name, f.missing), nil
}

// Init implements [applier.Initializer].
func (s *Store) Init(ctx context.Context, layouts map[string]spec.Layout) error {
	if err := s.init(ctx, layouts); err != nil {
		return s.fail("init", err)
	}
	return nil
}

func (s *Store) init(ctx context.Context, layouts map[string]spec.Layout) error {
	if _, _, err := s.initPlan(ctx, layouts); err != nil {
		return err // what is somebody else's, or does not fit, is left as it is
	}
	if err := s.d.create(ctx); err != nil {
		return err
	}
	se, err := s.session(ctx)
	if err != nil {
		return err
	}
	defer se.close()
	if err := s.prepareDatabase(ctx, se); err != nil {
		return err
	}
	return se.write(ctx, func(c conn) error {
		steps, err := s.tableSteps(ctx, c, layouts)
		if err != nil {
			return err
		}
		return execAll(ctx, c, steps)
	})
}

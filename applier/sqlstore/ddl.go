package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// ownTables are promoctl's own tables and their columns.
func ownTables() []struct{ name, columns string } {
	return []struct{ name, columns string }{
		{"marker", "id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), marker TEXT NOT NULL"},
		{"history", "n INTEGER NOT NULL PRIMARY KEY, marker TEXT NOT NULL"},
		{"stage", "n INTEGER NOT NULL PRIMARY KEY, attempt TEXT NOT NULL UNIQUE, sealed INTEGER NOT NULL, doc TEXT NOT NULL"},
		{"dataset", "name TEXT NOT NULL PRIMARY KEY"},
	}
}

// missingOwn returns the statements that make those of promoctl's own tables that
// are missing; c is nil when the database does not exist.
func (s *Store) missingOwn(ctx context.Context, c conn) ([]string, error) {
	var have map[string]bool
	if c != nil {
		var wanted []string
		for _, t := range ownTables() {
			wanted = append(wanted, s.ownName(t.name))
		}
		var err error
		if have, err = s.d.tables(ctx, c, wanted); err != nil {
			return nil, err
		}
	}
	var out []string
	for _, t := range ownTables() {
		if !have[s.ownName(t.name)] {
			out = append(out, fmt.Sprintf("CREATE TABLE %s (%s)", s.own(t.name), t.columns))
		}
	}
	return out, nil
}

// createLive returns the statement that makes a dataset's table, with more columns
// (of the shop) at the end.
func (s *Store) createLive(dataset string, sh *shape, more []tableColumn) string {
	var lines []string
	for _, c := range sh.columns {
		line := s.d.quote(c.name) + " " + s.d.columnType(c.typ)
		if c.notNull {
			line += " NOT NULL"
		}
		lines = append(lines, line)
	}
	for _, c := range more {
		lines = append(lines, strings.TrimSpace(s.d.quote(c.name)+" "+c.decl))
	}
	lines = append(lines, "PRIMARY KEY ("+s.list("", sh.keyNames())+")")
	return fmt.Sprintf("CREATE TABLE %s (\n  %s\n)%s", s.liveQuoted(dataset), strings.Join(lines, ",\n  "), s.d.tableSuffix())
}

// registerLive returns the statement that notes that promoctl made a dataset's table.
// It is noted already when somebody dropped the table.
func (s *Store) registerLive(dataset string) string {
	name := "'" + strings.ReplaceAll(dataset, "'", "''") + "'"
	return fmt.Sprintf("INSERT INTO %[1]s (name) SELECT %[2]s WHERE NOT EXISTS (SELECT 1 FROM %[1]s WHERE name = %[2]s)", s.own("dataset"), name)
}

func (s *Store) addColumn(dataset string, c column) string {
	return fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s", s.liveQuoted(dataset), s.d.quote(c.name), s.d.columnType(c.typ))
}

// The bookkeeping columns of a stage table.
const (
	stageN  = ownPrefix + "n"  // order of the changes, from 1
	stageOp = ownPrefix + "op" // what to do with the row: see op
)

// createStage returns the statement that makes a stage table: rows of a dataset,
// typed like the live ones, so that activation only moves them.
func (s *Store) createStage(name string, sh *shape) string {
	lines := []string{
		s.d.quote(stageN) + " " + s.d.columnType(spec.TypeInteger) + " NOT NULL PRIMARY KEY",
		s.d.quote(stageOp) + " " + s.d.columnType(spec.TypeInteger) + " NOT NULL",
	}
	for _, c := range sh.git() {
		lines = append(lines, s.d.quote(c.name)+" "+s.d.columnType(c.typ))
	}
	return fmt.Sprintf("CREATE TABLE %s (\n  %s\n)", s.d.quote(name), strings.Join(lines, ",\n  "))
}

// list quotes names and joins them, each with an alias before it if there is one.
func (s *Store) list(alias string, names []string) string {
	return strings.Join(s.quoteAll(alias, names), ", ")
}

func (s *Store) quoteAll(alias string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		if out[i] = s.d.quote(n); alias != "" {
			out[i] = alias + "." + out[i]
		}
	}
	return out
}

package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

func (d *sqliteDialect) quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// sameName folds ASCII only, as SQLite does.
func (d *sqliteDialect) sameName(a, b string) bool { return foldASCII(a) == foldASCII(b) }

func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func (d *sqliteDialect) bind(int) string { return "?" }

func (d *sqliteDialect) maxArgs() int { return 32766 }

func (d *sqliteDialect) columnType(t spec.FieldType) string {
	if t == spec.TypeInteger || t == spec.TypeBoolean {
		return "INTEGER"
	}
	return "TEXT"
}

// fits goes by SQLite's column affinity: text must not be taken for a number and
// decimals must not become floats.
func (d *sqliteDialect) fits(decl string, t spec.FieldType) bool {
	switch affinity(decl) {
	case "INTEGER", "NUMERIC":
		return t == spec.TypeInteger || t == spec.TypeBoolean
	case "TEXT":
		return t != spec.TypeInteger && t != spec.TypeBoolean
	case "BLOB":
		return decl == "" // no type: SQLite keeps what it gets
	}
	return false
}

// affinity follows section 3.1 of https://www.sqlite.org/datatype3.html.
func affinity(decl string) string {
	u := strings.ToUpper(decl)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(u, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("INT"):
		return "INTEGER"
	case has("CHAR", "CLOB", "TEXT"):
		return "TEXT"
	case u == "" || has("BLOB"):
		return "BLOB"
	case has("REAL", "FLOA", "DOUB"):
		return "REAL"
	}
	return "NUMERIC"
}

// tableSuffix keeps rows in the order of their key, in one tree instead of two.
func (d *sqliteDialect) tableSuffix() string { return " WITHOUT ROWID" }

func (d *sqliteDialect) upsert(key, set []string) string {
	if len(set) == 0 {
		return fmt.Sprintf("ON CONFLICT (%s) DO NOTHING", strings.Join(key, ", "))
	}
	assign := make([]string, len(set))
	for i, c := range set {
		assign[i] = c + " = excluded." + c
	}
	return fmt.Sprintf("ON CONFLICT (%s) DO UPDATE SET %s", strings.Join(key, ", "), strings.Join(assign, ", "))
}

func (d *sqliteDialect) keyText(column string, t spec.FieldType) string {
	if t == spec.TypeBoolean {
		return fmt.Sprintf("CASE %s WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE %s END", column, column)
	}
	return fmt.Sprintf("CAST(%s AS TEXT)", column)
}

func (d *sqliteDialect) replaceText(expr, old, new string) string {
	return fmt.Sprintf("replace(%s, '%s', '%s')", expr, old, new)
}

func (d *sqliteDialect) rename(from, to string) string {
	// legacy_alter_table (see dsn) keeps views and triggers pointing at the name.
	return fmt.Sprintf("ALTER TABLE %s RENAME TO %s", d.quote(from), d.quote(to))
}

func (d *sqliteDialect) dropExtra(e extra) string {
	return fmt.Sprintf("DROP %s %s", strings.ToUpper(e.kind), d.quote(e.name))
}

func (d *sqliteDialect) tables(ctx context.Context, c conn, names []string) (map[string]bool, error) {
	args := make([]any, len(names))
	for i, n := range names {
		args[i] = n
	}
	have := map[string]bool{}
	err := each(ctx, c, func(scan func(...any) error) error {
		var found string
		if err := scan(&found); err != nil {
			return err
		}
		for _, n := range names {
			have[n] = have[n] || d.sameName(n, found)
		}
		return nil
	}, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name COLLATE NOCASE IN (?"+strings.Repeat(", ?", len(names)-1)+")", args...)
	return have, err
}

func (d *sqliteDialect) table(ctx context.Context, c conn, name string) (table, error) {
	t := table{name: name}
	err := each(ctx, c, func(scan func(...any) error) error {
		var col tableColumn
		var hidden int
		if err := scan(&col.name, &col.decl, &col.notNull, &col.fallback, &col.inKey, &hidden); err != nil {
			return err
		}
		col.computed = hidden > 0
		t.columns = append(t.columns, col)
		return nil
	}, "SELECT name, type, [notnull] OR pk > 0, dflt_value IS NOT NULL, pk > 0, hidden FROM pragma_table_xinfo(?)", name)
	if id := rowID(t); id != nil && err == nil {
		// SQLite fills it in, unless the table has no row ids.
		err = c.QueryRowContext(ctx, "SELECT NOT wr FROM pragma_table_list(?) WHERE schema = 'main'", name).Scan(&id.fallback)
	}
	return t, err
}

// rowID returns the column that is another name of the row id if the table has one.
func rowID(t table) *tableColumn {
	var id *tableColumn
	for i, col := range t.columns {
		if col.inKey {
			if id != nil || !strings.EqualFold(col.decl, "INTEGER") {
				return nil
			}
			id = &t.columns[i]
		}
	}
	return id
}

// uniqueKeys looks at the unique indexes that cover all rows, and at the row id, which
// has none.
func (d *sqliteDialect) uniqueKeys(ctx context.Context, c conn, t table) ([][]string, error) {
	var keys [][]string
	var index string
	var usable []bool
	err := each(ctx, c, func(scan func(...any) error) error {
		var name, coll string
		var column *string // nil: an expression
		if err := scan(&name, &column, &coll); err != nil {
			return err
		}
		if name != index {
			index, keys, usable = name, append(keys, nil), append(usable, true)
		}
		last := len(keys) - 1
		if column == nil || coll != "BINARY" {
			usable[last] = false
			return nil
		}
		keys[last] = append(keys[last], *column)
		return nil
	}, `SELECT l.name, i.name, i.coll FROM pragma_index_list(?) l, pragma_index_xinfo(l.name) i
		WHERE l."unique" AND NOT l.partial AND i.key ORDER BY l.name, i.seqno`, t.name)
	var out [][]string
	for i, key := range keys {
		if usable[i] {
			out = append(out, key)
		}
	}
	if id := rowID(t); id != nil {
		out = append(out, []string{id.name})
	}
	return out, err
}

func (d *sqliteDialect) extras(ctx context.Context, c conn, name string) ([]extra, error) {
	var out []extra
	err := each(ctx, c, func(scan func(...any) error) error {
		var e extra
		if err := scan(&e.kind, &e.name, &e.statement); err != nil {
			return err
		}
		out = append(out, e)
		return nil
	}, `SELECT type, name, sql FROM sqlite_schema
		WHERE tbl_name = ? COLLATE NOCASE AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid`, name)
	return out, err
}

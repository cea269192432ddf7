package sqlstore_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/promoctl/promoctl/spec"
)

// This file is the shop's side: it knows the documented layout of the tables and
// nothing of the driver.

// Read reads a dataset with one statement, which sees one snapshot.
func (p *place) Read(ctx context.Context, dataset string, layout spec.Layout) (map[spec.Key]string, error) {
	if _, err := os.Stat(p.path()); err != nil {
		return nil, nil
	}
	db, err := p.service()
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, fmt.Sprintf("SELECT * FROM %q", dataset))
	if err != nil && strings.Contains(err.Error(), "no such table") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	out := map[spec.Key]string{}
	for rows.Next() {
		row, err := scanMap(rows, columns)
		if err != nil {
			return nil, err
		}
		key, text, err := plainRecord(layout, row)
		if err != nil {
			return nil, err
		}
		out[key] = text
	}
	return out, rows.Err()
}

func scanMap(rows *sql.Rows, columns []string) (map[string]any, error) {
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	row := map[string]any{}
	for i, c := range columns {
		row[c] = values[i]
	}
	return row, nil
}

func plainRecord(layout spec.Layout, row map[string]any) (spec.Key, string, error) {
	var parts []string
	for _, k := range layout.Key {
		parts = append(parts, fmt.Sprint(row[k.Column]))
	}
	record := map[string]any{}
	for _, f := range layout.Fields {
		v, there := row[f.Name]
		if !there || f.Owner == spec.OwnerShop {
			continue
		}
		switch {
		case v == nil && f.Required && f.Nullable:
			record[f.Name] = nil
		case v != nil:
			value, err := plainValue(f.Type, v)
			if err != nil {
				return "", "", fmt.Errorf("%s: %w", f.Name, err)
			}
			record[f.Name] = value
		}
	}
	if extra, ok := row["_extra"].(string); ok && layout.Open {
		if err := unmarshal(extra, &record); err != nil {
			return "", "", err
		}
	}
	text, err := spec.CanonicalValue(record)
	return spec.MakeKey(parts...), string(text), err
}

func plainValue(t spec.FieldType, v any) (any, error) {
	switch v := v.(type) {
	case int64:
		if t == spec.TypeBoolean {
			return v == 1, nil
		}
		if t == spec.TypeInteger {
			return json.Number(strconv.FormatInt(v, 10)), nil
		}
	case string:
		switch t {
		case spec.TypeString, spec.TypeTime:
			return v, nil
		case spec.TypeNumber:
			return json.Number(v), nil
		case spec.TypeJSON:
			var out any
			err := unmarshal(v, &out)
			return out, err
		}
	}
	return nil, fmt.Errorf("a %s column holds %T %v", t, v, v)
}

func unmarshal(text string, into any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

// plainTable is how a shop would make the table by hand.
func plainTable(dataset string, layout spec.Layout) string {
	types := map[string]string{}
	var order []string
	add := func(name, decl string) {
		if types[name] == "" {
			order = append(order, name)
			types[name] = decl
		}
	}
	for _, f := range layout.Fields {
		decl := "TEXT"
		if f.Type == spec.TypeInteger || f.Type == spec.TypeBoolean {
			decl = "INT"
		}
		add(f.Name, decl)
	}
	var keys []string
	for _, k := range layout.Key {
		add(k.Column, "VARCHAR(100)")
		keys = append(keys, fmt.Sprintf("%q", k.Column))
	}
	if layout.Open {
		add("_extra", "TEXT")
	}
	var lines []string
	for _, name := range order {
		lines = append(lines, fmt.Sprintf("%q %s", name, types[name]))
	}
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %q (%s, PRIMARY KEY (%s))", dataset, strings.Join(lines, ", "), strings.Join(keys, ", "))
}

// plainRow returns the columns and values of a record as a shop would write them.
func plainRow(t testing.TB, layout spec.Layout, key spec.Key, canonical []byte) (columns []string, values []any) {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(canonical, &members); err != nil {
		t.Fatal(err)
	}
	for i, part := range key.Parts() {
		if f := layout.Field(layout.Key[i].Column); f == nil || !layout.Key[i].Field {
			columns, values = append(columns, layout.Key[i].Column), append(values, part)
		}
	}
	for _, f := range layout.Fields {
		columns, values = append(columns, f.Name), append(values, plainColumn(t, f, members[f.Name]))
		delete(members, f.Name)
	}
	if len(members) > 0 {
		extra, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		columns, values = append(columns, "_extra"), append(values, string(extra))
	}
	return columns, values
}

func plainColumn(t testing.TB, f spec.Field, raw json.RawMessage) any {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); len(raw) > 0 && err != nil {
		t.Fatal(err)
	}
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if f.Type != spec.TypeJSON {
			return v
		}
	case bool:
		if f.Type == spec.TypeBoolean {
			return v
		}
	}
	return string(raw)
}

package sqlstore

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// extraColumn holds the fields of a record that an open layout does not declare.
const extraColumn = "_extra"

// ownPrefix starts the names of promoctl's own tables and of the bookkeeping columns
// of a stage.
const ownPrefix = "promoctl_"

// column is one column of a dataset's table.
type column struct {
	name    string
	typ     spec.FieldType
	key     int    // which part of the key it is; -1: none
	field   string // the member of the record that it holds; empty: none
	null    bool   // NULL means null, not absent
	notNull bool
	shop    bool // written by the shop
	extra   bool // _extra
}

// shape is how a dataset is laid out in columns: the key first, in its order, then the
// other fields by name, then _extra.
type shape struct {
	columns []column
	keys    int
	open    bool
	byField map[string]int   // git-owned columns by member name
	members []int            // the same, sorted by member name
	types   []spec.FieldType // of the key parts
}

// newShape lays out a dataset, or says why the database cannot hold it.
func newShape(d dialect, dataset string, l spec.Layout) (*shape, error) {
	if strings.HasPrefix(dataset, ownPrefix) {
		return nil, fmt.Errorf("dataset %s: names that start with %s are promoctl's own; rename the dataset", dataset, ownPrefix)
	}
	s := &shape{keys: len(l.Key), open: l.Open, byField: map[string]int{}}
	inKey := map[string]bool{}
	for i, part := range l.Key {
		c := column{name: part.Column, typ: spec.TypeString, key: i, notNull: true}
		if f := l.Field(part.Column); part.Field && f != nil {
			c.typ, c.field, inKey[f.Name] = f.Type, f.Name, true
		}
		s.columns = append(s.columns, c)
		s.types = append(s.types, c.typ)
	}
	fields := slices.Clone(l.Fields)
	slices.SortFunc(fields, func(a, b spec.Field) int { return cmp.Compare(a.Name, b.Name) })
	for _, f := range fields {
		if !inKey[f.Name] {
			s.columns = append(s.columns, fieldColumn(f))
		}
	}
	if l.Open {
		s.columns = append(s.columns, column{name: extraColumn, typ: spec.TypeJSON, key: -1, extra: true})
	}
	s.index()
	return s, s.check(d, dataset)
}

func fieldColumn(f spec.Field) column {
	shop := f.Owner == spec.OwnerShop
	return column{
		name: f.Name, field: f.Name, typ: f.Type, key: -1, shop: shop,
		null:    f.Required && f.Nullable && !shop,
		notNull: f.Required && !f.Nullable && !shop,
	}
}

func (s *shape) index() {
	for i, c := range s.columns {
		if c.field != "" && !c.shop {
			s.byField[c.field] = i
			s.members = append(s.members, i)
		}
	}
	slices.SortFunc(s.members, func(a, b int) int { return cmp.Compare(s.columns[a].field, s.columns[b].field) })
}

// check refuses names that the database cannot tell apart or that are taken.
func (s *shape) check(d dialect, dataset string) error {
	if s.keys == 0 {
		return fmt.Errorf("dataset %s: the layout has no key", dataset)
	}
	for i, c := range s.columns {
		if c.name == "" || strings.ContainsRune(c.name, 0) {
			return fmt.Errorf("dataset %s: field %q cannot be the name of a column", dataset, c.name)
		}
		if strings.HasPrefix(strings.ToLower(c.name), ownPrefix) {
			return fmt.Errorf("dataset %s: field %s: names that start with %s are promoctl's own; rename the field", dataset, c.name, ownPrefix)
		}
		for _, o := range s.columns[:i] {
			if d.sameName(o.name, c.name) {
				return fmt.Errorf("dataset %s: %s and %s are the same column to the database, which does not look at case; rename one of them", dataset, o.name, c.name)
			}
		}
	}
	return nil
}

// find returns the column of that name, or nil.
func (s *shape) find(d dialect, name string) *column {
	for i := range s.columns {
		if d.sameName(s.columns[i].name, name) {
			return &s.columns[i]
		}
	}
	return nil
}

// git returns the columns that releases write, the key first.
func (s *shape) git() []column {
	return slices.DeleteFunc(slices.Clone(s.columns), func(c column) bool { return c.shop })
}

// keyNames returns the names of the key columns in key order.
func (s *shape) keyNames() []string { return names(s.columns[:s.keys]) }

func names(cs []column) []string {
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = c.name
	}
	return out
}

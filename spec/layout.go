package spec

import "slices"

// Owner says who writes a field.
type Owner string

const (
	OwnerGit  Owner = "git"  // the value comes from the data repository
	OwnerShop Owner = "shop" // the shop writes it at run time; releases, digests and drift checks leave it alone
)

// FieldType is how a store may type a top-level field of a record.
type FieldType string

const (
	TypeString  FieldType = "string"
	TypeInteger FieldType = "integer" // fits in an int64
	TypeNumber  FieldType = "number"  // an exact decimal of any length; never a float
	TypeBoolean FieldType = "boolean"
	TypeTime    FieldType = "time" // RFC 3339 in UTC, as text in canonical JSON
	TypeJSON    FieldType = "json" // an object, a list or a union: kept as canonical JSON text
)

// Field is a declared top-level field of a record.
type Field struct {
	Name      string    `json:"name"`
	Type      FieldType `json:"type"`
	Required  bool      `json:"required,omitempty"`
	Nullable  bool      `json:"nullable,omitempty"` // null is kept only where Required; elsewhere null is absent
	Sensitive bool      `json:"sensitive,omitempty"`
	Owner     Owner     `json:"owner,omitempty"` // empty means OwnerGit
}

// KeyPart is one part of a dataset's key. Field parts are top-level fields of the
// record. The others come from the enclosing document ($file.x) or a nested field
// (a.b); stores that type their columns keep those in a column of their own.
type KeyPart struct {
	Name   string `json:"name"`            // as declared: "sku", "$file.vendor", "window.start"
	Column string `json:"column"`          // a plain identifier, unique in the layout: "sku", "file_vendor"
	Field  bool   `json:"field,omitempty"` // the part is the top-level field Column, which is always Required
}

// Layout is what a store needs to know to hold the records of a dataset. Fields are
// sorted by name. Two datasets whose layouts are equal can share a table.
type Layout struct {
	Key    []KeyPart `json:"key"`
	Fields []Field   `json:"fields,omitempty"`
	Open   bool      `json:"open,omitempty"` // records may have fields that are not declared
}

// Field returns the declared field of that name, or nil.
func (l *Layout) Field(name string) *Field {
	for i := range l.Fields {
		if l.Fields[i].Name == name {
			return &l.Fields[i]
		}
	}
	return nil
}

// Sensitive reports whether any field is marked sensitive.
func (l *Layout) Sensitive() bool {
	for _, f := range l.Fields {
		if f.Sensitive {
			return true
		}
	}
	return false
}

// CarriesOver reports whether records that are held as l says can stay where they are
// when the dataset is to be held as o says: the key is the same, no field changes its
// type or owner, and no field that always has a value may now lack one. Otherwise a
// store replaces the dataset as a whole.
func (l *Layout) CarriesOver(o Layout) bool {
	if !slices.Equal(l.Key, o.Key) {
		return false
	}
	for _, f := range l.Fields {
		filled := f.Required && !f.Nullable && f.Owner != OwnerShop
		g := o.Field(f.Name)
		switch {
		case g == nil && filled:
			return false
		case g == nil:
		case g.Type != f.Type || (g.Owner == OwnerShop) != (f.Owner == OwnerShop):
			return false
		case filled && (!g.Required || g.Nullable):
			return false
		case f.Required != g.Required && f.Nullable:
			return false // null would change its meaning
		}
	}
	return true
}

package spec

import (
	"slices"
	"strings"
)

// kinds is a set of JSON types.
type kinds uint8

const (
	kindNull kinds = 1 << iota
	kindBool
	kindInteger
	kindNumber
	kindString
	kindObject
	kindArray
	kindAny = kindNull | kindBool | kindInteger | kindNumber | kindString | kindObject | kindArray
)

var kindNames = [...]struct {
	kind kinds
	name string
}{
	{kindNull, "null"}, {kindBool, "boolean"}, {kindInteger, "integer"}, {kindNumber, "number"},
	{kindString, "string"}, {kindObject, "object"}, {kindArray, "array"},
}

func (k kinds) has(o kinds) bool { return k&o != 0 }

// String lists the types for a message: "number or null".
func (k kinds) String() string {
	var names []string
	for _, n := range kindNames {
		if k.has(n.kind) && !(n.kind == kindInteger && k.has(kindNumber)) {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, " or ")
}

// Type is what a schema declares about a value: how its text is to be read, and what
// promoctl's own keywords say of it. Everything else that a schema demands is checked
// by the JSON Schema library on the value that was read.
type Type struct {
	kinds     kinds
	time      bool // format: date-time
	props     map[string]*Type
	names     []string // of props, sorted
	required  map[string]bool
	closed    bool  // additionalProperties: false
	extra     *Type // additionalProperties as a schema
	items     *Type
	money     *moneyRule
	price     bool
	sensitive bool
	owner     Owner
	ref       *RefTarget
}

// moneyRule says where the currency of an amount is found.
type moneyRule struct {
	Currency string `json:"currency,omitempty"` // a field of the same object, else of the record
	Code     string `json:"code,omitempty"`     // a fixed ISO 4217 code
}

// RefTarget names the datasets whose keys a value refers to: one dataset, or every
// dataset of a kind.
type RefTarget struct {
	Dataset string `json:"dataset,omitempty"`
	Kind    string `json:"kind,omitempty"`
}

// anyType reads what has no declaration, by the rules of JSON.
var anyType = &Type{kinds: kindAny}

// prop returns the type of an object's member. Undeclared members of an open object
// have the type of additionalProperties; of a closed one, nil.
func (t *Type) prop(name string) *Type {
	if p, ok := t.props[name]; ok {
		return p
	}
	switch {
	case t.extra != nil:
		return t.extra
	case t.closed:
		return nil
	}
	return anyType
}

func (t *Type) item() *Type {
	if t.items != nil {
		return t.items
	}
	return anyType
}

// fieldType says how a store may type the field.
func (t *Type) fieldType() FieldType {
	switch t.kinds &^ kindNull {
	case kindString:
		if t.time {
			return TypeTime
		}
		return TypeString
	case kindInteger:
		return TypeInteger
	case kindNumber, kindNumber | kindInteger:
		return TypeNumber
	case kindBool:
		return TypeBoolean
	}
	return TypeJSON
}

// anySensitive reports whether the value or a part of it is sensitive.
func (t *Type) anySensitive() bool { return t.anywhere(func(t *Type) bool { return t.sensitive }) }

// anywhere reports whether ok holds for t or a type inside of it.
func (t *Type) anywhere(ok func(*Type) bool) bool {
	seen := map[*Type]bool{}
	var walk func(*Type) bool
	walk = func(t *Type) bool {
		if t == nil || seen[t] {
			return false
		}
		seen[t] = true
		return ok(t) || walk(t.items) || walk(t.extra) ||
			slices.ContainsFunc(t.names, func(n string) bool { return walk(t.props[n]) })
	}
	return walk(t)
}

// merge makes t accept what the alternative or additional declaration o says too.
// With all set, both hold (allOf); otherwise either may (anyOf, oneOf, if), and the
// kinds of t stay.
func (t *Type) merge(o *Type, all bool) {
	if o == nil {
		return
	}
	if all {
		t.kinds = narrowKinds(t.kinds, o.kinds)
	}
	t.time = t.time || o.time
	for name, p := range o.props {
		t.setProp(name, p, all)
	}
	for name := range o.required {
		if all {
			t.require(name)
		}
	}
	t.closed = t.closed || (all && o.closed)
	if t.items == nil {
		t.items = o.items
	}
	if t.money == nil {
		t.money = o.money
	}
	if t.ref == nil {
		t.ref = o.ref
	}
	t.price, t.sensitive = t.price || o.price, t.sensitive || o.sensitive
	if t.owner == "" {
		t.owner = o.owner
	}
}

// narrowKinds intersects, knowing that an integer is a number.
func narrowKinds(a, b kinds) kinds {
	if a.has(kindNumber) {
		a |= kindInteger
	}
	if b.has(kindNumber) {
		b |= kindInteger
	}
	return a & b
}

func (t *Type) setProp(name string, p *Type, all bool) {
	if t.props == nil {
		t.props = map[string]*Type{}
	}
	old, ok := t.props[name]
	if !ok {
		t.props[name] = p
		i, _ := slices.BinarySearch(t.names, name)
		t.names = slices.Insert(t.names, i, name)
		return
	}
	merged := *old
	merged.merge(p, all)
	t.props[name] = &merged
}

func (t *Type) require(name string) {
	if t.required == nil {
		t.required = map[string]bool{}
	}
	t.required[name] = true
}

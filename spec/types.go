package spec

import "regexp"

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

// kindNames pairs each type with its name in schemas and in messages.
var kindNames = [...]struct {
	kind          kinds
	name, article string
}{
	{kindNull, "null", ""}, {kindBool, "boolean", "true or false"}, {kindInteger, "integer", "a whole number"},
	{kindNumber, "number", "a number"}, {kindString, "string", "a text"}, {kindObject, "object", "an object"}, {kindArray, "array", "a list"},
}

func (k kinds) has(o kinds) bool { return k&o != 0 }

// Type is what a schema declares about a value: how its text is to be read, and what
// promoctl's own keywords say of it. Everything else that a schema demands is checked
// by the JSON Schema library on the value that was read.
type Type struct {
	kinds     kinds
	time      bool // format: date-time
	props     map[string]*Type
	names     []string // of props, sorted
	required  map[string]bool
	patterns  []patternType
	closed    bool    // additionalProperties: false
	extra     *Type   // additionalProperties as a schema
	prefix    []*Type // of the first items
	items     *Type   // of the others
	money     *moneyRule
	price     bool
	sensitive bool
	owner     Owner
	ref       *RefTarget
	building  bool // not filled yet: a reference to itself was met
	partial   bool // merged from a type that was not filled yet
}

// patternType is the type of the members whose names match (patternProperties).
type patternType struct {
	name *regexp.Regexp
	typ  *Type
}

// moneyRule says where the currency of an amount is found.
type moneyRule struct {
	Currency string `json:"currency,omitempty"` // a field of the same object, else of the nearest one around it
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
	for _, p := range t.patterns {
		if p.name.MatchString(name) {
			return p.typ
		}
	}
	switch {
	case t.extra != nil:
		return t.extra
	case t.closed:
		return nil
	}
	return anyType
}

// item returns the type of a list's item.
func (t *Type) item(i int) *Type {
	switch {
	case i < len(t.prefix):
		return t.prefix[i]
	case t.items != nil:
		return t.items
	}
	return anyType
}

// declared returns the type at a path of declared members, or nil.
func (t *Type) declared(path []string) *Type {
	for _, name := range path {
		if t = t.props[name]; t == nil {
			return nil
		}
	}
	return t
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
	var visit func(*Type) bool
	visit = func(t *Type) bool {
		if seen[t] {
			return false
		}
		seen[t] = true
		if ok(t) {
			return true
		}
		for _, c := range t.children() {
			if visit(c.typ) {
				return true
			}
		}
		return false
	}
	return visit(t)
}

// childType is a type inside of another one.
type childType struct {
	path string // ".name", ".*" for any member, "[]" for any item
	typ  *Type
}

// children lists the types right inside of t, declared members first.
func (t *Type) children() []childType {
	var out []childType
	for _, n := range t.names {
		out = append(out, childType{"." + n, t.props[n]})
	}
	for _, p := range t.patterns {
		out = append(out, childType{".*", p.typ})
	}
	if t.extra != nil {
		out = append(out, childType{".*", t.extra})
	}
	for _, p := range t.prefix {
		out = append(out, childType{"[]", p})
	}
	if t.items != nil {
		out = append(out, childType{"[]", t.items})
	}
	return out
}

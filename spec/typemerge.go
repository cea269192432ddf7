package spec

import (
	"maps"
	"slices"
)

// Schemas combine declarations: all of them hold (allOf, a $ref beside other keywords),
// or one of several does (anyOf, oneOf, then and else). What the values must be is for
// the JSON Schema library to check; here it only matters how their text is to be read,
// so where declarations disagree the wider one wins.

// maxMerge is how deep declarations are merged. Two recursive ones would never end, so
// what is deeper is marked as partial, and that is an error in the end.
const maxMerge = 8

// clone returns a copy whose own fields may be changed. The types inside are shared.
func (t *Type) clone() *Type {
	c := *t
	c.partial, c.building = t.partial || t.building, false
	c.props, c.required = maps.Clone(t.props), maps.Clone(t.required)
	c.names, c.patterns, c.prefix = slices.Clone(t.names), slices.Clone(t.patterns), slices.Clone(t.prefix)
	return &c
}

// and makes t say what o says too.
func (t *Type) and(o *Type, depth int) {
	t.kinds = narrowKinds(t.kinds, o.kinds)
	t.time = t.time || o.time
	for _, name := range o.names {
		t.setProp(name, both(t.props[name], o.props[name], depth))
	}
	for name := range o.required {
		t.require(name)
	}
	t.patterns = append(t.patterns, o.patterns...)
	t.closed = t.closed || o.closed
	t.extra = both(t.extra, o.extra, depth)
	t.items = both(t.items, o.items, depth)
	if t.prefix == nil {
		t.prefix = o.prefix
	}
	t.annotate(o)
}

// or makes t say what holds for values of t as well as for values of o. What one of them
// does not declare may be anything there, unless it is closed or no object at all.
func (t *Type) or(o *Type, depth int) {
	switch {
	case !o.kinds.has(kindString):
	case !t.kinds.has(kindString):
		t.time = o.time
	default:
		t.time = t.time && o.time
	}
	names := slices.Compact(slices.Sorted(slices.Values(slices.Concat(t.names, o.names))))
	types := make([]*Type, len(names))
	for i, name := range names {
		types[i] = either(t.memberType(name), o.memberType(name), depth)
	}
	extra := either(t.extraType(), o.extraType(), depth)
	t.items = either(t.itemType(), o.itemType(), depth)
	for i, name := range names {
		t.setProp(name, types[i])
	}
	t.patterns = append(t.patterns, o.patterns...)
	t.extra, t.closed = extra, extra == nil
	t.kinds |= o.kinds
	t.required = nil
	if t.prefix == nil {
		t.prefix = o.prefix
	}
	t.annotate(o)
}

// memberType is prop for a value that may be no object; then it has no members.
func (t *Type) memberType(name string) *Type {
	if !t.kinds.has(kindObject) {
		return nil
	}
	return t.prop(name)
}

// extraType returns the type of undeclared members, or nil if there can be none.
func (t *Type) extraType() *Type {
	if !t.kinds.has(kindObject) || t.closed && t.extra == nil {
		return nil
	}
	return firstOf(t.extra, anyType)
}

// itemType returns the type of items, or nil if there can be none.
func (t *Type) itemType() *Type {
	if !t.kinds.has(kindArray) {
		return nil
	}
	return firstOf(t.items, anyType)
}

// refine adds to t what the union u of alternatives says. Exhaustive means that one of
// them always holds, as in anyOf and unlike in then: what only they declare may be
// anything when none of them holds.
func (t *Type) refine(u *Type, exhaustive bool, depth int) {
	if exhaustive {
		t.kinds = narrowKinds(t.kinds, u.kinds)
		t.time = t.time || u.time
		t.closed = t.closed || u.closed
	}
	for _, name := range u.names {
		t.setProp(name, refined(t.props[name], u.props[name], exhaustive, depth))
	}
	t.patterns = append(t.patterns, u.patterns...)
	if u.extra != nil {
		t.extra = refined(t.extra, u.extra, exhaustive, depth)
	}
	if u.items != nil {
		t.items = refined(t.items, u.items, exhaustive, depth)
	}
	if t.prefix == nil && exhaustive {
		t.prefix = u.prefix
	}
	t.annotate(u)
}

// refined returns what old and an alternative say about a value; nil stands for nothing.
func refined(old, p *Type, exhaustive bool, depth int) *Type {
	switch {
	case old == p, old == nil && exhaustive:
		return p
	case old == nil:
		c := p.clone()
		c.kinds, c.time, c.closed = kindAny, false, false
		return c
	}
	c := old.clone()
	if depth > maxMerge {
		c.partial = true
		return c
	}
	c.refine(p, exhaustive, depth+1)
	return c
}

// annotate takes over promoctl's own keywords. They mark a field wherever they stand.
func (t *Type) annotate(o *Type) {
	if t.money == nil {
		t.money = o.money
	}
	if t.ref == nil {
		t.ref = o.ref
	}
	if t.owner == "" {
		t.owner = o.owner
	}
	t.price, t.sensitive = t.price || o.price, t.sensitive || o.sensitive
	t.partial = t.partial || o.partial || o.building
}

// both returns the type of a value that two declarations are about; nil stands for none.
func both(a, b *Type, depth int) *Type {
	if a == nil || b == nil || a == b {
		return firstOf(a, b)
	}
	if depth > maxMerge {
		return &Type{kinds: kindAny, partial: true}
	}
	c := a.clone()
	c.and(b, depth+1)
	return c
}

// either is both for declarations of which one holds.
func either(a, b *Type, depth int) *Type {
	if a == nil || b == nil || a == b {
		return firstOf(a, b)
	}
	if depth > maxMerge {
		return &Type{kinds: kindAny, partial: true}
	}
	c := a.clone()
	c.or(b, depth+1)
	return c
}

func firstOf(a, b *Type) *Type {
	if a != nil {
		return a
	}
	return b
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

func (t *Type) setProp(name string, p *Type) {
	if t.props == nil {
		t.props = map[string]*Type{}
	}
	t.props[name] = p
	if i, ok := slices.BinarySearch(t.names, name); !ok {
		t.names = slices.Insert(t.names, i, name)
	}
}

func (t *Type) require(name string) {
	if t.required == nil {
		t.required = map[string]bool{}
	}
	t.required[name] = true
}

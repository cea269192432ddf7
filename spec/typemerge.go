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

// or makes t say what holds for values of t as well as for values of o.
func (t *Type) or(o *Type, depth int) {
	switch {
	case !o.kinds.has(kindString):
	case !t.kinds.has(kindString):
		t.time = o.time
	default:
		t.time = t.time && o.time
	}
	t.kinds |= o.kinds
	for _, name := range o.names {
		t.setProp(name, either(t.props[name], o.props[name], depth))
	}
	t.required = nil
	t.patterns = append(t.patterns, o.patterns...)
	if t.extra == nil && !t.closed || o.extra == nil && !o.closed {
		t.extra = nil // one of them takes anything
	} else {
		t.extra = either(t.extra, o.extra, depth)
	}
	t.closed = t.closed && o.closed
	t.items = either(t.items, o.items, depth)
	if t.prefix == nil {
		t.prefix = o.prefix
	}
	t.annotate(o)
}

// refine adds to t what the union u of alternatives says. Exhaustive means that one of
// them always holds, as in anyOf and unlike in then.
func (t *Type) refine(u *Type, exhaustive bool, depth int) {
	if exhaustive {
		t.kinds = narrowKinds(t.kinds, u.kinds)
		t.time = t.time || u.time
		t.closed = t.closed || u.closed
	}
	for _, name := range u.names {
		t.setProp(name, refined(t.props[name], u.props[name], depth))
	}
	t.patterns = append(t.patterns, u.patterns...)
	if t.extra == nil {
		t.extra = u.extra
	}
	if t.items == nil {
		t.items = u.items
	}
	if t.prefix == nil {
		t.prefix = u.prefix
	}
	t.annotate(u)
}

// refined returns what old says, and where it says nothing what p does.
func refined(old, p *Type, depth int) *Type {
	if old == nil || old == p {
		return p
	}
	c := old.clone()
	if depth > maxMerge {
		c.partial = true
		return c
	}
	if c.kinds == kindAny {
		c.kinds = p.kinds
	}
	c.refine(p, false, depth+1)
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

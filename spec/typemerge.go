package spec

import (
	"maps"
	"slices"
)

// Schemas combine declarations: all of them hold (allOf, a $ref beside other keywords),
// or one of several does (anyOf, oneOf, then and else). What the values must be is for
// the JSON Schema library to check; here it only matters how their text is to be read,
// so where declarations disagree the wider one wins. Nil stands for a value that nothing
// is said about, or that cannot be there at all.

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
	t.prefix = zip(t, o, func(a, b *Type) *Type { return both(a, b, depth) })
	t.items = both(t.items, o.items, depth)
	for _, name := range o.names {
		t.setProp(name, both(t.props[name], o.props[name], depth))
	}
	for name := range o.required {
		t.require(name)
	}
	t.patterns = append(t.patterns, o.patterns...)
	t.closed = t.closed || o.closed
	t.extra = both(t.extra, o.extra, depth)
	t.annotate(o)
}

// or makes t say what holds for values of t as well as for values of o.
func (t *Type) or(o *Type, depth int) {
	names := slices.Compact(slices.Sorted(slices.Values(slices.Concat(t.names, o.names))))
	types := make([]*Type, len(names))
	for i, name := range names {
		types[i] = either(t.memberType(name), o.memberType(name), depth)
	}
	extra := either(t.extraType(), o.extraType(), depth)
	t.prefix = zip(t, o, func(a, b *Type) *Type { return either(t.ifList(a), o.ifList(b), depth) })
	t.items = either(t.ifList(t.items), o.ifList(o.items), depth)
	for i, name := range names {
		t.setProp(name, firstOf(types[i], anyType))
	}
	t.patterns = append(widenAll(t.patterns, depth), widenAll(o.patterns, depth)...)
	t.extra, t.closed = extra, extra == nil
	t.time = (t.time || !t.kinds.has(kindString)) && (o.time || !o.kinds.has(kindString)) && (t.time || o.time)
	t.kinds |= o.kinds
	t.required = nil
	t.annotate(o)
}

// refine adds to t what the union u of alternatives says. Exhaustive means that one of
// them always holds, as in anyOf and unlike in then: what only they declare may be
// anything when none of them holds.
func (t *Type) refine(u *Type, exhaustive bool, depth int) {
	refine := func(old, p *Type) *Type { return refined(old, p, exhaustive, depth) }
	t.prefix = zip(t, u, refine)
	t.items = refine(t.items, u.items)
	for _, name := range u.names {
		t.setProp(name, refine(t.declaredMember(name), u.props[name]))
	}
	if exhaustive {
		t.kinds = narrowKinds(t.kinds, u.kinds)
		t.time = t.time || u.time
		t.closed = t.closed || u.closed
		t.extra = refine(t.extra, u.extra)
		t.patterns = append(t.patterns, u.patterns...)
	} else {
		t.patterns = append(t.patterns, widenAll(u.patterns, depth)...)
	}
	t.annotate(u)
}

// zip combines what two types say about the first items of a list.
func zip(t, o *Type, combine func(a, b *Type) *Type) []*Type {
	var out []*Type
	for i := range max(len(t.prefix), len(o.prefix)) {
		out = append(out, firstOf(combine(t.declaredItem(i), o.declaredItem(i)), anyType))
	}
	return out
}

// declaredItem is item without a word about what is not declared.
func (t *Type) declaredItem(i int) *Type {
	if i < len(t.prefix) {
		return t.prefix[i]
	}
	return t.items
}

// declaredMember is prop without a word about what is not declared.
func (t *Type) declaredMember(name string) *Type {
	if p := t.prop(name); p != anyType {
		return p
	}
	return t.props[name]
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

// ifList returns the type of an item, or nil if there can be none.
func (t *Type) ifList(item *Type) *Type {
	if !t.kinds.has(kindArray) {
		return nil
	}
	return firstOf(item, anyType)
}

// both returns the type of a value that two declarations are about.
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
	switch {
	case a == nil, b == nil, a == b:
		return firstOf(a, b)
	case a == anyType:
		return widen(b, depth)
	case b == anyType:
		return widen(a, depth)
	case depth > maxMerge:
		return &Type{kinds: kindAny, partial: true}
	}
	c := a.clone()
	c.or(b, depth+1)
	return c
}

// refined returns what old and an alternative say about a value.
func refined(old, p *Type, exhaustive bool, depth int) *Type {
	switch {
	case p == nil, old == p:
		return old
	case old == nil && exhaustive:
		return p
	case old == nil:
		return widen(p, depth)
	}
	c := old.clone()
	if depth > maxMerge {
		c.partial = true
		return c
	}
	c.refine(p, exhaustive, depth+1)
	return c
}

// widen returns a type that takes anything and keeps what promoctl's keywords say of the
// value and its parts.
func widen(t *Type, depth int) *Type {
	marked := func(t *Type) bool { return t.marked() || t.building || t.partial }
	if t == nil || !t.anywhere(marked) {
		return anyType
	}
	if depth > maxMerge {
		return &Type{kinds: kindAny, partial: true}
	}
	c := t.clone()
	c.kinds, c.time, c.closed, c.required = kindAny, false, false, nil
	for name, p := range c.props {
		c.props[name] = widen(p, depth+1)
	}
	for i, p := range c.prefix {
		c.prefix[i] = widen(p, depth+1)
	}
	c.patterns = widenAll(c.patterns, depth)
	c.extra, c.items = widen(c.extra, depth+1), widen(c.items, depth+1)
	return c
}

func widenAll(patterns []patternType, depth int) []patternType {
	out := make([]patternType, len(patterns))
	for i, p := range patterns {
		out[i] = patternType{p.name, widen(p.typ, depth+1)}
	}
	return out
}

// marked reports whether a keyword of promoctl says something about the value.
func (t *Type) marked() bool {
	return t.money != nil || t.ref != nil || t.owner != "" || t.price || t.sensitive
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

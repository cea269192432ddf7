package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// typeBuilder derives Types from the text of a JSON Schema.
type typeBuilder struct {
	doc  map[string]any
	refs map[string]*Type // by reference, also while they are being built
}

// build returns the type that a schema object declares.
func (b *typeBuilder) build(schema any) (*Type, error) {
	s, ok := schema.(map[string]any)
	if !ok {
		return anyType, nil // true or false: the library decides
	}
	if ref, ok := s["$ref"].(string); ok && onlyRef(s) {
		return b.resolve(ref) // the type itself, so that recursive schemas close
	}
	t := &Type{}
	return t, b.fill(t, s)
}

// onlyRef reports whether a schema says nothing about values beside its reference.
func onlyRef(s map[string]any) bool {
	for name := range s {
		switch name {
		case "$ref", "$defs", "definitions", "$schema", "$comment", "title", "description", "examples", "x-key", "x-cap":
		default:
			return false
		}
	}
	return true
}

func (b *typeBuilder) fill(t *Type, s map[string]any) error {
	t.kinds = declaredKinds(s)
	t.time = s["format"] == "date-time"
	for name, v := range s {
		if strings.HasPrefix(name, "x-") {
			if err := keyword(t, name, v); err != nil {
				return err
			}
		}
	}
	if err := b.members(t, s); err != nil {
		return err
	}
	if err := b.itemTypes(t, s); err != nil {
		return err
	}
	if err := b.combine(t, s); err != nil {
		return err
	}
	return settleKeywords(t)
}

// declaredKinds reads "type", or guesses it from other keywords.
func declaredKinds(s map[string]any) kinds {
	var k kinds
	add := func(v any) {
		for _, n := range kindNames {
			if n.name == v {
				k |= n.kind
			}
		}
	}
	switch v := s["type"].(type) {
	case string:
		add(v)
	case []any:
		for _, name := range v {
			add(name)
		}
	default:
		return impliedKinds(s)
	}
	return k
}

// impliedKinds tells an enumeration of strings from nothing known.
func impliedKinds(s map[string]any) kinds {
	values, _ := s["enum"].([]any)
	if c, ok := s["const"]; ok {
		values = []any{c}
	}
	var k kinds
	for _, v := range values {
		switch v.(type) {
		case string:
			k |= kindString
		case json.Number:
			k |= kindNumber
		case bool:
			k |= kindBool
		case nil:
			k |= kindNull
		default:
			return kindAny
		}
	}
	if k == 0 {
		return kindAny
	}
	return k
}

// members reads what a schema says about the members of an object.
func (b *typeBuilder) members(t *Type, s map[string]any) error {
	err := b.each(s, "properties", func(name string, p *Type) error {
		t.setProp(name, p)
		return nil
	})
	if err != nil {
		return err
	}
	err = b.each(s, "patternProperties", func(pattern string, p *Type) error {
		name, err := regexp.Compile(pattern)
		if err != nil {
			return fmt.Errorf("not a valid pattern: %w", err)
		}
		t.patterns = append(t.patterns, patternType{name, p})
		return nil
	})
	if err != nil {
		return err
	}
	required, _ := s["required"].([]any)
	for _, name := range required {
		if n, ok := name.(string); ok {
			t.require(n)
		}
	}
	switch extra := s["additionalProperties"].(type) {
	case bool:
		t.closed = !extra
	case map[string]any:
		if t.extra, err = b.build(extra); err != nil {
			return fmt.Errorf("additionalProperties: %w", err)
		}
	}
	return nil
}

// each builds the schemas of a keyword that holds them by name, in the order of names.
func (b *typeBuilder) each(s map[string]any, word string, use func(name string, t *Type) error) error {
	group, _ := s[word].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(group)) {
		t, err := b.build(group[name])
		if err == nil {
			err = use(name, t)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// itemTypes reads what a schema says about the items of a list. Older drafts have a
// list of schemas under items.
func (b *typeBuilder) itemTypes(t *Type, s map[string]any) (err error) {
	first, rest := s["prefixItems"], s["items"]
	if list, ok := rest.([]any); ok {
		first, rest = list, s["additionalItems"]
	}
	list, _ := first.([]any)
	for i, schema := range list {
		p, err := b.build(schema)
		if err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
		t.prefix = append(t.prefix, p)
	}
	if rest != nil {
		if t.items, err = b.build(rest); err != nil {
			return fmt.Errorf("items: %w", err)
		}
	}
	return nil
}

// combine follows references and merges alternatives. What "if" and "not" say is a
// question about values, not a declaration.
func (b *typeBuilder) combine(t *Type, s map[string]any) error {
	if ref, ok := s["$ref"].(string); ok {
		o, err := b.resolve(ref)
		if err != nil {
			return err
		}
		t.and(o, 0)
	}
	all, _ := s["allOf"].([]any)
	for _, schema := range all {
		o, err := b.build(schema)
		if err != nil {
			return err
		}
		t.and(o, 0)
	}
	for _, word := range [...]string{"anyOf", "oneOf"} {
		list, _ := s[word].([]any)
		if err := b.alternatives(t, list, true); err != nil {
			return err
		}
	}
	var branches []any
	for _, word := range [...]string{"then", "else"} {
		if schema, ok := s[word]; ok && s["if"] != nil {
			branches = append(branches, schema)
		}
	}
	if err := b.alternatives(t, branches, len(branches) == 2); err != nil {
		return err
	}
	return b.each(s, "dependentSchemas", func(_ string, o *Type) error {
		t.refine(o, false, 0)
		return nil
	})
}

// alternatives merges schemas of which one holds.
func (b *typeBuilder) alternatives(t *Type, list []any, exhaustive bool) error {
	var union *Type
	for _, schema := range list {
		o, err := b.build(schema)
		if err != nil {
			return err
		}
		union = either(union, o, 0)
	}
	if union != nil {
		t.refine(union, exhaustive, 0)
	}
	return nil
}

// resolve returns the type of a local reference (#/...). Recursive schemas are fine:
// the type is registered before it is filled.
func (b *typeBuilder) resolve(ref string) (*Type, error) {
	if t, ok := b.refs[ref]; ok {
		if t == nil {
			return nil, fmt.Errorf("$ref %s leads back to itself; declare a type there", ref)
		}
		return t, nil
	}
	schema, err := b.lookup(ref)
	if err != nil {
		return nil, err
	}
	s, ok := schema.(map[string]any)
	if !ok {
		return anyType, nil
	}
	if next, ok := s["$ref"].(string); ok && onlyRef(s) {
		b.refs[ref] = nil
		t, err := b.resolve(next)
		b.refs[ref] = t
		return t, err
	}
	t := &Type{building: true}
	b.refs[ref] = t
	err = b.fill(t, s)
	t.building = false
	return t, err
}

// lookup returns the part of the document that a reference names.
func (b *typeBuilder) lookup(ref string) (any, error) {
	path, ok := strings.CutPrefix(ref, "#")
	switch {
	case !ok:
		return nil, fmt.Errorf("$ref %s points to another document; put the definition under $defs", ref)
	case path != "" && path[0] != '/':
		return nil, fmt.Errorf("$ref %s names an anchor; write #/$defs/NAME", ref)
	}
	var at any = b.doc
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if part == "" {
			continue
		}
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch v := at.(type) {
		case map[string]any:
			at, ok = v[part]
		case []any:
			i, err := strconv.Atoi(part)
			if ok = err == nil && i >= 0 && i < len(v); ok {
				at = v[i]
			}
		default:
			ok = false
		}
		if !ok {
			return nil, fmt.Errorf("$ref %s points to nothing", ref)
		}
	}
	return at, nil
}

// errSelfMerge is the error of a schema that is merged into itself.
var errSelfMerge = errors.New("a definition refers to itself beside other keywords; put that $ref alone under a property or under items")

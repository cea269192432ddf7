package spec

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bojanz/currency"
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

// onlyRef reports whether a schema says nothing beside its reference.
func onlyRef(s map[string]any) bool {
	for name := range s {
		if name != "$ref" && name != "description" && name != "title" {
			return false
		}
	}
	return true
}

func (b *typeBuilder) fill(t *Type, s map[string]any) error {
	t.kinds = declaredKinds(s)
	t.time = s["format"] == "date-time"
	if err := b.children(t, s); err != nil {
		return err
	}
	if err := b.keywords(t, s); err != nil {
		return err
	}
	return b.combine(t, s)
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

// impliedKinds tells an enumeration of strings and an object from nothing known.
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
	if k != 0 {
		return k
	}
	if _, ok := s["properties"]; ok {
		return kindObject
	}
	return kindAny
}

func (b *typeBuilder) children(t *Type, s map[string]any) error {
	props, _ := s["properties"].(map[string]any)
	for name, schema := range props {
		p, err := b.build(schema)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		t.setProp(name, p, true)
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
		p, err := b.build(extra)
		if err != nil {
			return fmt.Errorf("additionalProperties: %w", err)
		}
		t.extra = p
	}
	if items, ok := s["items"]; ok {
		p, err := b.build(items)
		if err != nil {
			return fmt.Errorf("items: %w", err)
		}
		t.items = p
	}
	return nil
}

// keywords reads promoctl's own keywords. A misspelt one is an error: a field that
// was meant to be sensitive must not pass as an ordinary one.
func (b *typeBuilder) keywords(t *Type, s map[string]any) error {
	for name, v := range s {
		if !strings.HasPrefix(name, "x-") {
			continue
		}
		if err := keyword(t, name, v); err != nil {
			return err
		}
	}
	return nil
}

func keyword(t *Type, name string, v any) error {
	switch name {
	case "x-key", "x-cap":
		return nil // of the schema as a whole
	case "x-price":
		return boolKeyword(name, v, &t.price)
	case "x-sensitive":
		return boolKeyword(name, v, &t.sensitive)
	case "x-owner":
		if v != string(OwnerShop) && v != string(OwnerGit) {
			return fmt.Errorf("x-owner: got %v; write \"shop\" or \"git\"", v)
		}
		t.owner = Owner(v.(string))
		return nil
	case "x-money":
		t.money = &moneyRule{}
		if err := objectKeyword(name, v, t.money); err != nil {
			return err
		}
		if (t.money.Currency == "") == (t.money.Code == "") {
			return fmt.Errorf("x-money: write {\"currency\": FIELD} or {\"code\": \"CNY\"}")
		}
		if t.money.Code != "" && !currency.IsValid(t.money.Code) {
			return fmt.Errorf("x-money: %q is not a currency code of ISO 4217", t.money.Code)
		}
		return nil
	case "x-ref":
		t.ref = &RefTarget{}
		if err := objectKeyword(name, v, t.ref); err != nil {
			return err
		}
		if (t.ref.Kind == "") == (t.ref.Dataset == "") {
			return fmt.Errorf("x-ref: write {\"kind\": KIND} or {\"dataset\": NAME}")
		}
		return nil
	}
	return fmt.Errorf("unknown keyword %s; promoctl knows x-key, x-cap, x-money, x-price, x-sensitive, x-owner and x-ref", name)
}

func boolKeyword(name string, v any, to *bool) error {
	b, ok := v.(bool)
	if !ok {
		return fmt.Errorf("%s: got %v; write true or false", name, v)
	}
	*to = b
	return nil
}

func objectKeyword(name string, v any, to any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// combine follows references and merges alternatives.
func (b *typeBuilder) combine(t *Type, s map[string]any) error {
	if ref, ok := s["$ref"].(string); ok {
		o, err := b.resolve(ref)
		if err != nil {
			return err
		}
		t.merge(o, true)
	}
	all, _ := s["allOf"].([]any)
	for _, schema := range all {
		if err := b.mergeSchema(t, schema, true); err != nil {
			return err
		}
	}
	for _, word := range [...]string{"anyOf", "oneOf"} {
		list, _ := s[word].([]any)
		if err := b.alternatives(t, list); err != nil {
			return err
		}
	}
	for _, word := range [...]string{"if", "then", "else"} {
		if schema, ok := s[word]; ok {
			if err := b.mergeSchema(t, schema, false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *typeBuilder) mergeSchema(t *Type, schema any, all bool) error {
	o, err := b.build(schema)
	if err != nil {
		return err
	}
	t.merge(o, all)
	return nil
}

// alternatives merges schemas of which one holds: their kinds add up, within what the
// schema itself declares beside them.
func (b *typeBuilder) alternatives(t *Type, list []any) error {
	if len(list) == 0 {
		return nil
	}
	var union kinds
	for _, schema := range list {
		o, err := b.build(schema)
		if err != nil {
			return err
		}
		union |= o.kinds
		t.merge(o, false)
	}
	t.kinds = narrowKinds(t.kinds, union)
	return nil
}

// resolve returns the type of a local reference (#/...). Recursive schemas are fine:
// the type is registered before it is filled.
func (b *typeBuilder) resolve(ref string) (*Type, error) {
	if t, ok := b.refs[ref]; ok {
		return t, nil
	}
	var at any = b.doc
	path, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil, fmt.Errorf("$ref %s points to another document; put the definition under $defs", ref)
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if part == "" {
			continue
		}
		object, _ := at.(map[string]any)
		at, ok = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
		if !ok {
			return nil, fmt.Errorf("$ref %s points to nothing", ref)
		}
	}
	t := &Type{kinds: kindAny}
	b.refs[ref] = t
	s, ok := at.(map[string]any)
	if !ok {
		return t, nil
	}
	return t, b.fill(t, s)
}

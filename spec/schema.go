package spec

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema says what the records of a dataset look like: a JSON Schema (draft 2020-12)
// with promoctl's keywords. schemas/README.md documents the language. A Schema is
// immutable and safe for concurrent use.
type Schema struct {
	Digest Digest   // SHA-256 of the schema's canonical text
	Key    []string // x-key: the default key
	Cap    []string // x-cap: fields of which one at least limits what a record gives away
	root   *Type
	json   *jsonschema.Schema // nil for the untyped schema
}

// Untyped is the schema of a dataset that declares none: values are read by the rules
// of JSON, and text that YAML parsers disagree about is refused.
func Untyped() *Schema {
	return &Schema{root: &Type{kinds: kindObject}}
}

// CompileSchema reads the text of a JSON Schema for one record. Name stands in
// messages. A reference to another document is an error: a schema is whole in its file.
func CompileSchema(name string, text []byte) (*Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: not valid JSON: %w", name, err)
	}
	object, ok := doc.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: a schema is a JSON object", name)
	}
	const url = "mem:///record.json"
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(noLoader{})
	if err := c.AddResource(url, withoutID(object)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	compiled, err := c.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, schemaError(err, url))
	}
	b := typeBuilder{doc: object, refs: map[string]*Type{}}
	root, err := b.build(object)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if root.kinds == kindAny {
		root.kinds = kindObject
	}
	if root.kinds != kindObject {
		return nil, fmt.Errorf("%s: a record is an object; write \"type\": \"object\" at the top", name)
	}
	s := &Schema{root: root, json: compiled}
	if s.Key, err = stringList(object, "x-key"); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if s.Cap, err = stringList(object, "x-cap"); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	canonical, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s.Digest = sha256.Sum256(canonical)
	return s, nil
}

// schemaError drops the library's internal address from a message.
func schemaError(err error, url string) error {
	return fmt.Errorf("%s", strings.ReplaceAll(err.Error(), url, ""))
}

// withoutID drops $id so that local references resolve whatever it says.
func withoutID(object map[string]any) map[string]any {
	if _, ok := object["$id"]; !ok {
		return object
	}
	out := make(map[string]any, len(object))
	for k, v := range object {
		if k != "$id" {
			out[k] = v
		}
	}
	return out
}

// noLoader keeps schemas from reading files or the network.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("reference to another document %s; put the definition under $defs", url)
}

func stringList(object map[string]any, name string) ([]string, error) {
	v, ok := object[name]
	if !ok {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%s: want a list of field names", name)
	}
	out := make([]string, len(list))
	for i, item := range list {
		if out[i], ok = item.(string); !ok {
			return nil, fmt.Errorf("%s: want a list of field names", name)
		}
	}
	return out, nil
}

// fields returns the declared top-level fields for a Layout. Fields that are part of
// the key are required whatever the schema says.
func (s *Schema) fields(key []KeyPart) []Field {
	inKey := func(name string) bool {
		return slices.ContainsFunc(key, func(p KeyPart) bool { return p.Field && p.Column == name })
	}
	out := make([]Field, 0, len(s.root.names))
	for _, name := range s.root.names {
		t := s.root.props[name]
		f := Field{
			Name: name, Type: t.fieldType(), Required: s.root.required[name] || inKey(name),
			Nullable: t.kinds.has(kindNull), Sensitive: t.anySensitive(), Owner: t.owner,
		}
		if f.Owner == OwnerGit {
			f.Owner = ""
		}
		out = append(out, f)
	}
	return out
}

// PriceFields returns the dotted paths of the fields marked x-price; "[]" stands for
// the items of a list.
func (s *Schema) PriceFields() []string { return s.paths(func(t *Type) bool { return t.price }) }

// SensitiveFields returns the dotted paths of the fields marked x-sensitive.
func (s *Schema) SensitiveFields() []string {
	return s.paths(func(t *Type) bool { return t.sensitive })
}

// OwnedFields returns the names of the top-level fields that the shop owns.
func (s *Schema) OwnedFields() []string {
	return s.paths(func(t *Type) bool { return t.owner == OwnerShop })
}

func (s *Schema) paths(want func(*Type) bool) []string {
	var out []string
	var walk func(t *Type, path string, depth int)
	walk = func(t *Type, path string, depth int) {
		if t == nil || depth > 16 {
			return // deeper than any data; a recursive schema ends here
		}
		if path != "" && want(t) {
			out = append(out, path)
			return
		}
		for _, n := range t.names {
			walk(t.props[n], strings.TrimPrefix(path+"."+n, "."), depth+1)
		}
		walk(t.items, path+"[]", depth+1)
	}
	walk(s.root, "", 0)
	return out
}

// RefersTo reports whether a value of the schema may refer to a dataset of that kind or name.
func (s *Schema) RefersTo(kind, dataset string) bool {
	return s.root.anywhere(func(t *Type) bool {
		return t.ref != nil && ((kind != "" && t.ref.Kind == kind) || (dataset != "" && t.ref.Dataset == dataset))
	})
}

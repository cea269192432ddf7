package spec

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Schema says what the records of a dataset look like: a JSON Schema (draft 2020-12)
// with promoctl's keywords. schemas/README.md documents the language. A Schema is
// immutable and safe for concurrent use.
type Schema struct {
	Digest      Digest   // SHA-256 of the schema's canonical text
	Key         []string // x-key: the default key
	Cap         []string // x-cap: fields of which one at least limits what a record gives away
	root        *Type
	json        *jsonschema.Schema // nil for the untyped schema
	secretNames []string           // names of sensitive fields and of what is inside of them, sorted
	prices      []string           // see PriceFields
	openNames   []string           // names of all other declared fields, sorted
	order       map[*Type][]string // fields in the order of the text, where it is known
}

// Untyped is the schema of a dataset that declares none: values are read by the rules
// of JSON, and text that YAML parsers disagree about is refused.
func Untyped() *Schema {
	return &Schema{root: &Type{kinds: kindObject}}
}

// CompileSchema reads the text of a JSON Schema for one record. Name stands in
// messages. A reference to another document is an error: a schema is whole in its file.
func CompileSchema(name string, text []byte) (*Schema, error) {
	s, err := compileSchema(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func compileSchema(text []byte) (*Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	object, ok := doc.(map[string]any)
	if !ok {
		return nil, errors.New("a schema is a JSON object")
	}
	if err := checkKeywords(object, "", ""); err != nil {
		return nil, err
	}
	s := &Schema{}
	b := typeBuilder{doc: object, refs: map[string]*Type{}}
	if s.root, err = b.build(object); err != nil {
		return nil, err
	}
	if s.json, err = compileJSON(object); err != nil {
		return nil, err
	}
	if s.Key, err = stringList(object, "x-key"); err != nil {
		return nil, err
	}
	if s.Cap, err = stringList(object, "x-cap"); err != nil {
		return nil, err
	}
	if err := s.checkRoot(); err != nil {
		return nil, err
	}
	canonical, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	s.Digest = sha256.Sum256(canonical)
	s.sortNames()
	s.prices = s.paths(func(t *Type) bool { return t.price })
	s.noteOrder(text, b.refs)
	return s, nil
}

// checkRoot checks what only the schema as a whole shows.
func (s *Schema) checkRoot() error {
	if s.root.kinds == kindAny {
		s.root = s.root.clone() // others may share it
		s.root.kinds = kindObject
	}
	switch {
	case s.root.kinds != kindObject:
		return errors.New("a record is an object; write \"type\": \"object\" at the top")
	case s.root.sensitive || s.root.owner != "":
		return errors.New("x-sensitive and x-owner mark fields, not the whole record; put them under properties")
	case s.root.anywhere(func(t *Type) bool { return t.partial }):
		return errSelfMerge
	}
	for _, name := range s.root.names {
		if s.root.required[name] && s.root.props[name].owner == OwnerShop {
			return fmt.Errorf("%s: the shop owns this field, so that no file has it; take it out of \"required\"", name)
		}
	}
	if nested := s.nestedOwner(); nested != "" {
		return fmt.Errorf("%s: only a field of the record itself can belong to the shop; move it to the top or delete x-owner", nested)
	}
	for _, name := range s.Cap {
		if s.root.declared(strings.Split(name, ".")) == nil {
			return fmt.Errorf("x-cap: the field %s is not declared; %s", name, unknownFix(name, s.root.names))
		}
	}
	return nil
}

// nestedOwner returns the path of a field of the shop inside of another field, or "".
func (s *Schema) nestedOwner() string {
	for _, path := range s.paths(func(t *Type) bool { return t.owner == OwnerShop }) {
		if s.root.props[path] == nil {
			return path
		}
	}
	return ""
}

// sortNames tells the names of sensitive fields from the others.
func (s *Schema) sortNames() {
	type state struct {
		t      *Type
		secret bool
	}
	seen := map[state]bool{}
	var visit func(t *Type, secret bool)
	visit = func(t *Type, secret bool) {
		secret = secret || t.sensitive
		if seen[state{t, secret}] {
			return
		}
		seen[state{t, secret}] = true
		for _, name := range t.names {
			if secret || t.props[name].sensitive {
				s.secretNames = append(s.secretNames, name)
			} else {
				s.openNames = append(s.openNames, name)
			}
		}
		for _, c := range t.children() {
			visit(c.typ, secret)
		}
	}
	visit(s.root, false)
	slices.Sort(s.secretNames)
	slices.Sort(s.openNames)
	s.secretNames, s.openNames = slices.Compact(s.secretNames), slices.Compact(s.openNames)
}

// compileJSON hands the schema to the library, cut off from files and networks.
func compileJSON(object map[string]any) (*jsonschema.Schema, error) {
	const url = "mem:///record.json"
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(noLoader{})
	if err := c.AddResource(url, withoutID(object)); err != nil {
		return nil, schemaError(err, url)
	}
	compiled, err := c.Compile(url)
	if err != nil {
		return nil, schemaError(err, url)
	}
	fastBounds(compiled, map[*jsonschema.Schema]bool{})
	return compiled, nil
}

// schemaError says where in the schema the error is, without the library's internal
// address and in one line.
func schemaError(err error, url string) error {
	var invalid *jsonschema.ValidationError
	var schema *jsonschema.SchemaValidationError
	if !errors.As(err, &schema) || !errors.As(schema.Err, &invalid) {
		return errors.New(strings.ReplaceAll(strings.ReplaceAll(err.Error(), url, ""), "\n", " "))
	}
	for len(invalid.Causes) > 0 {
		if _, names := invalid.ErrorKind.(*kind.PropertyNames); names {
			break
		}
		invalid = slices.MaxFunc(invalid.Causes, func(a, b *jsonschema.ValidationError) int { return deepest(a) - deepest(b) })
	}
	return fmt.Errorf("not a valid JSON Schema: at %q: %s",
		"/"+strings.Join(invalid.InstanceLocation, "/"), invalid.ErrorKind.LocalizedString(message.NewPrinter(language.English)))
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
		return nil, fmt.Errorf("%s: write a list of field names, such as [\"sku\"]", name)
	}
	out := make([]string, len(list))
	for i, item := range list {
		if out[i], ok = item.(string); !ok {
			return nil, fmt.Errorf("%s: write a list of field names, such as [\"sku\"]", name)
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

// PriceFields returns the dotted paths of the fields marked x-price: "[]" stands for any
// item of a list and "*" for any member of an object whose members have no fixed names,
// as in steps[].price and member_prices.*.
func (s *Schema) PriceFields() []string { return slices.Clone(s.prices) }

// SensitiveFields returns the dotted paths of the fields marked x-sensitive, as in
// PriceFields. What is inside of such a field is sensitive too.
func (s *Schema) SensitiveFields() []string {
	return s.paths(func(t *Type) bool { return t.sensitive })
}

// OwnedFields returns the names of the fields that the shop owns.
func (s *Schema) OwnedFields() []string {
	return s.paths(func(t *Type) bool { return t.owner == OwnerShop })
}

// maxPaths bounds how many types of a recursive schema are looked at.
const maxPaths = 10_000

// paths returns where wanted types are, the nearest to the top first, and nothing
// inside of them.
func (s *Schema) paths(want func(*Type) bool) []string {
	type place struct {
		typ   *Type
		path  string
		depth int
	}
	var out []string
	queue := []place{{typ: s.root}}
	for n := 0; n < len(queue) && n < maxPaths; n++ {
		p := queue[n]
		if p.path != "" && want(p.typ) {
			out = append(out, p.path)
			continue
		}
		if p.depth > maxDepth {
			continue
		}
		for _, c := range p.typ.children() {
			queue = append(queue, place{c.typ, strings.TrimPrefix(p.path+c.path, "."), p.depth + 1})
		}
	}
	return slices.Compact(out)
}

// RefersTo reports whether a value of the schema may refer to a dataset of that kind or name.
func (s *Schema) RefersTo(kind, dataset string) bool {
	return s.root.anywhere(func(t *Type) bool {
		return t.ref != nil && ((kind != "" && t.ref.Kind == kind) || (dataset != "" && t.ref.Dataset == dataset))
	})
}

package spec

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// TestAgreesWithJSONSchema: in JSON, where nothing is ambiguous, what the JSON Schema
// library accepts is accepted, and what is accepted is a record that the library accepts,
// however declarations are combined. (The two differ where the schema wants a text and
// the file has a number: then the text is what was written.)
func TestAgreesWithJSONSchema(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		schema := fmt.Sprintf(`{"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "v": %s}, "$defs": {"a": %s, "b": {"type": "object", "properties": {"x": %s, "y": {"$ref": "#/$defs/b"}}}}}`,
			anySchema(t, 3), anySchema(t, 1), anySchema(t, 1))
		record := fmt.Sprintf(`{"id": "i", "v": %s}`, anyValue(t, 3))
		s, err := CompileSchema("s", []byte(schema))
		if err != nil {
			if strings.Contains(err.Error(), "refers to itself beside") || strings.Contains(err.Error(), "leads back to itself") {
				return // refused in words
			}
			t.Fatalf("%v in %s", err, schema)
		}
		d := Dataset{Name: "x", Schema: s, key: []keyField{{name: "id", path: []string{"id"}}}}
		p, problems := d.Parse("f.json", []byte(record))
		switch {
		case len(problems) == 0 && len(p.Records) == 1:
			accepted++
			if !library(t, schema, string(p.Records[0].JSON)) {
				t.Fatalf("accepted\n%s\n%s\nas %s", schema, record, p.Records[0].JSON)
			}
		case library(t, schema, record):
			t.Fatalf("refused: %v\n%s\n%s", problems, schema, record)
		}
	})
	if accepted == 0 {
		t.Error("nothing was accepted; the test compares too little")
	}
}

func library(t *rapid.T, schema, record string) bool {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		t.Fatalf("%v in %s", err, schema)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:///s.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:///s.json")
	if err != nil {
		t.Fatalf("%v in %s", err, schema)
	}
	d := json.NewDecoder(strings.NewReader(record))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return s.Validate(v) == nil
}

// anySchema generates schemas of all the ways to combine declarations.
func anySchema(t *rapid.T, depth int) string {
	leaves := []string{
		`{"type": "string"}`, `{"type": "number"}`, `{"type": "integer"}`, `{"type": "boolean"}`, `{"type": ["string", "number"]}`,
		`{"type": "object"}`, `{"type": "array"}`, `{}`, `true`, `{"enum": ["x", 1]}`, `{"const": 2}`, `{"minimum": 2}`, `{"maxLength": 1}`, `{"required": ["x"]}`,
	}
	if depth == 0 {
		return rapid.SampledFrom(leaves).Draw(t, "leaf")
	}
	sub := func() string { return anySchema(t, depth-1) }
	list := func() string {
		var parts []string
		for range rapid.IntRange(1, 3).Draw(t, "n") {
			parts = append(parts, sub())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	parts := map[string]func() string{
		"": nil,
		"type": func() string {
			return rapid.SampledFrom([]string{`"object"`, `"array"`, `["object", "string"]`}).Draw(t, "type")
		},
		"properties":           func() string { return fmt.Sprintf(`{"x": %s, "y": %s}`, sub(), sub()) },
		"patternProperties":    func() string { return fmt.Sprintf(`{"^[yz]": %s}`, sub()) },
		"additionalProperties": func() string { return rapid.SampledFrom([]string{"false", "true", sub()}).Draw(t, "extra") },
		"required":             func() string { return rapid.SampledFrom([]string{`["x"]`, `["x", "y"]`}).Draw(t, "required") },
		"items":                sub, "prefixItems": list, "allOf": list, "anyOf": list, "oneOf": list,
		"if": sub, "then": sub, "else": sub, "not": sub, "contains": sub,
		"dependentSchemas": func() string { return fmt.Sprintf(`{"x": %s}`, sub()) },
		"$ref":             func() string { return rapid.SampledFrom([]string{`"#/$defs/a"`, `"#/$defs/b"`}).Draw(t, "ref") },
	}
	names := []string{"", "type", "properties", "patternProperties", "additionalProperties", "required", "items", "prefixItems", "allOf", "anyOf", "oneOf", "if", "then", "else", "not", "contains", "dependentSchemas", "$ref"}
	var out []string
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 4, rapid.ID).Draw(t, "keywords") {
		if part := parts[name]; part != nil {
			out = append(out, fmt.Sprintf("%q: %s", name, part()))
		}
	}
	return "{" + strings.Join(out, ", ") + "}"
}

func anyValue(t *rapid.T, depth int) string {
	if depth == 0 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
		return rapid.SampledFrom([]string{`"x"`, `"0123"`, `"xy"`, `1`, `2`, `2.5`, `true`, `{}`, `[]`}).Draw(t, "value")
	}
	if rapid.Bool().Draw(t, "list") {
		var parts []string
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			parts = append(parts, anyValue(t, depth-1))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	var parts []string
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "z"}), 0, 3, rapid.ID).Draw(t, "names") {
		parts = append(parts, fmt.Sprintf("%q: %s", name, anyValue(t, depth-1)))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

package spec_test

import (
	"strings"
	"testing"

	"github.com/promoctl/promoctl/schemas"
	"github.com/promoctl/promoctl/spec"
)

// object wraps the text of properties into a schema with the key id.
func object(properties string, more ...string) string {
	return `{"type": "object", "x-key": ["id"], "properties": {"id": {"type": "string"}, ` + properties + `}` + strings.Join(more, "") + `}`
}

// TestSchemasSayHowTextIsRead: what a schema declares, wherever it says so, decides how
// an unquoted scalar is read. The text 0123 stays a text where text is declared, is
// refused where a number is, and 7 is told from "7" by it.
func TestSchemasSayHowTextIsRead(t *testing.T) {
	tree := `,"$defs": {"node": {"type": "object", "additionalProperties": false, "properties": {"name": {"type": "string"}, "kids": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}}`
	for _, c := range []struct{ name, schema, text, want string }{
		{"$ref", object(`"v": {"$ref": "#/$defs/t"}`, `,"$defs": {"t": {"type": "string"}}`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"$ref beside other keywords", object(`"v": {"$ref": "#/$defs/t", "maxLength": 3}`, `,"$defs": {"t": {"type": "string"}}`), "v: 0123", "f:2:4: v: the text has 4 characters; write at most 3"},
		{"$ref to a $ref", object(`"v": {"$ref": "#/$defs/a"}`, `,"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"type": "string"}}`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"$ref to a property", object(`"v": {"$ref": "#/properties/id"}`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"$ref into a list", object(`"v": {"$ref": "#/$defs/a/anyOf/1"}`, `,"$defs": {"a": {"anyOf": [{"type": "number"}, {"type": "string"}]}}`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"$ref with escapes", object(`"v": {"$ref": "#/$defs/a~1b~0c"}`, `,"$defs": {"a/b~c": {"type": "string"}}`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"definitions of older drafts", object(`"v": {"$ref": "#/definitions/t"}`, `,"definitions": {"t": {"type": "string"}}`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"recursive $ref", object(`"v": {"$ref": "#/$defs/node"}`, tree), "v: {name: 01, kids: [{name: 02, kids: [{name: 03}]}]}", `{"id":"a","v":{"kids":[{"kids":[{"name":"03"}],"name":"02"}],"name":"01"}}`},
		{"recursive $ref, wrong far down", object(`"v": {"$ref": "#/$defs/node"}`, tree), "v: {name: 01, kids: [{name: 02, kids: [{nane: 03}]}]}", "f:2:41: v.kids[0].kids[0].nane: unknown field; write name"},
		{"the schema itself", object(`"v": {"$ref": "#"}`), "v: {id: 01, v: {id: 02}}", `{"id":"a","v":{"id":"01","v":{"id":"02"}}}`},
		{"allOf", object(`"v": {"allOf": [{"type": "string"}, {"maxLength": 4}]}`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"allOf, two types", object(`"v": {"allOf": [{"type": ["string", "number"]}, {"type": ["string", "boolean"]}]}`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"allOf at the top", object(`"w": {}`, `,"allOf": [{"properties": {"v": {"type": "string"}}}]`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"allOf about the same field", object(`"w": {}`, `,"allOf": [{"properties": {"v": {"type": ["string", "number"]}}}, {"properties": {"v": {"type": "string"}}}]`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"allOf about the members of a field", object(`"v": {"allOf": [{"additionalProperties": {"type": ["string", "number"]}}, {"additionalProperties": {"type": "string"}}]}`), "v: {a: 0123}", `{"id":"a","v":{"a":"0123"}}`},
		{"allOf about the items of a field", object(`"v": {"allOf": [{"items": {"type": "string"}}, {"items": {"maxLength": 3}}]}`), "v: [0123]", "f:2:5: v[0]: the text has 4 characters; write at most 3"},
		{"type that a condition decides", object(`"v": {}`, `,"if": {"required": ["v"]}, "then": {"properties": {"v": {"type": "array"}}}`), "v: abc", `f:2:4: v: a text where a list is wanted; write [a, b] or one item a line behind "- "`},
		{"type that a condition decides, when it does not hold", object(`"v": {}, "w": {"type": "string"}`, `,"if": {"required": ["w"]}, "then": {"properties": {"v": {"type": "array"}, "u": {"type": "array"}}}`), "v: abc\nu: abc", `{"id":"a","u":"abc","v":"abc"}`},
		{"type that an open alternative does not declare", object(`"w": {}`, `,"anyOf": [{"properties": {"v": {"type": "array"}}, "required": ["v"]}, {"required": ["w"]}]`), "v: abc\nw: 1", `{"id":"a","v":"abc","w":1}`},
		{"type that a condition decides, where others are declared", object(`"v": {"type": ["string", "number"]}, "w": {}`, `,"if": {"required": ["w"]}, "then": {"properties": {"v": {"type": "number"}}}`), "v: abc\nw: x", "f:2:4: v: a text where a number is wanted; write the digits without quotes"},
		{"anyOf of types", object(`"v": {"anyOf": [{"type": "string"}, {"type": "null"}]}`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"anyOf of text and number", object(`"v": {"anyOf": [{"type": "string"}, {"type": "number"}]}`), "v: 0123", `f:2:4: v: "0123" means different things to different YAML parsers; write "0123" in quotes if it is text, else true, false, null or a plain decimal number`},
		{"anyOf of objects with other types", object(`"w": {}`, `,"anyOf": [{"properties": {"v": {"type": "string"}}, "required": ["v"]}, {"properties": {"v": {"type": "number"}}, "required": ["v"]}]`), "v: 7", `{"id":"a","v":7}`},
		{"oneOf of objects", object(`"v": {"oneOf": [{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false}, {"type": "object", "properties": {"b": {"type": "number"}}, "required": ["b"], "additionalProperties": false}]}`), "v: {a: 0123}", `{"id":"a","v":{"a":"0123"}}`},
		{"oneOf narrows what stands beside it", object(`"v": {"type": ["string", "number", "null"], "oneOf": [{"type": "string"}, {"type": "null"}]}`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"then", object(`"w": {"type": "string"}`, `,"if": {"required": ["w"]}, "then": {"properties": {"v": {"type": "string"}}}`), "v: 0123", `f:2:4: v: "0123" means different things to different YAML parsers; write "0123" in quotes if it is text, else true, false, null or a plain decimal number`},
		{"then and else", object(`"w": {"type": "string"}`, `,"if": {"required": ["w"]}, "then": {"properties": {"v": {"type": "string"}}}, "else": {"properties": {"v": {"type": "number"}}}`), "v: 7", `{"id":"a","v":7}`},
		{"if is a question", object(`"w": {}`, `,"if": {"properties": {"v": {"const": 5}}, "required": ["v"]}, "then": {"required": ["w"]}`), "v: abc", `{"id":"a","v":"abc"}`},
		{"if, then in allOf", object(`"v": {"type": "string"}`, `,"allOf": [{"if": {"properties": {"v": {"const": "0123"}}, "required": ["v"]}, "then": {"required": ["w"]}}]`), "v: 0123", "f:1:1: w: required field is missing; add w: ..."},
		{"dependentSchemas", object(`"w": {"type": "string"}`, `,"dependentSchemas": {"w": {"properties": {"v": {"type": "string"}}}}`), "v: 0123", `f:2:4: v: "0123" means different things to different YAML parsers; write "0123" in quotes if it is text, else true, false, null or a plain decimal number`},
		{"nullable", object(`"v": {"type": ["string", "null"]}`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"enum without a type", object(`"v": {"enum": ["0123", "yes"]}`), "v: yes", `{"id":"a","v":"yes"}`},
		{"enum of numbers", object(`"v": {"enum": [1.5, 2]}`), "v: 1.50", `{"id":"a","v":1.5}`},
		{"const without a type", object(`"v": {"const": "0123"}`), "v: 0123", `{"id":"a","v":"0123"}`},
		{"properties without a type", object(`"v": {"properties": {"a": {"type": "string"}}}`), "v: {a: 0123}", `{"id":"a","v":{"a":"0123"}}`},
		{"time in alternatives", object(`"v": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}`), "v: 2026-11-11T00:00:00+08:00", `{"id":"a","v":"2026-11-10T16:00:00Z"}`},
		{"time or another text", object(`"v": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "const": "never"}]}`), "v: never", `{"id":"a","v":"never"}`},
		{"items", object(`"v": {"type": "array", "items": {"type": "string"}}`), "v: [0123]", `{"id":"a","v":["0123"]}`},
		{"items of older drafts", object(`"v": {"type": "array", "items": [{"type": "string"}], "additionalItems": {"type": "number"}}`, `,"$schema": "http://json-schema.org/draft-07/schema#"`), "v: [0123, 7]", `{"id":"a","v":["0123",7]}`},
		{"additionalProperties", object(`"v": {"type": "object", "additionalProperties": {"type": "string"}}`), "v: {a: 0123}", `{"id":"a","v":{"a":"0123"}}`},
		{"additionalProperties behind a $ref", object(`"v": {"$ref": "#/$defs/m", "maxProperties": 3}`, `,"$defs": {"m": {"type": "object", "additionalProperties": {"type": "string"}}}`), "v: {a: 0123}", `{"id":"a","v":{"a":"0123"}}`},
		{"patternProperties", object(`"v": {"type": "object", "patternProperties": {"^a": {"type": "string"}}}`), "v: {a: 0123}", `{"id":"a","v":{"a":"0123"}}`},
		{"true", object(`"v": true`), "v: 0123", `f:2:4: v: "0123" means different things to different YAML parsers; write "0123" in quotes if it is text, else true, false, null or a plain decimal number`},
		{"undeclared", object(`"w": {}`), "v: 0123", `f:2:4: v: "0123" means different things to different YAML parsers; write "0123" in quotes if it is text, else true, false, null or a plain decimal number`},
	} {
		t.Run(c.name, func(t *testing.T) {
			equal(t, c.want, parsed(dataset(t, c.schema), "f", "id: a\n"+c.text+"\n"))
		})
	}
}

// TestSharedDefinitionsStayApart: what one use of a definition adds does not change it
// for the others.
func TestSharedDefinitionsStayApart(t *testing.T) {
	schema := object(`"a": {"$ref": "#/$defs/t"}, "b": {"$ref": "#/$defs/t"}`,
		`,"$defs": {"t": {"type": "object", "additionalProperties": false, "properties": {"x": {"type": "number"}}}}`,
		`,"if": {"required": ["a"]}, "then": {"properties": {"a": {"properties": {"more": {"type": "string"}}}}}`)
	equal(t, "f:3:5: b.more: unknown field; the fields are x", parsed(dataset(t, schema), "f", "id: i\na: {x: 1}\nb: {more: x}\n"))
}

func TestSchemasThatAreRefused(t *testing.T) {
	for _, c := range []struct{ name, schema, want string }{
		{"not JSON", `{"type": "object"`, "s.json: not valid JSON: unexpected EOF"},
		{"not an object", `[]`, "s.json: a schema is a JSON object"},
		{"not a schema", object(`"v": {"type": "strng"}`), `s.json: not a valid JSON Schema: at "/properties/v/type": value must be one of 'array', 'boolean', 'integer', 'null', 'number', 'object', 'string'`},
		{"broken pattern", object(`"v": {"type": "string", "pattern": "("}`), "s.json: not a valid JSON Schema: at \"/properties/v/pattern\": '(' is not valid regex: error parsing regexp: missing closing ): `(`"},
		{"broken name pattern", object(`"v": {"patternProperties": {"(": {}}}`), "s.json: v: (: not a valid pattern: error parsing regexp: missing closing ): `(`"},
		{"no record", `{"type": "string"}`, `s.json: a record is an object; write "type": "object" at the top`},
		{"record or null", `{"type": ["object", "null"]}`, `s.json: a record is an object; write "type": "object" at the top`},
		{"remote $ref", object(`"v": {"$ref": "https://example.com/t.json"}`), "s.json: v: $ref https://example.com/t.json points to another document; put the definition under $defs"},
		{"$ref to a file", object(`"v": {"$ref": "types.json#/$defs/t"}`), "s.json: v: $ref types.json#/$defs/t points to another document; put the definition under $defs"},
		{"$ref to nothing", object(`"v": {"$ref": "#/$defs/t"}`), "s.json: v: $ref #/$defs/t points to nothing"},
		{"$ref to an anchor", object(`"v": {"$ref": "#t"}`, `,"$defs": {"t": {"$anchor": "t", "type": "string"}}`), "s.json: v: $ref #t names an anchor; write #/$defs/NAME"},
		{"$ref to itself", object(`"v": {"$ref": "#/$defs/a"}`, `,"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}`), "s.json: v: $ref #/$defs/a leads back to itself; declare a type there"},
		{"merged into itself", object(`"v": {"$ref": "#/$defs/a"}`, `,"$defs": {"a": {"type": "object", "properties": {"kid": {"allOf": [{"$ref": "#/$defs/a"}, {"required": ["x"]}]}}}}`), "s.json: a definition refers to itself beside other keywords; put that $ref alone under a property or under items"},
		{"two that refer to themselves, merged", object(`"v": {"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}]}`, `,"$defs": {"a": {"type": "object", "properties": {"kid": {"$ref": "#/$defs/a"}}}, "b": {"type": "object", "properties": {"kid": {"$ref": "#/$defs/b"}}}}`), "s.json: a definition refers to itself beside other keywords; put that $ref alone under a property or under items"},
		{"dialect from elsewhere", `{"$schema": "https://example.com/dialect", "type": "object"}`, `s.json: failing loading "https://example.com/dialect": reference to another document https://example.com/dialect; put the definition under $defs`},
		{"unknown keyword", object(`"v": {"type": "string", "x-sensitiv": true}`), "s.json: v: unknown keyword x-sensitiv; promoctl knows x-key, x-cap, x-money, x-price, x-sensitive, x-owner and x-ref"},
		{"unknown keyword in a definition nobody uses", object(`"v": {}`, `,"$defs": {"t": {"x-prize": true}}`), "s.json: t: unknown keyword x-prize; promoctl knows x-key, x-cap, x-money, x-price, x-sensitive, x-owner and x-ref"},
		{"keyword in a condition", object(`"v": {}`, `,"if": {"properties": {"v": {"x-sensitive": true}}}`), `s.json: v: x-sensitive has no effect below "if"; put it where the field is declared`},
		{"keyword below contains", object(`"v": {"type": "array", "contains": {"x-price": true}}`), `s.json: v: x-price has no effect below "contains"; put it where the field is declared`},
		{"x-sensitive of another type", object(`"v": {"x-sensitive": "yes"}`), "s.json: v: x-sensitive: got yes; write true or false"},
		{"x-sensitive of the record", object(`"v": {}`, `,"x-sensitive": true`), "s.json: x-sensitive and x-owner mark fields, not the whole record; put them under properties"},
		{"x-owner", object(`"v": {"x-owner": "me"}`), `s.json: v: x-owner: got me; write "shop" or "git"`},
		{"x-owner inside of a field", object(`"v": {"type": "object", "properties": {"w": {"x-owner": "shop"}}}`), "s.json: v.w: only a field of the record itself can belong to the shop; move it to the top or delete x-owner"},
		{"x-owner of a required field", object(`"v": {"x-owner": "shop"}`, `,"required": ["v"]`), `s.json: v: the shop owns this field, so that no file has it; take it out of "required"`},
		{"x-money without a currency", object(`"v": {"type": "number", "x-money": {}}`), `s.json: v: x-money: write {"currency": FIELD} or {"code": "CNY"}`},
		{"x-money with both", object(`"v": {"type": "number", "x-money": {"currency": "c", "code": "CNY"}}`), `s.json: v: x-money: write {"currency": FIELD} or {"code": "CNY"}`},
		{"x-money of an unknown currency", object(`"v": {"type": "number", "x-money": {"code": "RMB"}}`), `s.json: v: x-money: "RMB" is not a currency code of ISO 4217; write one such as CNY`},
		{"x-money misspelt", object(`"v": {"type": "number", "x-money": {"curency": "c"}}`), `s.json: v: x-money: unknown field "curency"`},
		{"x-money of a text", object(`"v": {"type": "string", "x-money": {"code": "CNY"}}`), `s.json: v: x-money: an amount is a number; write "type": "number"`},
		{"x-price of a text", object(`"v": {"type": "string", "x-price": true}`), `s.json: v: x-price: a price is a number; write "type": "number"`},
		{"x-ref to nothing", object(`"v": {"type": "string", "x-ref": {}}`), `s.json: v: x-ref: write {"kind": KIND} or {"dataset": NAME}`},
		{"x-ref of an object", object(`"v": {"type": "object", "x-ref": {"kind": "product"}}`), `s.json: v: x-ref: a reference is a text or a number; write "type": "string"`},
		{"x-key below the top", object(`"v": {"x-key": ["a"]}`), "s.json: v: x-key is about the whole record; put it at the top of the schema"},
		{"x-key of another type", `{"type": "object", "x-key": "id"}`, `s.json: x-key: write a list of field names, such as ["sku"]`},
		{"x-cap of an unknown field", object(`"limit": {"type": "integer"}`, `,"x-cap": ["limits"]`), "s.json: x-cap: the field limits is not declared; write limit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := spec.CompileSchema("s.json", []byte(c.schema))
			if s != nil || err == nil {
				t.Fatalf("got %v, %v", s, err)
			}
			equal(t, c.want, err.Error())
		})
	}
}

// TestNamesThatLookLikeKeywords: a field may be called like a keyword.
func TestNamesThatLookLikeKeywords(t *testing.T) {
	d := dataset(t, object(`"x-note": {"type": "string"}, "items": {"type": "string"}, "$ref": {"type": "string"}, "properties": {"type": "string"}`))
	equal(t, `{"$ref":"04","id":"a","items":"02","properties":"03","x-note":"01"}`,
		parsed(d, "f", "{id: a, x-note: 01, items: 02, properties: 03, $ref: 04}"))
}

func TestMarkedFields(t *testing.T) {
	s, err := spec.CompileSchema("s.json", []byte(object(
		`"price": {"$ref": "#/$defs/amount"}, "by_tier": {"type": "object", "additionalProperties": {"$ref": "#/$defs/amount"}},
		"steps": {"type": "array", "items": {"type": "object", "properties": {"price": {"$ref": "#/$defs/amount"}}}},
		"history": {"type": "array", "items": {"type": "number"}, "x-price": true},
		"nested": {"type": "object", "properties": {"secret": {"x-sensitive": true}, "kids": {"type": "array", "items": {"$ref": "#/$defs/kid"}}}},
		"code": {"type": "string", "x-sensitive": true}, "sold": {"type": "integer", "x-owner": "shop"}`,
		`,"$defs": {"amount": {"type": "number", "x-price": true, "x-money": {"code": "EUR"}}, "kid": {"type": "object", "properties": {"price": {"$ref": "#/$defs/amount"}, "kid": {"$ref": "#/$defs/kid"}}}}`)))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, []string{"price", "by_tier.*", "history[]", "steps[].price"}, s.PriceFields()[:4])
	equal(t, []string{"nested.kids[].price", "nested.kids[].kid.price", "nested.kids[].kid.kid.price"}, s.PriceFields()[4:7])
	equal(t, []string{"code", "nested.secret"}, s.SensitiveFields())
	equal(t, []string{"sold"}, s.OwnedFields())
}

// TestBuiltInSchemasCompile: the program panics if its own schemas are wrong.
func TestBuiltInSchemasCompile(t *testing.T) {
	for _, kind := range schemas.Kinds() {
		text, _ := schemas.Kind(kind)
		if _, err := spec.CompileSchema(kind, text); err != nil {
			t.Error(err)
		}
	}
	if _, err := spec.CompileSchema("pipeline", schemas.Pipeline()); err != nil {
		t.Error(err)
	}
}

// TestSchemaThatSaysNothing: a schema may leave everything open, and does not change what
// other schemas say by it.
func TestSchemaThatSaysNothing(t *testing.T) {
	open := dataset(t, `{"$ref": "#/$defs/x", "x-key": ["id"], "$defs": {"x": true}}`)
	equal(t, `{"id":"a","v":[1]}`, parsed(open, "f", "{id: a, v: [1]}"))
	equal(t, `{"id":"a","v":"text"}`, parsed(dataset(t, object(`"v": {}`)), "f", "{id: a, v: text}"))
}

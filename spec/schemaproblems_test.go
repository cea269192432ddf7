package spec_test

import "testing"

// TestProblemsOfASchema: what the JSON Schema of a record demands is said at the line and
// column of the value, in words.
func TestProblemsOfASchema(t *testing.T) {
	schema := `{"type": "object", "x-key": ["id"], "required": ["id", "title"], "additionalProperties": false, "properties": {
		"id": {"type": "string", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 5}, "title": {"type": "string"},
		"color": {"enum": ["red", "green", "blue", 5, null]}, "long": {"enum": ["a","b","c","d","e","f","g","h","i","j","k","l","m"]},
		"fixed": {"const": true}, "level": {"type": "integer", "minimum": 1, "maximum": 10},
		"rate": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1, "multipleOf": 0.05},
		"tags": {"type": "array", "minItems": 2, "maxItems": 3, "uniqueItems": true, "items": {"type": "string"}},
		"needs": {"type": "array", "contains": {"const": "x"}},
		"pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "items": false},
		"map": {"type": "object", "minProperties": 2, "maxProperties": 2, "propertyNames": {"pattern": "^[a-z]+$"}, "additionalProperties": {"type": "number"}},
		"codes": {"type": "object", "patternProperties": {"^x_": {"type": "string"}, "^n_": {"type": "number"}}, "additionalProperties": false},
		"by_type": {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["a", "b"]}, "x": {"type": "number"}, "y": {"type": "number"}},
			"allOf": [{"if": {"properties": {"type": {"const": "a"}}, "required": ["type"]}, "then": {"required": ["x"], "propertyNames": {"enum": ["type", "x"]}}}]},
		"choice": {"type": "object", "anyOf": [{"required": ["one"]}, {"required": ["two"]}], "properties": {"one": {"type": "number"}, "two": {"type": "number"}}},
		"either": {"oneOf": [{"type": "integer", "minimum": 5}, {"type": "string", "pattern": "^on$"}, {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]}]},
		"several": {"oneOf": [{"type": "number"}, {"type": "number", "minimum": 5}]},
		"with": {"type": "object", "dependentRequired": {"a": ["b"]}, "properties": {"a": {}, "b": {}}},
		"never": false, "not": {"type": "string", "not": {"const": "x"}},
		"mail": {"type": "string", "format": "email"}, "link": {"type": "string", "format": "uri"}, "clock": {"type": "string", "format": "time"}}}`
	d := dataset(t, schema)
	head := "- id: ab\n  title: x\n  "
	checkFiles(t, d, "f.yaml", []fileCase{
		{"required", "- id: ab\n- id: cd\n  title: x\n", lines(
			`{"id":"cd","title":"x"}`,
			"f.yaml:1:3: title: required field is missing; add title: ...",
		)},
		{"required and unknown, in one record", "- id: ab\n  titel: x\n", lines(
			"f.yaml:1:3: title: required field is missing; add title: ...",
			"f.yaml:2:3: titel: unknown field; write title",
		)},
		{"pattern", "- id: A1\n  title: x\n", `f.yaml:1:7: id: "A1" does not have the right form; write a text that matches ^[a-z]+$`},
		{"several about one value", "- id: A23456\n  title: x\n", lines(
			`f.yaml:1:7: id: "A23456" does not have the right form; write a text that matches ^[a-z]+$`,
			"f.yaml:1:7: id: the text has 6 characters; write at most 5",
		)},
		{"too short", "- id: a\n  title: x\n", "f.yaml:1:7: id: the text is too short; write at least 2 characters"},
		{"enum", head + "color: purple\n", `f.yaml:3:10: color: "purple" is not one of the allowed values; write one of red, green, blue, 5, null`},
		{"enum, nearly", head + "color: Gren\n", `f.yaml:3:10: color: "Gren" is not one of the allowed values; write one of red, green, blue, 5, null (did you mean green?)`},
		{"enum with many values", head + "long: z\n", `f.yaml:3:9: long: "z" is not one of the allowed values; write one of a, b, c, d, e, f, g, h, i, j, k, l, ...`},
		{"enum of several types", head + "color: 5\n- id: cd\n  title: x\n  color: null\n", lines(
			`{"color":5,"id":"ab","title":"x"}`,
			`{"id":"cd","title":"x"}`,
		)},
		{"const", head + "fixed: false\n", `f.yaml:3:10: fixed: "false" is not the expected value; write true`},
		{"minimum", head + "level: 0\n", "f.yaml:3:10: level: 0 is too small; write at least 1"},
		{"maximum", head + "level: 11\n", "f.yaml:3:10: level: 11 is too large; write at most 10"},
		{"exclusive minimum", head + "rate: 0\n", "f.yaml:3:9: rate: 0 is too small; write more than 0"},
		{"exclusive maximum and multiple", head + "rate: 1.01\n", lines(
			"f.yaml:3:9: rate: 1.01 is not a multiple of 0.05; write a multiple",
			"f.yaml:3:9: rate: 1.01 is too large; write less than 1",
		)},
		{"too few items", head + "tags: [a]\n", "f.yaml:3:9: tags: the list is too short; write at least 2 items"},
		{"too many items", head + "tags: [a, b, c, d]\n", "f.yaml:3:9: tags: the list has 4 items; write at most 3"},
		{"the same item twice", head + "tags: [a, b, a]\n", "f.yaml:3:9: tags: items 1 and 3 of the list are the same; delete one of them"},
		{"item of a wrong type", head + "tags: [a, {b: c}]\n", "f.yaml:3:13: tags[1]: an object where a text is wanted; write a text"},
		{"item that must be there", head + "needs: [a]\n", "f.yaml:3:10: needs: the list lacks an item that it must have; see the schema"},
		{"tuple", head + "pair: [0123, 1.50]\n", `{"id":"ab","pair":["0123",1.5],"title":"x"}`},
		{"tuple of wrong types", head + "pair: [a, b]\n", `f.yaml:3:13: pair[1]: "b" is not a number; write digits with a point for decimals, such as 19.90`},
		{"tuple that is too long", head + "pair: [a, 1, c, d]\n", lines(
			"f.yaml:3:16: pair[2]: the list has too many items; delete this one",
			"f.yaml:3:19: pair[3]: the list has too many items; delete this one",
		)},
		{"too few members", head + "map: {a: 1}\n", "f.yaml:3:8: map: the object has too few fields; write at least 2"},
		{"too many members", head + "map: {a: 1, b: 2, c: 3}\n", "f.yaml:3:8: map: the object has 3 fields; write at most 2"},
		{"name of a member", head + "map:\n    a: 1\n    B: 2\n", "f.yaml:5:5: map.B: this name does not have the right form; write a text that matches ^[a-z]+$"},
		{"members by pattern", head + "codes: {x_a: 0123, n_b: 1.50}\n", `{"codes":{"n_b":1.5,"x_a":"0123"},"id":"ab","title":"x"}`},
		{"members by pattern, wrong", head + "codes: {x_a: [1], n_b: x, other: 1}\n", lines(
			"f.yaml:3:16: codes.x_a: a list where a text is wanted; write a text",
			`f.yaml:3:26: codes.n_b: "x" is not a number; write digits with a point for decimals, such as 19.90`,
			"f.yaml:3:29: codes.other: unknown field; remove it",
		)},
		{"type decides which fields", head + "by_type: {type: a, y: 1}\n", lines(
			"f.yaml:3:12: by_type.x: required field is missing; add x: ...",
			"f.yaml:3:22: by_type.y: this field is not allowed here; the fields are type, x",
		)},
		{"wrong value beside a rule that needs it", head + "by_type: {type: a, x: '1'}\n", "f.yaml:3:25: by_type.x: text in quotes where a number is wanted; write the digits without quotes"},
		{"one of several fields", head + "choice: {}\n", "f.yaml:3:11: choice: one of these fields must be there; add one or two"},
		{"one of several fields, wrong", head + "choice: {one: x}\n", `f.yaml:3:17: choice.one: "x" is not a number; write digits with a point for decimals, such as 19.90`},
		{"alternatives by type: number", head + "either: 3\n", "f.yaml:3:11: either: 3 is too small; write at least 5"},
		{"alternatives by type: text", head + "either: off work\n", `f.yaml:3:11: either: "off work" does not have the right form; write a text that matches ^on$`},
		{"alternatives by type: object", head + "either: {b: 1}\n", "f.yaml:3:11: either.a: required field is missing; add a: ..."},
		{"alternatives by type: inside of the object", head + "either: {a: x}\n", `f.yaml:3:15: either.a: "x" is not a number; write digits with a point for decimals, such as 19.90`},
		{"alternatives by type: none", head + "either: true\n", `f.yaml:3:11: either: "true" does not have the right form; write a text that matches ^on$`},
		{"several alternatives at once", head + "several: 7\n", "f.yaml:3:12: several: the value matches several alternatives of the schema at once; leave out what belongs to the other"},
		{"required together", head + "with: {a: 1}\n", "f.yaml:3:9: with.b: required together with a; add b: ..."},
		{"not allowed", head + "never: 1\n", "f.yaml:3:3: never: this field is not allowed here; remove it"},
		{"not", head + "not: x\n", `f.yaml:3:8: not: the schema rules out this combination; see what it says under "not"`},
		{"email", head + "mail: nobody\n", `f.yaml:3:9: mail: "nobody" is not a valid email; write it like name@example.com`},
		{"uri", head + "link: ':'\n", `f.yaml:3:9: link: ":" is not a valid uri; write it like https://example.com/page`},
		{"time", head + "clock: 8 pm\n", `f.yaml:3:10: clock: "8 pm" is not a valid time; write it like 20:00:00+08:00`},
	})
}

func TestProblemsOfBuiltInKinds(t *testing.T) {
	price := "- sku: A\n  currency: CNY\n  price: 19.90\n"
	checkFiles(t, built(t, "price"), "f.yaml", []fileCase{
		{"good", price, `{"currency":"CNY","price":19.9,"sku":"A"}`},
		{"SKU 0123 stays", "- {sku: 0123, currency: CNY, price: 1.10}\n", `{"currency":"CNY","price":1.1,"sku":"0123"}`},
		{"negative", "- {sku: A, currency: CNY, price: -1}\n", "f.yaml:1:34: price: -1 is too small; write at least 0"},
		{"currency", "- {sku: A, currency: yuan, price: 1}\n", `f.yaml:1:22: currency: "yuan" is not a currency of ISO 4217; write a code such as CNY, USD or EUR`},
		{"price of a tier", price + "  member_prices: {gold: 9.999, Plus: 5}\n", lines(
			"f.yaml:4:25: member_prices.gold: 9.999 has 3 decimals, but CNY has 2; write at most 2 decimals",
			"f.yaml:4:32: member_prices.Plus: this name does not have the right form; write small letters, digits, _ and -, with a letter first",
		)},
		{"price of a region in its currency", price + "  region_prices:\n    JP: {currency: JPY, price: 390.5}\n    KW: {currency: KWD, price: 3.905}\n    NO: {price: 3}\n", "f.yaml:5:32: region_prices.JP.price: 390.5 has 1 decimal, but JPY has 0; write a whole number"},
		{"window without a zone", price + "  starts_at: 2026-11-11 00:00:00\n", `f.yaml:4:14: starts_at: "2026-11-11 00:00:00" has no zone, so it could be hours off; write 2026-11-11T00:00:00+08:00, with the zone that is meant`},
		{"misspelt", price + "  list_prize: 29.90\n", "f.yaml:4:3: list_prize: unknown field; write list_price"},
		{"null is no price", price + "  list_price: null\n", "f.yaml:4:15: list_price: null where a number is wanted; write the digits without quotes, or delete the line"},
	})
	checkFiles(t, built(t, "stock"), "f.yaml", []fileCase{
		{"owned by the shop", "- sku: A\n  location: L\n  allocation: 5\n  remaining: 4\n", "f.yaml:4:3: remaining: the shop writes this field at run time; remove it from the data repository"},
		{"half a unit", "- {sku: A, location: L, allocation: 2.5}\n", `f.yaml:1:37: allocation: "2.5" is not a whole number; write digits only`},
	})
	coupon := "- id: c\n  code: SECRET99\n  given_by: code\n  title: t\n  currency: CNY\n  applies_to: {everything: true}\n" +
		"  starts_at: 2026-11-11T00:00:00Z\n  ends_at: 2026-11-12T00:00:00Z\n  stackable: true\n"
	checkFiles(t, built(t, "coupon"), "f.yaml", []fileCase{
		{"good", coupon + "  discount: {type: percent_off, percent: 15}\n", `{"applies_to":{"everything":true},"code":"SECRET99","currency":"CNY","discount":{"percent":15,"type":"percent_off"},"ends_at":"2026-11-12T00:00:00Z","given_by":"code","id":"c","stackable":true,"starts_at":"2026-11-11T00:00:00Z","title":"t"}`},
		{"code too short", "- {id: c, code: ABC}\n", lines(
			"f.yaml:1:3: applies_to: required field is missing; add applies_to: ...",
			"f.yaml:1:3: currency: required field is missing; add currency: ...",
			"f.yaml:1:3: discount: required field is missing; add discount: ...",
			"f.yaml:1:3: ends_at: required field is missing; add ends_at: ...",
			"f.yaml:1:3: given_by: required field is missing; add given_by: ...",
			"f.yaml:1:3: stackable: required field is missing; add stackable: ...",
			"f.yaml:1:3: starts_at: required field is missing; add starts_at: ...",
			"f.yaml:1:3: title: required field is missing; add title: ...",
			"f.yaml:1:17: code: the text is too short; write at least 4 characters",
		)},
		{"field of another type of discount", coupon + "  discount: {type: percent_off, percent: 15, amount: 5}\n", "f.yaml:10:46: discount.amount: this field is not allowed here; remove it"},
		{"field of the discount missing", coupon + "  discount: {type: amount_off}\n", "f.yaml:10:13: discount.amount: required field is missing; add amount: ..."},
		{"unknown type of discount", coupon + "  discount: {type: percentoff, percent: 15}\n", `f.yaml:10:20: discount.type: "percentoff" is not one of the allowed values; write one of percent_off, amount_off, fixed_price, spend_and_save, buy_and_get, bundle_price, gift, free_shipping (did you mean percent_off?)`},
		{"targets nothing", "- id: c\n  given_by: claim\n  title: t\n  currency: CNY\n  starts_at: 2026-11-11T00:00:00Z\n  ends_at: 2026-11-12T00:00:00Z\n  stackable: true\n  discount: {type: free_shipping}\n  applies_to: {}\n", "f.yaml:9:15: applies_to: one of these fields must be there; add everything or skus or categories or brands or tags"},
	})
}

package spec_test

import (
	"context"
	"testing"

	"github.com/promoctl/promoctl/spec"
)

const slipSchema = `{"type": "object", "x-key": ["sku"], "required": ["sku", "price"], "additionalProperties": false, "properties": {
	"sku": {"type": "string"}, "price": {"type": "number"}, "stock": {"type": "integer"}, "note": {"type": "string"}, "at": {"type": "string", "format": "date-time"},
	"channels": {"type": "object", "additionalProperties": {"type": "number"}}, "code": {"type": "number", "x-sensitive": true},
	"parts": {"type": "object", "properties": {"qty": {"type": "number"}}, "required": ["qty"]}}}`

// TestCommas is about numbers that a comma in braces broke into members.
func TestCommas(t *testing.T) {
	checkFiles(t, dataset(t, slipSchema), "f.yaml", []fileCase{
		{"decimals", "- {sku: a, price: 37,90}", "f.yaml:1:19: price: 37,90 has a comma; write 37.90"},
		{"a space", "- {sku: a, price: 37, 90}", "f.yaml:1:19: price: 37,90 has a comma; write 37.90"},
		{"in a map of numbers", "- {sku: a, price: 1, channels: {gold: 37,90, web: 1}}", "f.yaml:1:39: channels.gold: 37,90 has a comma; write 37.90"},
		{"thousands of an integer", "- {sku: a, price: 1, stock: 1,000}", "f.yaml:1:29: stock: 1,000 has a comma; write 1000"},
		{"three digits of a number", "- {sku: a, price: 1,000}", "f.yaml:1:19: price: 1,000 has a comma; write 1000, or 1.000 if the comma is a decimal one"},
		{"thousands and decimals", "- {sku: a, price: 1,299.50}", "f.yaml:1:19: price: 1,299.50 has a comma; write 1299.50"},
		{"millions", "- {sku: a, price: 1,234,567}", "f.yaml:1:19: price: 1,234,567 has a comma; write 1234567"},
		{"of an unknown field", "- {sku: a, price: 1, stok: 1,5}", lines("f.yaml:1:22: stok: unknown field; write stock", "f.yaml:1:28: stok: 1,5 has a comma; write 1.5")},
		{"a secret", "- {sku: a, price: 1, code: 1,5}", "f.yaml:1:28: code: the value has a comma; write a point for decimals and nothing between thousands"},
		{"no number before it", "- {sku: a, price: x,90}", lines(`f.yaml:1:19: price: "x" is not a number; write digits with a point for decimals, such as 19.90`, "f.yaml:1:21: 90: unknown field; the fields are at, channels, code, note, parts, price, sku, stock")},
		{"first of all", "- {90, sku: a, price: 1}", "f.yaml:1:4: 90: unknown field; the fields are at, channels, code, note, parts, price, sku, stock"},
		{"one a line", "- sku: a\n  price: 1\n  90:\n", "f.yaml:3:3: 90: unknown field; the fields are at, channels, code, note, parts, price, sku, stock"},
		{"a name of digits", "- {sku: a, price: 1, channels: {90: 1}}", `{"channels":{"90":1},"price":1,"sku":"a"}`},
	})
}

// TestBlankRequired is about fields that cannot be left out.
func TestBlankRequired(t *testing.T) {
	checkFiles(t, dataset(t, slipSchema), "f.yaml", []fileCase{
		{"required", "- sku: a\n  price:\n", "f.yaml:2:9: price: empty value; write a number"},
		{"required, null", "- sku: a\n  price: null\n", "f.yaml:2:10: price: null where a number is wanted; write the digits without quotes"},
		{"required text", "- sku: ~\n  price: 1\n", `f.yaml:1:8: sku: ~ (null) where a text is wanted; write "~" in quotes if that is the text`},
		{"required in an object", "- sku: a\n  price: 1\n  parts:\n    qty:\n", "f.yaml:4:9: parts.qty: empty value; write a number"},
		{"optional", "- sku: a\n  price: 1\n  stock:\n", "f.yaml:3:9: stock: empty value; write a whole number, or delete the line"},
		{"optional time", "- sku: a\n  price: 1\n  at:\n", "f.yaml:3:6: at: empty value; write a time like 2026-11-11T00:00:00+08:00, or delete the line"},
	})
}

// TestNotAList is about files that hold records in something else than a list.
func TestNotAList(t *testing.T) {
	const yaml = `f.yaml:1:1: the file must be a list of records of dataset things; start each record with "- "`
	checkFiles(t, dataset(t, slipSchema), "f.yaml", []fileCase{
		{"under a name", "things:\n  - {sku: a, price: 1}\n", yaml},
		{"with more around it", "version: 1\nthings:\n  - {sku: a, price: 1}\n", yaml},
		{"by key", "A-1: {price: 1}\nA-2: {price: 2}\n", yaml},
		{"one record", "sku: a\nprice: 1\n", `{"price":1,"sku":"a"}`},
		{"one record with an unknown field", "sku: a\nprice: 1\nparst: {qty: 1}\n", "f.yaml:3:1: parst: unknown field; write parts"},
		{"nothing nested", "colour: red\n", lines("f.yaml:1:1: colour: unknown field; the fields are at, channels, code, note, parts, price, sku, stock",
			"f.yaml:1:1: price: required field is missing; add price: ...", "f.yaml:1:1: sku: required field is missing; add sku: ...")},
	})
	checkFiles(t, dataset(t, slipSchema), "f.json", []fileCase{
		{"JSON", `{"A-1": {"price": 1}}`, "f.json:1:1: the file must be a list of records of dataset things; put all records between [ and ]"},
	})
	checkFiles(t, dataset(t, "", "key: [id]"), "f.yaml", []fileCase{
		{"no schema", "a: {x: 1}\n", yaml},
		{"no schema, with the key", "id: a\nx: {y: 1}\n", `{"id":"a","x":{"y":1}}`},
	})
}

// TestFileNotes is about names of files that may be slips.
func TestFileNotes(t *testing.T) {
	const pipeline = `apiVersion: promoctl.dev/v1
kind: Pipeline
metadata: {name: shop}
stores: [{name: live, driver: file, url: live}]
datasets:
  - {name: prices, files: ["prices/**/*.yaml", "sale/*.yaml", "!prices/drafts/**"], kind: price}
  - {name: stock, files: [stock.yaml], schema: prices/stock.json, key: [id]}
`
	names := files{
		spec.PipelineFile: pipeline, "prices/stock.json": `{"type": "object"}`,
		"prices/a.yaml": "", "prices/b.yml": "", "prices/x/c.JSON": "", "prices/D.YAML": "", "Prices/e.yaml": "", "prices/drafts/f.yml": "",
		"prices/readme.md": "", "prices/.g.yml": "", "stock.yml": "", "other.yml": "", "docs/h.yaml": "",
	}
	p := load(t, names)
	notes, err := p.FileNotes(context.Background(), spec.DirSource(write(t, names)))
	if err != nil {
		t.Fatal(err)
	}
	untaken := func(name string) string {
		return "no dataset takes " + name + "; rename it, or add a pattern to files in promoctl.yaml"
	}
	equal(t, []string{
		"dataset prices: no file matches sale/*.yaml", "dataset stock: no file matches stock.yaml",
		untaken("Prices/e.yaml"), untaken("prices/D.YAML"), untaken("prices/b.yml"), untaken("prices/x/c.JSON"), untaken("stock.yml"),
	}, notes)
	for _, n := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
		names["prices/n"+n+".yml"] = ""
	}
	if notes, err = p.FileNotes(context.Background(), spec.DirSource(write(t, names))); err != nil {
		t.Fatal(err)
	}
	equal(t, "no dataset takes 3 files more", notes[len(notes)-1])
	equal(t, 13, len(notes))
}

package spec_test

import (
	"strings"
	"testing"
)

func TestJSONFiles(t *testing.T) {
	checkFiles(t, dataset(t, idSchema), "f.json", []fileCase{
		{"a list of records", `[{"id": "a", "price": 1.50}]`, `{"id":"a","price":1.5}`},
		{"one record, with tabs", "{\n\t\"id\": \"a\",\n\t\"price\": 1e2\n}\n", `{"id":"a","price":100}`},
		{"empty file", "", ""},
		{"white space only", " \n", ""},
		{"byte order mark", "\ufeff[{\"id\": \"a\"}]", `{"id":"a"}`},
		{"escapes", `[{"id": "a", "note": "\u0061\/\"\\\n\t"}]`, `{"id":"a","note":"a/\"\\\n\t"}`},
		{"surrogate pair", `[{"id": "a", "note": "\ud83d\ude00"}]`, `{"id":"a","note":"😀"}`},
		{"half a surrogate pair", lines(`[`, `{"id": "a", "note": "x\ud83d"}]`), "f.json:2:21: half a surrogate pair stands for no character; write both halves, or the character itself"},
		{"replacement characters as such", `[{"id": "a", "note": "� \uFFFD"}]`, `{"id":"a","note":"� �"}`},
		{"NUL escape", `[{"id": "a", "note": "\u0000"}]`, "f.json:1:22: note: the text has a NUL character, which databases cannot hold; remove it"},
		{"line separator of Unicode", "[{\"id\": \"a\", \"note\": \"x\u2028y\"}]", "{\"id\":\"a\",\"note\":\"x\u2028y\"}"},
		{"positions", "[\n  {\"id\": \"a\"},\n  {\"id\": \"价格\", \"price\": \"x\",\n\t\"note\": 5}\n]", lines(`{"id":"a"}`, `f.json:3:25: price: text in quotes where a number is wanted; write the digits without quotes`)},
		{"number in quotes", `[{"id": "a", "price": "1.50"}]`, "f.json:1:23: price: text in quotes where a number is wanted; write the digits without quotes"},
		{"null", `[{"id": "a", "note": null}]`, `f.json:1:22: note: null where a text is wanted; write "null" in quotes if that is the text, or delete the line`},
		{"texts that YAML would convert", `[{"id": "0123", "note": "yes"}]`, `{"id":"0123","note":"yes"}`},
		{"name twice", lines(`[{"id": "a",`, `"id": "b"}]`), "f.json:2:1: id: the field stands twice in this record; delete one of them"},
		{"name twice, nested", lines(`[{"id": "a", "more": {"x": 1,`, `"x": 1}}]`), "f.json:2:1: more.x: the field stands twice in this record; delete one of them"},
		{"comma before the end of a list", lines(`[{"id": "a"},`, `]`), "f.json:2:1: not valid JSON: a comma before the closing bracket; delete the comma"},
		{"comma before the end of an object", `[{"id": "a",}]`, "f.json:1:13: not valid JSON: a comma before the closing bracket; delete the comma"},
		{"comma missing in a list", lines(`[{"id": "a"}`, ` {"id": "b"}]`), "f.json:2:2: not valid JSON: something is missing between two values; put a comma there"},
		{"comma missing in an object", lines(`[{"id": "a"`, `  "price": 1}]`), "f.json:2:3: not valid JSON: something is missing between two values; put a comma there"},
		{"two commas", `[{"id": "a",, "price": 1}]`, "f.json:1:13: not valid JSON: a comma too many; delete it"},
		{"colon missing", `[{"id" "a"}]`, "f.json:1:8: not valid JSON: something is missing behind a name; put a colon there"},
		{"two values", lines(`{"id": "a"}`, `{"id": "b"}`, ``), "f.json:2:1: more text after the JSON value; put all records into one list [...]"},
		{"JSON Lines with a tail", "[] x", "f.json:1:4: more text after the JSON value; put all records into one list [...]"},
		{"comment", lines(`[`, `  // sale`, `  {"id": "a"}`, `]`), "f.json:2:3: not valid JSON: JSON has no comments; delete the comment, or rename the file to .yaml"},
		{"single quotes", "[{'id': 'a'}]", "f.json:1:3: not valid JSON: a name or text without double quotes; put it into double quotes"},
		{"name without quotes", `[{id: "a"}]`, "f.json:1:3: not valid JSON: a name or text without double quotes; put it into double quotes"},
		{"leading zero", `[{"id": "a", "price": 0123}]`, "f.json:1:24: not valid JSON: a number that starts with 0; write it without the zero, or in quotes if it is text"},
		{"plus sign", `[{"id": "a", "price": +5}]`, "f.json:1:23: not valid JSON: a number that JSON does not have; write a plain decimal number such as 19.90"},
		{"NaN", `[{"id": "a", "price": NaN}]`, "f.json:1:23: not valid JSON: invalid character 'N' looking for beginning of value; write a text in double quotes, a number, true, false, null, a list or an object"},
		{"raw tab in a text", "[{\"id\": \"a\tb\"}]", `f.json:1:9: not valid JSON: a line break, tab or control character inside of a text; write it as \n, \t or \u00...`},
		{"raw line break in a text", lines(`[{"id":`, `"a`, `b"}]`), `f.json:2:1: not valid JSON: a line break, tab or control character inside of a text; write it as \n, \t or \u00...`},
		{"escape that JSON lacks", `[{"id": "a\qb"}]`, `f.json:1:9: not valid JSON: an escape that JSON does not have; write \\ for a backslash`},
		{"half an escape", `[{"id": "\u12"}]`, `f.json:1:9: not valid JSON: half an escape; write \u and four hexadecimal digits`},
		{"misspelt literal", lines(`[{"id": "a", "more":`, `  tru}]`), "f.json:2:3: not valid JSON: a misspelt word; write true, false or null, or put the text into double quotes"},
		{"bracket not closed", `[{"id": "a"}`, "f.json:1:13: not valid JSON: the text ends too early; close every bracket and quote"},
		{"quote not closed", `[{"id": "a}]`, "f.json:1:9: not valid JSON: the text ends too early; close every bracket and quote"},
		{"wrong bracket", `[{"id": "a"]]`, "f.json:1:12: not valid JSON: a list is closed inside of an object; close the object with } first"},
		{"deep nesting", `[{"id": "a", "more": ` + strings.Repeat("[", 100_000), "f.json:1:85: nested more than 64 deep; write a flatter record"},
		{"conflict markers", lines(`[`, `<<<<<<< HEAD`, `{"id": "a"}`, `=======`, `{"id": "b"}`, `>>>>>>> sale`, `]`), `f.json:2:1: conflict markers of a merge: one side has "{\"id\": \"a\"}", the other has "{\"id\": \"b\"}"; keep one of them and delete the lines <<<<<<<, ======= and >>>>>>>`},
	})
}

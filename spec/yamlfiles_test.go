package spec_test

import (
	"strings"
	"testing"

	"github.com/promoctl/promoctl/spec"
)

const idSchema = `{"type": "object", "x-key": ["id"], "required": ["id"], "additionalProperties": false, "properties": {
	"id": {"type": "string"}, "price": {"type": "number"}, "note": {"type": "string"}, "more": {}}}`

// fileCase is a file, and what it holds: the canonical JSON of its records, then problems.
type fileCase struct{ name, text, want string }

func checkFiles(t *testing.T, d *spec.Dataset, file string, cases []fileCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { equal(t, c.want, parsed(d, file, c.text)) })
	}
}

func TestYAMLFiles(t *testing.T) {
	checkFiles(t, dataset(t, idSchema), "f.yaml", []fileCase{
		{"a list of records", "- id: a\n  price: 1.50\n- id: b\n", lines(`{"id":"a","price":1.5}`, `{"id":"b"}`)},
		{"one record", "id: a\nprice: 1.50\n", `{"id":"a","price":1.5}`},
		{"flow style", "[{id: a, price: 1.5}, {price: 2, id: b}]", lines(`{"id":"a","price":1.5}`, `{"id":"b","price":2}`)},
		{"JSON is YAML", `[{"id": "a", "price": 1.50}]`, `{"id":"a","price":1.5}`},
		{"several documents", "- id: a\n---\n- id: b\n---\nid: c\n...\n", lines(`{"id":"a"}`, `{"id":"b"}`, `{"id":"c"}`)},
		{"empty file", "", ""},
		{"white space only", "\n \n", ""},
		{"comments only", "# prices of the sale\n\n# none yet\n", ""},
		{"empty documents", "---\n---\n# nothing\n---\n", ""},
		{"empty list", "[]", ""},
		{"null", "null\n", `f.yaml:1:1: dataset things wants a list of records here; start each record with "- "`},
		{"a text", "hello\n", `f.yaml:1:1: dataset things wants a list of records here; start each record with "- "`},
		{"empty record", "- id: a\n- {}\n", lines(`{"id":"a"}`, `f.yaml:2:3: id: required field is missing; add id: ...`)},
		{"record that is a text", "- id: a\n- b\n- id: c\n", lines(`{"id":"a"}`, `{"id":"c"}`, `f.yaml:2:3: a record is an object; write its fields as name: value`)},
		{"record that is a list", "- [id, a]\n", "f.yaml:1:3: a record is an object; write its fields as name: value"},
		{"record that is missing", "-\n- id: a\n", lines(`{"id":"a"}`, `f.yaml:1:2: a record is an object; write its fields as name: value`)},
		{"UTF-8 with byte order mark", "\ufeff- id: a\n", `{"id":"a"}`},
		{"byte order mark in the middle", "- id: a\n\ufeff- id: b\n", `f.yaml:2:1: an invisible byte order mark (U+FEFF) in the middle of the file; remove it, or write it as \ufeff in double quotes`},
		{"UTF-16 with byte order mark", "\xff\xfe-\x00 \x00i\x00d\x00", "f.yaml:1:1: byte 0xff is not UTF-8; save the file with the encoding UTF-8"},
		{"UTF-16 without", "-\x00 \x00i\x00d\x00", "f.yaml:1:2: a NUL byte, as in UTF-16; save the file with the encoding UTF-8"},
		{"not UTF-8", "- id: a\n  note: caf\xe9\n", "f.yaml:2:12: byte 0xe9 is not UTF-8; save the file with the encoding UTF-8"},
		{"NUL byte", "- id: a\n  note: x\x00y\n", "f.yaml:2:10: a NUL byte, as in UTF-16; save the file with the encoding UTF-8"},
		{"control character", "- id: a\n  note: x\x01y\n", "f.yaml:2:3: not valid YAML: control characters are not allowed; remove the invisible control character"},
		{"CRLF", "- id: a\r\n  note: b\r\n- id: c\r\n", lines(`{"id":"a","note":"b"}`, `{"id":"c"}`)},
		{"CR", "- id: a\r  note: b\r- id: c\r", lines(`{"id":"a","note":"b"}`, `{"id":"c"}`)},
		{"no line end at the end", "- id: a", `{"id":"a"}`},
		{"line separator of Unicode", "- id: a\n  note: \"x\u2028y\"\n- id: b\n", "f.yaml:2:11: an invisible line break (U+2028) that YAML parsers disagree about; remove it"},
		{"next line of Unicode", "- id: a\n  note: x\u0085y\n", "f.yaml:2:10: an invisible line break (U+0085) that YAML parsers disagree about; remove it"},
		{"wide characters count one column", "- {note: 价格 é, price: x}\n", lines(`f.yaml:1:3: id: required field is missing; add id: ...`, `f.yaml:1:23: price: "x" is not a number; write digits with a point for decimals, such as 19.90`)},
		{"tab as indentation", "- id: a\n\tnote: b\n", "f.yaml:2:1: not valid YAML: found a tab character that violates indentation; indent with spaces, not tabs"},
		{"tab after a colon", "- id:\ta\n", `{"id":"a"}`},
		{"directive", "%YAML 1.2\n---\n- id: a\n", "f.yaml:1:1: not valid YAML: found incompatible YAML document; delete the line %YAML"},
		{"directive of the future", "%YAML 3.0\n---\n- id: a\n", "f.yaml:1:1: not valid YAML: found incompatible YAML document; delete the line %YAML"},
		{"alias of a value", "- id: a\n  note: &n shared\n- id: b\n  note: *n\n", lines(`{"id":"a","note":"shared"}`, `{"id":"b","note":"shared"}`)},
		{"alias of an object", "- id: a\n  more: &m {x: [1, 2]}\n- id: b\n  more: *m\n", lines(`{"id":"a","more":{"x":[1,2]}}`, `{"id":"b","more":{"x":[1,2]}}`)},
		{"alias of a record is a second record", "- &r {id: a}\n- *r\n", lines(`{"id":"a"}`, `f.yaml:2:3: key "a" of dataset things stands here and at f.yaml:1:3; delete one of them, or give it another key`)},
		{"alias of an earlier document", "- id: a\n  note: &n x\n---\n- id: b\n  note: *n\n", lines(`{"id":"a","note":"x"}`, `{"id":"b","note":"x"}`)},
		{"problem behind an alias stands at the alias", "- id: a\n  note: &n x\n- id: b\n  price: *n\n", lines(`{"id":"a","note":"x"}`, `f.yaml:4:10: price: "x" is not a number; write digits with a point for decimals, such as 19.90`)},
		{"unknown alias", "- id: a\n- id: b\n  note: *sale\n", "f.yaml:3:3: not valid YAML: unknown anchor; quote a text that starts with *"},
		{"alias inside of itself", "- id: a\n  more: &m [1, {x: *m}]\n", "f.yaml:2:20: the alias stands inside of what it repeats; write the value out"},
		{"merge key", "- &base {id: a, price: 1}\n- <<: *base\n  id: b\n", lines(`{"id":"a","price":1}`, `f.yaml:2:3: the merge key << is not allowed; write the fields out`)},
		{"colon in a text", "- id: a\n- id: b\n  note: now: cheaper\n", `f.yaml:3:3: not valid YAML: mapping values are not allowed in this context; quote a text that contains ": ", and check the indentation`},
		{"too little indentation", "- id: a\n- id: b\n note: c\n- id: d\n", `f.yaml:3:2: not valid YAML: did not find expected '-' indicator; start each record of the list with "- " at the same indentation, and check brackets and quotes`},
		{"too much indentation", "- id: a\n- id: b\n   note: c\n", `f.yaml:3:4: not valid YAML: mapping values are not allowed in this context; quote a text that contains ": ", and check the indentation`},
		{"bracket not closed", "- id: z\n- id: a\n  more: [1, 2\n- id: b\n- id: c\n- id: d\n- id: e\n", "f.yaml:3:3: not valid YAML: did not find expected ',' or ']'; close the list with ] or put a comma between its items"},
		{"bracket closed twice", "- id: a\n- {id: b}}\n- id: c\n", `f.yaml:2:1: not valid YAML: did not find expected '-' indicator; start each record of the list with "- " at the same indentation, and check brackets and quotes`},
		{"quote not closed", lines(`- id: a`, `- id: b`, `  note: "x`, `- id: c`, ``), "f.yaml:3:3: not valid YAML: found unexpected end of stream; close the quote"},
		{"quote not closed on the first line", lines(`- id: "a`, `- id: b`, ``), "f.yaml:1:1: not valid YAML: found unexpected end of stream; close the quote"},
		{"quote closed too early", lines(`- id: a`, `- id: b`, `  note: "x" y`, `- id: c`, ``), "f.yaml:3:3: not valid YAML: did not find expected key; check the indentation and the quotes of this line and of the one before"},
		{"no space after a colon", "- id: a\n  price:5\n  note: b\n", "f.yaml:2:3: not valid YAML: could not find expected ':'; write a colon and a space after the field's name"},
		{"text that starts with @", "- id: a\n- id: @b\n", "f.yaml:2:1: not valid YAML: found character that cannot start any token; indent with spaces, not tabs, and quote a text that starts with @, ` or %"},
		{"text that starts with a backquote", "- id: `b`\n", "f.yaml:1:1: not valid YAML: found character that cannot start any token; indent with spaces, not tabs, and quote a text that starts with @, ` or %"},
		{"text that starts with %", "- id: a\n- id: %b\n", "f.yaml:2:1: not valid YAML: found character that cannot start any token; indent with spaces, not tabs, and quote a text that starts with @, ` or %"},
		{"text that starts with &", "- id: a\n  note: & more\n", "f.yaml:2:3: not valid YAML: did not find expected alphabetic or numeric character; quote a text that starts with & or *"},
		{"text that starts with >", "- id: a\n  note: >50 off\n", "f.yaml:2:3: not valid YAML: did not find expected comment or line break; quote a text that starts with > or |"},
		{"escape that YAML lacks", lines(`- id: "a\q"`, ``), `f.yaml:1:1: not valid YAML: found unknown escape character; write \\ for a backslash, or use single quotes`},
		{"surrogate pair", lines(`- id: a`, `  note: "\ud83d\ude00"`, ``), "f.yaml:2:3: not valid YAML: found invalid Unicode character escape code; write the character itself instead of its escape"},
		{"list item on the line of its field", "- id: a\n- id: b\n  more: - c\n", "f.yaml:3:3: not valid YAML: block sequence entries are not allowed in this context; start a list on a line of its own, or quote the text"},
		{"fields after a list of records", "- id: a\n- id: b\nprice: 2\n", `f.yaml:3:1: not valid YAML: did not find expected '-' indicator; start each record of the list with "- " at the same indentation, and check brackets and quotes`},
		{"end of document in the middle", "id: a\n...\nid: b\n", "f.yaml:3:1: not valid YAML: did not find expected <document start>; write --- between documents"},
		{"conflict markers", "- id: a\n<<<<<<< HEAD\n  price: 199.00\n=======\n  price: 189.00\n>>>>>>> sale\n- id: b\n", `f.yaml:2:1: conflict markers of a merge: one side has "price: 199.00", the other has "price: 189.00"; keep one of them and delete the lines <<<<<<<, ======= and >>>>>>>`},
		{"conflict markers with CRLF", "- id: a\r\n<<<<<<< HEAD\r\n  price: 199.00\r\n=======\r\n  price: 189.00\r\n>>>>>>> sale\r\n", `f.yaml:2:1: conflict markers of a merge: one side has "price: 199.00", the other has "price: 189.00"; keep one of them and delete the lines <<<<<<<, ======= and >>>>>>>`},
		{"conflict markers with the ancestor", "- id: a\n<<<<<<< HEAD\n  price: 199.00\n||||||| 1a2b3c4\n  price: 209.00\n=======\n  price: 189.00\n>>>>>>> sale\n", `f.yaml:2:1: conflict markers of a merge: one side has "price: 199.00", the other has "price: 189.00"; keep one of them and delete the lines <<<<<<<, ======= and >>>>>>>`},
		{"two conflicts, long sides and a deletion", "<<<<<<< HEAD\n- id: a\n  price: 1\n  note: x\n  more: 2\n  # five\n=======\n>>>>>>> sale\n- id: b\n<<<<<<< HEAD\n  price: 2\n=======\n  price: 3\n>>>>>>> sale\n", lines(`f.yaml:1:1: conflict markers of a merge: one side has "- id: a | price: 1 | note: x" and 2 more lines, the other has nothing; keep one of them and delete the lines <<<<<<<, ======= and >>>>>>>`, `f.yaml:10:1: conflict markers of a merge: one side has "price: 2", the other has "price: 3"; keep one of them and delete the lines <<<<<<<, ======= and >>>>>>>`)},
		{"conflict marker without its end", "- id: a\n<<<<<<< HEAD\n  price: 1\n", "f.yaml:2:1: part of a conflict marker that a merge left behind; see which lines belong to which side, keep one side and delete the marker"},
		{"conflict markers left at the end", "- id: a\n=======\n- id: b\n>>>>>>> sale\n", "f.yaml:2:1: part of a conflict marker that a merge left behind; see which lines belong to which side, keep one side and delete the marker\nf.yaml:4:1: part of a conflict marker that a merge left behind; see which lines belong to which side, keep one side and delete the marker"},
		{"text that looks like a marker", "- id: a\n  note: |\n    =======\n    <<<<<<< HEAD\n  price: 1\n# =======\n", `{"id":"a","note":"=======\n<<<<<<< HEAD\n","price":1}`},
		{"same key twice", "- id: a\n- id: b\n- id: a\n- id: a\n", lines(`{"id":"a"}`, `{"id":"b"}`, `f.yaml:3:3: key "a" of dataset things stands here and at f.yaml:1:3; delete one of them, or give it another key`, `f.yaml:4:3: key "a" of dataset things stands here and at f.yaml:1:3; delete one of them, or give it another key`)},
		{"same key twice over documents", "id: a\n---\nid: a\n", lines(`{"id":"a"}`, `f.yaml:3:1: key "a" of dataset things stands here and at f.yaml:1:1; delete one of them, or give it another key`)},
		{"same key, one broken", "- id: a\n- id: a\n  price: x\n", lines(`{"id":"a"}`, `f.yaml:3:10: price: "x" is not a number; write digits with a point for decimals, such as 19.90`)},
		{"deep nesting", "- id: a\n  more: " + strings.Repeat("[", 10_050) + "\n", "f.yaml:2:3: not valid YAML: exceeded max depth of 10000; write a flatter record"},
		{"every problem at once, in order", "- id: a\n  price: 0123\n  txet: x\n  note:\n- price: 5\n- id: b\n- id: b\n- id: c\n  note: null\n", lines(`{"id":"b"}`, `f.yaml:2:10: price: "0123" would be octal to some YAML parsers; write it without leading zeros`, `f.yaml:3:3: txet: unknown field; the fields are id, more, note, price`, `f.yaml:4:8: note: empty value; write a text, or delete the line`, `f.yaml:5:3: id: required field is missing; add id: ...`, `f.yaml:7:3: key "b" of dataset things stands here and at f.yaml:6:3; delete one of them, or give it another key`, `f.yaml:9:9: note: null where a text is wanted; write "null" in quotes if that is the text, or delete the line`)},
	})
}

package spec_test

import (
	"strings"
	"testing"
)

const secretSchema = `{"type": "object", "x-key": ["id"], "additionalProperties": false, "properties": {
	"id": {"type": "string"}, "of": {"type": "string", "maxLength": 3, "x-ref": {"kind": "product"}, "x-sensitive": true}, "note": {"type": "string"},
	"kind": {"type": "string", "enum": ["S3CREX", "b"], "x-sensitive": true},
	"code": {"type": "string", "pattern": "^[A-Z0-9]+$", "maxLength": 10, "x-sensitive": true},
	"pin": {"type": "number", "minimum": 1000, "x-sensitive": true},
	"flag": {"type": "boolean", "x-sensitive": true},
	"at": {"type": "string", "format": "date-time", "x-sensitive": true},
	"mail": {"type": "string", "format": "email", "x-sensitive": true},
	"fixed": {"const": "S4CRET", "x-sensitive": true},
	"any": {"x-sensitive": true},
	"amount": {"type": "number", "x-money": {"code": "EUR"}, "x-sensitive": true},
	"box": {"type": "object", "additionalProperties": false, "properties": {"pin": {"type": "number"}}, "x-sensitive": true},
	"map": {"type": "object", "propertyNames": {"pattern": "^[a-z]*$"}, "additionalProperties": {"type": "number"}, "x-sensitive": true},
	"list": {"type": "array", "items": {"type": "number"}, "x-sensitive": true}}}`

// TestSensitiveValuesAreNotShown: whatever is wrong with a sensitive field, the problem
// does not say what stands in it, nor does that of a conflict.
func TestSensitiveValuesAreNotShown(t *testing.T) {
	d := dataset(t, secretSchema)
	cases := []fileCase{
		{"enum", "- {id: a, kind: S3CRET}\n", "f.yaml:1:17: kind: the value is not one of the allowed values; write one of S3CREX, b"},
		{"pattern", "- {id: a, code: s3cret}\n", "f.yaml:1:17: code: the value does not have the right form; write a text that matches ^[A-Z0-9]+$"},
		{"too long", "- {id: a, code: S3CRETS3CRETS3CRETS3CRET}\n", "f.yaml:1:17: code: the text has 24 characters; write at most 10"},
		{"minimum", "- {id: a, pin: 12}\n", "f.yaml:1:16: pin: the value is too small; write at least 1000"},
		{"number", "- {id: a, pin: S3CRET}\n", "f.yaml:1:16: pin: the value is not a number; write digits without quotes, with a point for decimals"},
		{"digits", "- {id: a, pin: 0345}\n", "f.yaml:1:16: pin: the value is not a number; write digits without quotes, with a point for decimals"},
		{"boolean", "- {id: a, flag: S3CRET}\n", "f.yaml:1:17: flag: the value is not true or false; write true or false"},
		{"time", "- {id: a, at: S3CRET}\n", "f.yaml:1:15: at: the value is not a time of RFC 3339 with a zone; write it like 2026-11-11T00:00:00+08:00"},
		{"union", "- {id: a, any: 0345}\n- {id: b, any: [345_0]}\n", "f.yaml:1:16: any: the value means different things to different YAML parsers; write it in quotes if it is text, else true, false, null or a plain decimal number\nf.yaml:2:17: any: the value means different things to different YAML parsers; write it in quotes if it is text, else true, false, null or a plain decimal number"},
		{"money", "- {id: a, amount: 3.456}\n", "f.yaml:1:19: amount: the value has 3 decimals, but EUR has 2; write at most 2 decimals"},
		{"inside of a sensitive object", "- {id: a, box: {pin: S3CRET, S3CRET: 1}}\n", "f.yaml:1:22: box: the value is not a number; write digits without quotes, with a point for decimals\nf.yaml:1:30: box: unknown field; the fields are pin"},
		{"names inside of a sensitive object", "- {id: a, map: {S3CRET: x}}\n", "f.yaml:1:25: map: the value is not a number; write digits without quotes, with a point for decimals"},
		{"inside of a sensitive list", "- {id: a, list: [S3, {S3CRET: 1}]}\n", "f.yaml:1:18: list: the value is not a number; write digits without quotes, with a point for decimals\nf.yaml:1:22: list: an object where a number is wanted; write the digits without quotes"},
		{"names that the schema refuses", "- {id: a, map: {S3CRET: 1}}\n", "f.yaml:1:17: map: this name does not have the right form; write a text that matches ^[a-z]*$"},
		{"reference", "- {id: a, of: S3CRET}\n", "f.yaml:1:15: of: the text has 6 characters; write at most 3"},
		{"tag", "- {id: a, code: !S3CRET x}\n", "f.yaml:1:17: code: tag (hidden) is not allowed; write the value without a tag, in quotes if it is text"},
		{"anchor", "- {id: a, code: *S3CRET}\n", "f.yaml:1:1: not valid YAML: unknown anchor; quote a text that starts with *"},
		{"format", "- {id: a, mail: S3CRET}\n", "f.yaml:1:17: mail: the value is not a valid email; write it like name@example.com"},
		{"const", "- {id: a, fixed: S3CRET}\n", "f.yaml:1:18: fixed: the value is not the expected value; write S4CRET"},
		{"two wrong at once", "- {id: a, code: s3, pin: S3CRET, note: 5}\n", "f.yaml:1:17: code: the value does not have the right form; write a text that matches ^[A-Z0-9]+$\nf.yaml:1:26: pin: the value is not a number; write digits without quotes, with a point for decimals"},
		{"conflict", "- id: a\n<<<<<<< HEAD\n  code: S3CRET\n  note: cheaper\n=======\n  code: S3CRET2\n  note: S3CRET without code\n>>>>>>> sale\n", `f.yaml:2:1: conflict markers of a merge: one side has "code: (hidden) | note: cheaper", the other has "code: (hidden) | (hidden)"; keep one of them and delete the lines <<<<<<<, ======= and >>>>>>>`},
		{"conflict in flow style", "<<<<<<< HEAD\n- {id: a, code: S3CRET}\n- {note: b, code: S3CRET}\n=======\n- {id: a, note: b}\n  S3CRET\n>>>>>>> sale\n", `f.yaml:1:1: conflict markers of a merge: one side has "(hidden) | (hidden)", the other has "- {id: a, note: b} | (hidden)"; keep one of them and delete the lines <<<<<<<, ======= and >>>>>>>`},
	}
	checkFiles(t, d, "f.yaml", cases)
	for _, c := range cases {
		for _, secret := range []string{"S3CRET", "s3cret", "0345", "345", "3.456", "S3,"} {
			if got := parsed(d, "f.yaml", c.text); strings.Contains(got, secret) {
				t.Errorf("%s shows %q: %s", c.name, secret, got)
			}
		}
	}
}

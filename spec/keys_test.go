package spec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/spec"
)

func TestRecordsUnderAPath(t *testing.T) {
	checkFiles(t, dataset(t, idSchema, "records: catalog.items"), "f.yaml", []fileCase{
		{"under a path", "vendor: v\ncatalog:\n  region: x\n  items:\n    - id: a\n    - id: b\n", lines(`{"id":"a"}`, `{"id":"b"}`)},
		{"in two documents", "catalog: {items: [{id: a}]}\n---\ncatalog: {items: [{id: b}]}\n", lines(`{"id":"a"}`, `{"id":"b"}`)},
		{"none", "catalog: {items: []}\n", ""},
		{"path missing", "vendor: v\n", "f.yaml:1:1: catalog: the records of dataset things are not here; put them in a list under catalog.items"},
		{"path missing further down", "catalog:\n  itemz: []\n", "f.yaml:2:3: catalog.items: the records of dataset things are not here; put them in a list under catalog.items"},
		{"path ends at nothing", "catalog:\n  items:\n", "f.yaml:2:9: catalog.items: empty value; write [] for no records"},
		{"path ends at a text", "catalog:\n  items: none\n", `f.yaml:2:10: catalog.items: dataset things wants a list of records here; start each record with "- "`},
		{"path ends at an object", "catalog:\n  items: {id: a}\n", `f.yaml:2:10: catalog.items: dataset things wants a list of records here; start each record with "- "`},
		{"path leads through a text", "catalog: none\n", "f.yaml:1:10: catalog.items: the records of dataset things are not here; put them in a list under catalog.items"},
		{"document is a list", "- id: a\n", "f.yaml:1:1: catalog: the records of dataset things are not here; put them in a list under catalog.items"},
		{"field of the document twice", "catalog: {items: [{id: a}]}\ncatalog: {items: [{id: b}]}\n", lines(`{"id":"a"}`, `f.yaml:2:1: catalog: the field stands twice in this document; delete one of them`)},
		{"field of an inner object twice", "catalog:\n  items: [{id: a}]\n  items: [{id: b}]\n", lines(`{"id":"a"}`, `f.yaml:3:3: items: the field stands twice in this document; delete one of them`)},
		{"merge key around the records", "x: &x {items: []}\ncatalog:\n  <<: *x\n  items: [{id: a}]\n", lines(`{"id":"a"}`, `f.yaml:3:3: the merge key << is not allowed; write the fields out`)},
		{"tag", "catalog:\n  items: !!seq [{id: a}]\n", "f.yaml:2:10: tag !!seq is not allowed; write the records without a tag"},
		{"empty file", "", ""},
	})
}

// checkKeys is checkFiles for the keys of the records.
func checkKeys(t *testing.T, d *spec.Dataset, cases []fileCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, problems := d.Parse("f.yaml", []byte(c.text))
			var got []string
			for _, r := range p.Records {
				got = append(got, string(r.Key))
			}
			for _, problem := range problems {
				got = append(got, problem.String())
			}
			equal(t, c.want, strings.Join(got, "\n"))
		})
	}
}

func TestKeysFromTheDocument(t *testing.T) {
	checkKeys(t, dataset(t, "", "records: models", "key: [$file.vendor, $file.meta.region, id]"), []fileCase{
		{"fields of the document", "vendor: acme\nmeta: {region: eu}\nmodels: [{id: a}, {id: b}]\n", "acme/eu/a\nacme/eu/b"},
		{"as they are written", "vendor: 0123\nmeta: {region: 'no'}\nmodels: [{id: 1.10}, {id: true}]\n", "0123/no/1.1\n0123/no/true"},
		{"one for each document", "vendor: x\nmeta: {region: eu}\nmodels: [{id: a}]\n---\nvendor: y\nmeta: {region: eu}\nmodels: [{id: a}]\n", "x/eu/a\ny/eu/a"},
		{"missing, said once", "meta: {region: eu}\nmodels: [{id: a}, {id: b}]\n", "f.yaml:1:1: vendor: the key needs this field of the document; add it with a text"},
		{"empty", "vendor:\nmeta: {region: ''}\nmodels: [{id: a}]\n", "f.yaml:1:8: vendor: the key needs this field of the document; add it with a text\nf.yaml:2:16: meta.region: a part of the key is empty; write a text"},
		{"an object", "vendor: {x: 1}\nmeta: {region: eu}\nmodels: [{id: a}]\n", "f.yaml:1:9: vendor: the key needs this field of the document; add it with a text"},
		{"with a tag", "vendor: !!str 5\nmeta: {region: eu}\nmodels: [{id: a}]\n", "f.yaml:1:9: vendor: a tag is not allowed here; write the value without it"},
	})
}

func TestCompositeAndNestedKeys(t *testing.T) {
	schema := `{"type": "object", "properties": {"sku": {"type": "string"}, "level": {"type": "number"},
		"place": {"type": "object", "properties": {"zone": {"type": ["string", "null"]}}}}}`
	checkKeys(t, dataset(t, schema, "key: [sku, place.zone, level]"), []fileCase{
		{"composite and nested", "- {sku: A-1, place: {zone: north}, level: 2}\n", "A-1/north/2"},
		{"a number has one spelling", "- {sku: A, place: {zone: n}, level: 1.50}\n- {sku: A, place: {zone: n}, level: 15e-1}\n", lines(`A/n/1.5`, `f.yaml:2:3: key "A/n/1.5" of dataset things stands here and at f.yaml:1:3; delete one of them, or give it another key`)},
		{"slash and per cent", "- {sku: a/b%c, place: {zone: '%2F'}, level: 1}\n", "a%2Fb%25c/%252F/1"},
		{"parts missing", "- {sku: A}\n- {place: {zone: n}, level: 1}\n- {sku: A, place: {}, level: 1}\n", "f.yaml:1:3: level: the key of dataset things needs this field; add it with a text or a number\nf.yaml:1:3: place.zone: the key of dataset things needs this field; add it with a text or a number\nf.yaml:2:3: sku: the key of dataset things needs this field; add it with a text or a number\nf.yaml:3:19: place.zone: the key of dataset things needs this field; add it with a text or a number"},
		{"parts null or empty", "- {sku: '', place: {zone: null}, level: 1}\n", "f.yaml:1:9: sku: a part of the key is empty; write a text\nf.yaml:1:27: place.zone: the key of dataset things needs this field; add it with a text or a number"},
		{"part of a wrong type is said once", "- {sku: A, place: n, level: x}\n", lines(`f.yaml:1:19: place: "n" where an object is wanted; write its fields below it, indented`, `f.yaml:1:29: level: "x" is not a number; write digits with a point for decimals, such as 19.90`)},
	})
}

func TestTextsThatMakeNoKey(t *testing.T) {
	checkKeys(t, dataset(t, idSchema), []fileCase{
		{"space inside is fine", "- id: New York\n", "New York"},
		{"space in front", "- id: ' a'\n", `f.yaml:1:7: id: the key part " a" starts or ends with a space; remove it`},
		{"space behind", "- id: 'a '\n", `f.yaml:1:7: id: the key part "a " starts or ends with a space; remove it`},
		{"tab inside", lines(`- id: "a\tb"`, ``), `f.yaml:1:7: id: the key part "a\tb" has a control character; remove it`},
		{"line end", "- id: |\n    a\n", `f.yaml:1:7: id: the key part "a\n" has a control character; remove it`},
		{"delete character", lines(`- id: "a\x7f"`, ``), `f.yaml:1:7: id: the key part "a\x7f" has a control character; remove it`},
		{"control character of Unicode", lines(`- id: "a\x85b"`, ``), `f.yaml:1:7: id: the key part "a\u0085b" has an invisible character; remove it`},
		{"no-break space", "- id: \"a\u00a0b\"\n", `f.yaml:1:7: id: the key part "a\u00a0b" has an invisible character; remove it`},
		{"zero-width space", "- id: \"a\u200bb\"\n", `f.yaml:1:7: id: the key part "a\u200bb" has an invisible character; remove it`},
		{"marks of direction", lines(`- id: "a\u202eb"`, ``), `f.yaml:1:7: id: the key part "a\u202eb" has an invisible character; remove it`},
		{"composed", lines(`- id: "café"`, `- id: 价格`, ``), "café\n价格"},
		{"decomposed", "- id: \"cafe\u0301\"\n", "f.yaml:1:7: id: the key part \"cafe\u0301\" is not in the composed form of Unicode (NFC), so it looks like another key; write \"caf\u00e9\""},
		{"quotes and signs", lines(`- id: "a'b\"c\\d&e?f#g:h"`, ``), `a'b"c\d&e?f#g:h`},
		{"512 bytes", "- id: " + strings.Repeat("k", 512) + "\n", strings.Repeat("k", 512)},
		{"513 bytes", "- id: " + strings.Repeat("k", 513) + "\n", "f.yaml:1:3: the key has 513 bytes, more than 512; choose a shorter one"},
	})
}

func TestKeyParts(t *testing.T) {
	for _, c := range []struct {
		parts []string
		want  spec.Key
	}{
		{[]string{"SKU-1"}, "SKU-1"},
		{[]string{"a/b"}, "a%2Fb"},
		{[]string{"100%"}, "100%25"},
		{[]string{"%2F"}, "%252F"},
		{[]string{"a", "b"}, "a/b"},
		{[]string{"a/b", "", "c%"}, "a%2Fb//c%25"},
	} {
		got := spec.MakeKey(c.parts...)
		if got != c.want {
			t.Errorf("MakeKey(%q) = %q, want %q", c.parts, got, c.want)
		}
		if diff := cmp.Diff(c.parts, got.Parts()); diff != "" {
			t.Errorf("%q.Parts() (-want +got):\n%s", got, diff)
		}
	}
}

package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/promoctl/promoctl/spec"
)

// realPrices is the pipeline of a few lines that the real price history needs, untyped or
// with a small schema.
func realPrices(t *testing.T, typed bool) *spec.Dataset {
	t.Helper()
	schema := ""
	if typed {
		schema = `, schema: model.json`
	}
	return load(t, files{
		spec.PipelineFile: pipelineText("  - {name: models, files: [\"data/*.json\"], records: models, key: [$file.vendor, id]" + schema + "}\n"),
		"model.json": `{"type": "object", "required": ["id", "name", "price_history"], "additionalProperties": false, "properties": {
			"id": {"type": "string"}, "name": {"type": "string"},
			"price_history": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["input", "output"], "additionalProperties": false, "properties": {
				"input": {"$ref": "#/$defs/price"}, "output": {"$ref": "#/$defs/price"}, "input_cached": {"anyOf": [{"$ref": "#/$defs/price"}, {"type": "null"}]},
				"from_date": {"type": ["string", "null"], "format": "date"}, "to_date": {"type": ["string", "null"], "format": "date"}}}}},
			"$defs": {"price": {"type": "number", "minimum": 0, "x-price": true}}}`,
	}).Datasets[0]
}

func realFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "llm-prices", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRealPrices(t *testing.T) {
	for _, typed := range []bool{false, true} {
		d := realPrices(t, typed)
		for name, c := range map[string]struct {
			records int
			first   spec.Key
			pos     spec.Pos
		}{
			"google.json":    {22, "google/gemini-2.5-pro-preview-03-25", spec.Pos{File: "google.json", Line: 4, Col: 5}},
			"anthropic.json": {17, "anthropic/claude-3.7-sonnet", spec.Pos{File: "anthropic.json", Line: 4, Col: 5}},
		} {
			p, problems := d.Parse(name, realFile(t, name))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			equal(t, c.records, len(p.Records))
			equal(t, c.first, p.Records[0].Key)
			equal(t, c.pos, p.Records[0].Pos)
		}
	}
}

// TestNineNotNineZeroZero: the commit "9, not 9.00" changed the text of a price and no
// record. A change to 9.01 changes one.
func TestNineNotNineZeroZero(t *testing.T) {
	d := realPrices(t, true)
	before := realFile(t, "google.json")
	changed := func(to string) (n int) {
		text := strings.Replace(string(before), `"output": 9.00`, `"output": `+to, 1)
		if text == string(before) {
			t.Fatal("the price is not there")
		}
		was, _ := d.Parse("google.json", before)
		is, problems := d.Parse("google.json", []byte(text))
		if len(problems) > 0 || len(was.Records) != len(is.Records) {
			t.Fatal(problems)
		}
		for i := range was.Records {
			if was.Records[i].Digest != is.Records[i].Digest {
				n++
			}
		}
		return n
	}
	equal(t, 0, changed("9"))
	equal(t, 0, changed("0.9E+1"))
	equal(t, 1, changed("9.01"))
}

// TestRealMistakes: two commits of the history were not valid JSON. The next ones mended
// the lines that are named.
func TestRealMistakes(t *testing.T) {
	for name, want := range map[string]string{
		"openai-broken.json":    "openai-broken.json:498:3: not valid JSON: a comma before the closing bracket; delete the comma",
		"anthropic-broken.json": "anthropic-broken.json:69:11: not valid JSON: a name stands in a list; open an object with { before the name",
	} {
		equal(t, want, parsed(realPrices(t, false), name, string(realFile(t, name))))
	}
}

package spec_test

import (
	"strings"
	"testing"

	"github.com/promoctl/promoctl/spec"
)

// TestConfigDigest: the digest of the pipeline file moves with what matters to a plan
// and with nothing else.
func TestConfigDigest(t *testing.T) {
	loaded := func(edit func(f files), env string) *spec.Pipeline {
		f := fullFiles()
		edit(f)
		p, err := spec.LoadPipeline(f.read, env)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	swap := func(old, new string) func(f files) {
		return func(f files) {
			text := strings.Replace(f[spec.PipelineFile], old, new, 1)
			if text == f[spec.PipelineFile] {
				t.Fatalf("%q is not there", old)
			}
			f[spec.PipelineFile] = text
		}
	}
	before := loaded(func(files) {}, "production").ConfigDigest()
	for _, c := range []struct {
		name  string
		edit  func(f files)
		moves bool
	}{
		{"a comment", swap("# what goes where", "# where what goes"), false},
		{"order of members", swap("{rule: price-change, maxPercent: 30, ", "{maxPercent: 30, rule: price-change, "), false},
		{"quotes", swap("kind: price", `"kind": "price"`), false},
		{"spelling of a number", swap("maxPercent: 30", "maxPercent: 3.0e1"), false},
		{"files of a dataset", swap("prices/**/*.yaml", "sale/**/*.yaml"), false},
		{"a schema renamed", func(f files) {
			f["other.json"] = f["schemas/supplier.json"]
			delete(f, "schemas/supplier.json")
			swap("schemas/supplier.json", "other.json")(f)
		}, false},
		{"white space of a schema", func(f files) {
			f["schemas/supplier.json"] = strings.ReplaceAll(f["schemas/supplier.json"], ":", " :\n")
		}, false},
		{"another environment", swap("{name: hot, url: .live/staging.db}", "{name: hot, url: .live/stage.db}"), false},
		{"the default environment", swap("defaultEnvironment: staging", "defaultEnvironment: production"), false},

		{"a guardrail", swap("maxPercent: 30", "maxPercent: 31"), true},
		{"a guardrail's level", swap("level: approve", "level: deny"), true},
		{"a schema", func(f files) {
			f["schemas/supplier.json"] = strings.Replace(f["schemas/supplier.json"], `"string"`, `["string", "number"]`, 1)
		}, true},
		{"a key", swap("[$file.id, id]", "[id]"), true},
		{"order of the key", swap("[$file.id, id]", "[id, $file.id]"), true},
		{"where the records are", swap("records: models", "records: catalog"), true},
		{"stores of a dataset", swap("stores: [hot, archive]", "stores: [archive]"), true},
		{"name of a dataset", swap("- name: suppliers", "- name: vendors"), true},
		{"address of a store", swap("${HOT_URL}", "${OTHER_URL}"), true},
		{"wave of a store", swap("wave: 2, prefix", "wave: 1, prefix"), true},
		{"a store that comes", swap("  - {name: archive", "  - {name: new, driver: file, url: new}\n  - {name: archive"), true},
		{"a setting of releases", swap("onFailure: stay", "onFailure: back"), true},
		{"the digest key", swap("${DIGEST_KEY}", "${OTHER_KEY}"), true},
		{"the pipeline's name", swap("double-eleven", "double-twelve"), true},
	} {
		edit := c.edit
		if c.name == "wave of a store" {
			edit = func(f files) { c.edit(f); swap(", gates: [{beforeWave: 2, wait: 30s}]", "")(f) }
		}
		if moved := loaded(edit, "production").ConfigDigest() != before; moved != c.moves {
			t.Errorf("%s: moved is %v", c.name, moved)
		}
	}
	if loaded(func(files) {}, "staging").ConfigDigest() == before {
		t.Error("two environments have one digest")
	}
}

// TestFingerprint: files give the same records under the same fingerprint, so it must
// move with everything that decides how they are read, and not with file names.
func TestFingerprint(t *testing.T) {
	schema := object(`"v": {"type": "number"}`)
	before := dataset(t, schema)
	if f := load(t, files{"x.json": schema, spec.PipelineFile: pipelineText("  - {name: other, files: [other], schema: x.json}\n")}).Datasets[0]; f.Fingerprint() != before.Fingerprint() {
		t.Error("a name moves the fingerprint")
	}
	for name, d := range map[string]*spec.Dataset{
		"schema":  dataset(t, object(`"v": {"type": "string"}`)),
		"key":     dataset(t, schema, "key: [v]"),
		"records": dataset(t, schema, "records: models"),
		"untyped": dataset(t, "", "key: [id]"),
	} {
		if d.Fingerprint() == before.Fingerprint() {
			t.Errorf("%s does not move the fingerprint", name)
		}
	}
}

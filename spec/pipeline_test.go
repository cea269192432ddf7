package spec_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/promoctl/promoctl/spec"
)

// full is a pipeline file that says everything.
const full = `# what goes where
apiVersion: promoctl.dev/v1
kind: Pipeline
metadata: {name: double-eleven}
datasets:
  - name: prices
    files: ["prices/**/*.yaml", "!prices/drafts/**"]
    kind: price
    stores: [hot, archive]
  - name: suppliers
    files: ["suppliers/*.yml"]
    records: models
    key: [$file.id, id]
    schema: schemas/supplier.json
stores:
  - {name: hot, driver: sqlite, url: "${HOT_URL}"}
  - {name: archive, driver: file, url: .live/archive, required: false, maxLag: 1h30m, wave: 2, prefix: "d11_", buckets: 16, create: false}
guardrails:
  - {rule: price-change, maxPercent: 30, datasets: [prices], fields: [price, member_prices.*, "quantity_prices[].price"]}
  - {rule: price-change, name: big-moves, maxPercent: 60, level: approve}
release: {onFailure: stay, deadline: 5s, lease: 20m, gates: [{beforeWave: 2, wait: 30s}]}
sensitive: {digestKey: "${DIGEST_KEY}"}
defaultEnvironment: staging
environments:
  staging:
    stores: [{name: hot, url: .live/staging.db}, {name: extra, driver: file, url: .live/extra, wave: 3}]
    guardrails: [{rule: price-change, maxPercent: 80}, {name: big-moves, level: warn}, {rule: zero-price}]
  production: {}
`

func fullFiles() files {
	return files{spec.PipelineFile: full, "schemas/supplier.json": `{"type": "object", "properties": {"id": {"type": "string"}}}`}
}

func TestPipelineIsRead(t *testing.T) {
	p, err := spec.LoadPipeline(fullFiles().read, "production")
	if err != nil {
		t.Fatal(err)
	}
	no := false
	equal(t, []spec.Store{
		{Name: "hot", Driver: "sqlite", URL: "${HOT_URL}", Wave: 1},
		{Name: "archive", Driver: "file", URL: ".live/archive", Required: &no, MaxLag: spec.Duration(90 * time.Minute), Wave: 2, Prefix: "d11_", Buckets: 16, Create: &no},
	}, p.Stores)
	equal(t, []spec.Guardrail{
		{Rule: "price-change", MaxPercent: "30", Datasets: []string{"prices"}, Fields: []string{"price", "member_prices.*", "quantity_prices[].price"}},
		{Rule: "price-change", Name: "big-moves", MaxPercent: "60", Level: "approve"},
	}, p.Guardrails)
	equal(t, spec.ReleaseSettings{OnFailure: "stay", Deadline: spec.Duration(5 * time.Second), Lease: spec.Duration(20 * time.Minute),
		Gates: []spec.Gate{{BeforeWave: 2, Wait: spec.Duration(30 * time.Second)}}}, p.Release)
	equal(t, "double-eleven production ${DIGEST_KEY}", p.Name+" "+p.Env+" "+p.DigestKey)
	equal(t, []string{"production", "staging"}, p.Environments)
	prices, suppliers := p.Dataset("prices"), p.Dataset("suppliers")
	equal(t, []string{"hot", "archive"}, prices.Stores)
	equal(t, []string{"hot", "archive"}, suppliers.Stores)
	equal(t, []spec.KeyPart{{Name: "sku", Column: "sku", Field: true}}, prices.Layout.Key)
	equal(t, []spec.KeyPart{{Name: "$file.id", Column: "file_id"}, {Name: "id", Column: "id", Field: true}}, suppliers.Layout.Key)
	equal(t, []bool{true, false, true, false}, []bool{p.Stores[0].IsRequired(), p.Stores[1].IsRequired(), p.Stores[0].MayCreate(), p.Stores[1].MayCreate()})
	equal(t, "big-moves", p.Guardrails[1].ID())
	if p.Dataset("nothing") != nil || p.Store("nothing") != nil || !p.Takes("archive", prices) || p.Takes("extra", prices) {
		t.Error("what is not there is found, or the other way round")
	}
}

func TestEnvironmentIsLaidOver(t *testing.T) {
	p, err := spec.LoadPipeline(fullFiles().read, "") // the default environment
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "staging", p.Env)
	equal(t, spec.Store{Name: "hot", Driver: "sqlite", URL: ".live/staging.db", Wave: 1}, p.Stores[0])
	equal(t, spec.Store{Name: "extra", Driver: "file", URL: ".live/extra", Wave: 3}, p.Stores[2])
	equal(t, []string{"hot", "archive", "extra"}, p.Dataset("suppliers").Stores)
	equal(t, []spec.Guardrail{
		{Rule: "price-change", MaxPercent: "80", Datasets: []string{"prices"}, Fields: []string{"price", "member_prices.*", "quantity_prices[].price"}},
		{Rule: "price-change", Name: "big-moves", MaxPercent: "60", Level: "warn"},
		{Rule: "zero-price"},
	}, p.Guardrails)
	equal(t, []string{"production", "staging"}, spec.EnvironmentNames(fullFiles().read))
}

func TestNoPipelineFile(t *testing.T) {
	if _, err := spec.LoadPipeline(files{}.read, ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// base is a pipeline file in which each line can be replaced by a wrong one.
const base = `apiVersion: promoctl.dev/v1
kind: Pipeline
metadata: {name: shop}
datasets:
  - {name: prices, files: ["prices/*.yaml"], kind: price}
  - {name: own, files: ["own/*.yaml"], key: [id], schema: own.json}
stores:
  - {name: hot, driver: sqlite, url: hot.db}
  - {name: cold, driver: file, url: cold}
guardrails:
  - {rule: zero-price}
release: {onFailure: back}
environments:
  staging: {}
  production: {}
defaultEnvironment: staging
`

func TestPipelineProblems(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"empty", base, "", "promoctl.yaml: the file has 0 documents; write exactly one, see promoctl init"},
		{"two documents", "apiVersion", "--- {}\n---\napiVersion", "promoctl.yaml: the file has 2 documents; write exactly one, see promoctl init"},
		{"not YAML", "kind: Pipeline", "kind: [", "promoctl.yaml:3:1: not valid YAML: did not find expected ',' or ']'; close the list with ] or put a comma between its items"},
		{"other version", "v1", "v2", `promoctl.yaml:1:13: apiVersion: "promoctl.dev/v2" is not the expected value; write promoctl.dev/v1`},
		{"unknown field", "metadata", "colour: red\nmetadata", "promoctl.yaml:3:1: colour: unknown field; the fields are apiVersion, datasets, defaultEnvironment, environments, guardrails, kind, metadata, release, sensitive, stores"},
		{"unknown field inside", "kind: price}", "knid: price}", "promoctl.yaml:5:46: datasets[0].knid: unknown field; write kind"},
		{"name missing", "{name: shop}", "{}", "promoctl.yaml:3:11: metadata.name: required field is missing; add name: ..."},
		{"name in capitals", "{name: shop}", "{name: Shop}", `promoctl.yaml:3:18: metadata.name: "Shop" does not have the right form; write small letters, digits, _ and -, with a letter first`},
		{"name that YAML reads otherwise", "{name: shop}", "{name: 0123}", `promoctl.yaml:3:18: metadata.name: "0123" does not have the right form; write small letters, digits, _ and -, with a letter first`},
		{"field twice", "metadata", "kind: Pipeline\nmetadata", "promoctl.yaml:3:1: kind: the field stands twice in this record; delete one of them"},
		{"conflict markers", "release: {onFailure: back}", "<<<<<<< HEAD\nrelease: {onFailure: back}\nurl: mysql://u:pw@h\n=======\nrelease: {onFailure: stay}\n>>>>>>> x", `promoctl.yaml:12:1: conflict markers of a merge: one side has "release: {onFailure: back} | (hidden)", the other has "release: {onFailure: stay}"; keep one of them and delete the lines <<<<<<<, ======= and >>>>>>>`},

		{"dataset twice", "name: own", "name: prices", "promoctl.yaml:6:12: datasets[1].name: dataset prices is declared twice; give one of them another name"},
		{"reserved dataset", "name: own", "name: promoctl_x", "promoctl.yaml:6:12: datasets[1].name: names that start with promoctl are reserved; choose another one"},
		{"dataset with a hyphen", "name: own", "name: my-own", `promoctl.yaml:6:12: datasets[1].name: "my-own" does not have the right form; write small letters, digits and _, with a letter first`},
		{"no files", `files: ["own/*.yaml"]`, "files: []", "promoctl.yaml:6:24: datasets[1].files: the list is too short; write at least 1 item"},
		{"broken pattern", "own/*.yaml", "own/[.yaml", `promoctl.yaml:6:24: datasets[1].files: "own/[.yaml" is not a valid pattern; close [ and { or escape them with a backslash`},
		{"pattern above the folder", "own/*.yaml", "../own/*.yaml", `promoctl.yaml:6:24: datasets[1].files: "../own/*.yaml" does not name files below the pipeline file's folder; write it like prices/**/*.yaml`},
		{"absolute pattern", "own/*.yaml", "/own/*.yaml", `promoctl.yaml:6:24: datasets[1].files: "/own/*.yaml" does not name files below the pipeline file's folder; write it like prices/**/*.yaml`},
		{"pattern from here", "own/*.yaml", "./own/*.yaml", `promoctl.yaml:6:24: datasets[1].files: "./own/*.yaml" does not name files below the pipeline file's folder; write it like prices/**/*.yaml`},
		{"hidden pattern", "own/*.yaml", ".own/*.yaml", `promoctl.yaml:6:24: datasets[1].files: ".own/*.yaml" names a file or folder that starts with a dot, and those hold no data; move the data`},
		{"only exclusions", "own/*.yaml", "!own/*.yaml", "promoctl.yaml:6:24: datasets[1].files: no pattern selects files; write one like prices/**/*.yaml"},
		{"unknown kind", "kind: price}", "kind: prices}", `promoctl.yaml:5:52: datasets[0].kind: "prices" is not one of the allowed values; write one of product, price, stock, promotion, coupon (did you mean price?)`},
		{"kind and schema", "schema: own.json", "schema: own.json, kind: stock", "promoctl.yaml:6:59: datasets[1].schema: a dataset has a kind or a schema, not both; delete one of them"},
		{"schema missing", "schema: own.json", "schema: other.json", "promoctl.yaml:6:59: datasets[1].schema: other.json: there is no such file; write the path of a JSON Schema, from the folder of promoctl.yaml"},
		{"schema broken", "schema: own.json", "schema: broken.json", "promoctl.yaml:6:59: datasets[1].schema: broken.json: unknown keyword x-sensitiv; promoctl knows x-key, x-cap, x-money, x-price, x-sensitive, x-owner and x-ref"},
		{"reference to an unknown dataset", "schema: own.json", "schema: ref.json", "promoctl.yaml:6:59: datasets[1].schema: x-ref: dataset price is not declared; write prices"},
		{"key missing", "key: [id], ", "", "promoctl.yaml:6:5: datasets[1].key: dataset own has no key; add key: [FIELD] with the fields that identify a record"},
		{"key unknown", "key: [id]", "key: [id, idd]", "promoctl.yaml:6:50: datasets[1].key[1]: key field idd is not in the schema; write id"},
		{"key sensitive", "key: [id]", "key: [code]", "promoctl.yaml:6:46: datasets[1].key[0]: key field code is sensitive, and keys are shown everywhere; choose another field"},
		{"key inside of something sensitive", "key: [id]", "key: [box.code]", "promoctl.yaml:6:46: datasets[1].key[0]: key field box.code is sensitive, and keys are shown everywhere; choose another field"},
		{"key sensitive, inside of something open", "key: [id]", "key: [half.code]", "promoctl.yaml:6:46: datasets[1].key[0]: key field half.code is sensitive, and keys are shown everywhere; choose another field"},
		{"key of the shop", "key: [id]", "key: [sold]", "promoctl.yaml:6:46: datasets[1].key[0]: key field sold belongs to the shop; choose a field that stands in Git"},
		{"key that is a list", "key: [id]", "key: [list]", "promoctl.yaml:6:46: datasets[1].key[0]: key field list is a list; choose a text or a number"},
		{"key of the document without records", "key: [id]", "key: [$file.v, id]", "promoctl.yaml:6:46: datasets[1].key[0]: $file.v needs an enclosing document; add records: PATH with the path of the list in each document"},
		{"unknown store", "kind: price}", "kind: price, stores: [hot, cool]}", "promoctl.yaml:5:73: datasets[0].stores[1]: store cool is not declared; write cold"},

		{"store twice", "name: cold", "name: hot", "promoctl.yaml:9:12: stores[1].name: store hot is declared twice; give one of them another name"},
		{"same address twice", "driver: file, url: cold", "driver: sqlite, url: hot.db", "promoctl.yaml:9:39: stores[1].url: stores hot and cold have the same address; give one of them another url or prefix"},
		{"unknown driver", "driver: file", "driver: files", `promoctl.yaml:9:26: stores[1].driver: "files" is not one of the allowed values; write one of sqlite, file (did you mean file?)`},
		{"address missing", ", url: cold", "", "promoctl.yaml:9:5: stores[1].url: required field is missing; add url: ..."},
		{"lag of a required store", "url: cold", "url: cold, maxLag: 1h", "promoctl.yaml:9:51: stores[1].maxLag: maxLag is for stores that may lag; add required: false, or delete maxLag"},
		{"lag that is no duration", "url: cold", "url: cold, required: false, maxLag: 30", `promoctl.yaml:9:68: stores[1].maxLag: "30" does not have the right form; write a duration like 30s, 15m or 1h30m`},
		{"lag beyond any duration", "url: cold", "url: cold, required: false, maxLag: 99999999999h", "promoctl.yaml:9:68: stores[1].maxLag: not a duration; write it like 30s, 15m or 1h30m"},
		{"buckets of a database", "url: hot.db", "url: hot.db, buckets: 8", "promoctl.yaml:8:55: stores[0].buckets: the driver sqlite keeps no objects; delete buckets"},
		{"no required store", "url: hot.db}\n  - {name: cold, driver: file, url: cold}", "url: hot.db, required: false}", "promoctl.yaml:8:3: stores: no store is required, so no store could lead a release; let one be required"},
		{"required in words", "url: cold", "url: cold, required: yes", `promoctl.yaml:9:53: stores[1].required: "yes" is not true or false; write true`},

		{"unknown rule", "rule: zero-price", "rule: zero-prices", `promoctl.yaml:11:12: guardrails[0].rule: "zero-prices" is not one of the allowed values; write one of price-change, zero-price, decimal-slip, coupon-cap (did you mean zero-price?)`},
		{"rule twice", "  - {rule: zero-price}", "  - {rule: zero-price}\n  - {rule: zero-price, level: warn}", "promoctl.yaml:12:12: guardrails[1].rule: guardrail zero-price stands twice; tell them apart with name: ..."},
		{"limit missing", "rule: zero-price", "rule: price-change", "promoctl.yaml:11:5: guardrails[0].maxPercent: price-change needs a limit; add maxPercent: 30"},
		{"limit of another rule", "rule: zero-price", "rule: zero-price, maxPercent: 5", "promoctl.yaml:11:24: guardrails[0].maxPercent: this field is not allowed here; remove it"},
		{"unknown level", "rule: zero-price", "rule: zero-price, level: block", `promoctl.yaml:11:31: guardrails[0].level: "block" is not one of the allowed values; write one of deny, approve, warn`},
		{"rule for an unknown dataset", "rule: zero-price", "rule: zero-price, datasets: [prices, price]", "promoctl.yaml:11:43: guardrails[0].datasets[1]: dataset price is not declared; write prices"},
		{"rule for an unknown field", "rule: zero-price", "rule: zero-price, datasets: [prices], fields: [price, prize]", "promoctl.yaml:11:60: guardrails[0].fields[1]: no dataset that the rule looks at has the field prize; correct it, or name the dataset under datasets"},
		{"rule for an unknown field of all datasets", "rule: zero-price", "rule: zero-price, fields: [priice.x]", "promoctl.yaml:11:33: guardrails[0].fields[0]: no dataset that the rule looks at has the field priice.x; correct it, or name the dataset under datasets"},

		{"unknown failure mode", "onFailure: back", "onFailure: retry", `promoctl.yaml:12:22: release.onFailure: "retry" is not one of the allowed values; write one of back, stay`},
		{"gate before no wave", "onFailure: back", "gates: [{beforeWave: 2, wait: 1s}]", "promoctl.yaml:12:32: release.gates[0].beforeWave: no store is in wave 2, so the gate would never be passed; give a store wave: 2, or delete the gate"},
		{"wait that is no duration", "onFailure: back", "gates: [{beforeWave: 2, wait: soon}]", `promoctl.yaml:12:41: release.gates[0].wait: "soon" does not have the right form; write a duration like 30s, 15m or 1h30m`},

		{"default that is not declared", "defaultEnvironment: staging", "defaultEnvironment: stagin", "promoctl.yaml:16:21: defaultEnvironment: environment stagin is not declared; write staging"},
		{"no default", "defaultEnvironment: staging\n", "", "promoctl.yaml:14:3: environments: the pipeline has several environments; choose one with --env production|staging, or declare defaultEnvironment"},
		{"default without environments", "environments:\n  staging: {}\n  production: {}\n", "", "promoctl.yaml:1:1: environments: required together with defaultEnvironment; add environments: ..."},
		{"environment with a store of its own, half", "staging: {}", "staging: {stores: [{name: warm, driver: file}]}", "promoctl.yaml:14:29: environments.staging.stores[0].name: store warm is not declared; write the name of a store under stores, or give driver and url"},
		{"value of an environment, wrong", "staging: {}", "staging: {stores: [{name: cold, buckets: 4}, {name: hot, buckets: 4}]}", "promoctl.yaml:14:69: environments.staging.stores[1].buckets: the driver sqlite keeps no objects; delete buckets"},
		{"store of an environment, wrong", "staging: {}", "staging:\n    stores:\n      - {name: warm, driver: sqlite, url: w, maxLag: 5m}", "promoctl.yaml:16:54: environments.staging.stores[0].maxLag: maxLag is for stores that may lag; add required: false, or delete maxLag"},
		{"rule of an environment, wrong", "staging: {}", "staging:\n    guardrails:\n      - {name: slip, rule: price-change}", "promoctl.yaml:16:9: environments.staging.guardrails[0].maxPercent: price-change needs a limit; add maxPercent: 30"},
		{"rule that an environment replaces", "staging: {}", "staging:\n    guardrails:\n      - {rule: decimal-slip}\n      - {name: zero-price, rule: price-change}", "promoctl.yaml:17:9: environments.staging.guardrails[1].maxPercent: price-change needs a limit; add maxPercent: 30"},
		{"rule of an environment without a rule", "staging: {}", "staging:\n    guardrails: [{name: slip, level: warn}]", "promoctl.yaml:15:18: environments.staging.guardrails[0].rule: guardrail slip is not declared, and says no rule of its own; correct the name, or add rule: ..."},
		{"all at once", "kind: price}", "kind: price, stores: [nowhere]}\n  - {name: 5x, files: [a], key: [b]}\n  - {name: y, files: [\"[\"]}", lines(
			"promoctl.yaml:5:68: datasets[0].stores[0]: store nowhere is not declared; write one of hot, cold",
			`promoctl.yaml:6:12: datasets[1].name: "5x" does not have the right form; write small letters, digits and _, with a letter first`,
			`promoctl.yaml:7:22: datasets[2].files: "[" is not a valid pattern; close [ and { or escape them with a backslash`,
		)},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(base, c.old, c.new, 1)
			if text == base {
				t.Fatal("nothing was replaced")
			}
			equal(t, c.want, problemsOf(t, files{
				spec.PipelineFile: text,
				"own.json": `{"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "code": {"type": "string", "x-sensitive": true},
					"box": {"type": "object", "x-sensitive": true, "properties": {"code": {"type": "string"}}}, "list": {"type": "array"},
					"half": {"type": "object", "properties": {"code": {"type": "string", "x-sensitive": true}}},
					"sold": {"type": "integer", "x-owner": "shop"}}, "additionalProperties": false}`,
				"broken.json": `{"type": "object", "x-sensitiv": true}`,
				"ref.json":    `{"type": "object", "properties": {"id": {"type": "string", "x-ref": {"dataset": "price"}}}}`,
			}, ""))
		})
	}
	t.Run("environment that is not declared", func(t *testing.T) {
		equal(t, "promoctl.yaml:14:3: environments: environment prod is not declared; write one of production, staging", problemsOf(t, files{spec.PipelineFile: base, "own.json": `{"type": "object"}`}, "prod"))
	})
	t.Run("environment of a pipeline without any", func(t *testing.T) {
		equal(t, "promoctl.yaml:1:1: environments: environment prod is not declared, and neither is any other; run without --env", problemsOf(t, files{spec.PipelineFile: pipelineText("  - {name: a, files: [a], key: [b]}\n")}, "prod"))
	})
}

// TestKeyBesideSomethingSensitive: a sensitive part of an object does not taint another.
func TestKeyBesideSomethingSensitive(t *testing.T) {
	d := dataset(t, object(`"half": {"type": "object", "properties": {"code": {"x-sensitive": true}, "open": {"type": "string"}}}`), "key: [half.open]")
	equal(t, []spec.Key{"o"}, keys(t, d, "f", "{id: a, half: {code: c, open: o}}"))
}

func TestPasswordsAreRefused(t *testing.T) {
	for _, c := range []struct {
		url string
		bad bool
	}{
		{".live/shop.db", false},
		{"${SHOP_URL}", false},
		{"file:///var/a@b/shop.db", false},
		{"redis://:hunter2@h:6379/0", true},
		{"redis://:${PW}@h:6379/0", false},
		{"redis://:pre${PW}@h:6379/0", true},
		{"postgres://u:hunter2@h/db", true},
		{"postgres://u:${PW}@h/db?sslmode=verify-full", false},
		{"postgres://u@h/db?password=hunter2", true},
		{"host=h user=u password=hunter2 dbname=d", true},
		{"host=h user=u password=${PW} dbname=d", false},
		{"u:hunter2@tcp(h:3306)/db", true},
		{"u:${PW}@tcp(h:3306)/db", false},
		{"u:hun/ter2@unix(/tmp/s)/db", true},
		{"s3://bucket/prefix?secret_access_key=hunter2", true},
		{"s3://bucket/prefix?access-key=hunter2", false},
		{"s3://bucket/prefix?region=eu", false},
	} {
		// Also where the environment is not the one in use.
		for _, text := range []string{
			strings.Replace(base, "url: hot.db", `url: "`+c.url+`"`, 1),
			strings.Replace(base, "production: {}", `production: {stores: [{name: hot, url: "`+c.url+`"}]}`, 1),
		} {
			_, err := spec.LoadPipeline(files{spec.PipelineFile: text, "own.json": `{"type": "object"}`}.read, "staging")
			if bad := err != nil; bad != c.bad {
				t.Errorf("%s: %v", c.url, err)
			}
			if err != nil && (strings.Contains(err.Error(), "hun") || !strings.Contains(err.Error(), `"${HOT_URL}"`)) {
				t.Errorf("%s: %v", c.url, err)
			}
		}
	}
}

func TestReferencesToTheEnvironment(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"url: hot.db", `url: "$HOT_URL"`, "promoctl.yaml:8:38: stores[0].url: a variable of the environment is written in braces; write ${NAME}"},
		{"url: hot.db", `url: "${HOT URL}"`, "promoctl.yaml:8:38: stores[0].url: not the name of an environment variable; write ${NAME} with letters, digits and underscores"},
		{"url: hot.db", `url: "${HOT_URL"`, "promoctl.yaml:8:38: stores[0].url: a variable of the environment is written in braces; write ${NAME}"},
		{"url: hot.db", `url: hot.db, prefix: "$P"`, "promoctl.yaml:8:54: stores[0].prefix: a variable of the environment is written in braces; write ${NAME}"},
		{"url: cold", `url: cold, buckets: "${N}"`, "promoctl.yaml:9:52: stores[1].buckets: text in quotes where a whole number is wanted; write the digits without quotes"},
		{"release:", "sensitive: {digestKey: hunter2}\nrelease:", `promoctl.yaml:12:24: sensitive.digestKey: a secret must not stand in Git; write "${PROMOCTL_DIGEST_KEY}" and set the variable where promoctl runs`},
		{"release:", "sensitive: {digestKey: \"${A}x\"}\nrelease:", `promoctl.yaml:12:24: sensitive.digestKey: a secret must not stand in Git; write "${PROMOCTL_DIGEST_KEY}" and set the variable where promoctl runs`},
	} {
		text := strings.Replace(base, c.old, c.new, 1)
		equal(t, c.want, problemsOf(t, files{spec.PipelineFile: text, "own.json": `{"type": "object"}`}, ""))
	}
}

func TestExpand(t *testing.T) {
	env := map[string]string{"A": "x", "B": "y${A}", "EMPTY": ""}
	for _, c := range []struct{ text, want, problem string }{
		{"plain", "plain", ""},
		{"${A}", "x", ""},
		{"a${A}b${B}", "axby${A}", ""}, // values are not expanded again
		{"$A and {A}", "$A and {A}", ""},
		{"${C}${D}", "", "environment variable C, D is not set; export it"},
		{"${EMPTY}", "", "environment variable EMPTY is not set; export it"},
	} {
		got, err := spec.Expand(c.text, func(name string) string { return env[name] })
		problem := ""
		if err != nil {
			problem = err.Error()
		}
		if got != c.want || problem != c.problem {
			t.Errorf("Expand(%q) = %q, %q", c.text, got, problem)
		}
	}
}

package spec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/spec"
)

// importSchema lists its fields in an order that is not the alphabet's.
const importSchema = `{
	"type": "object", "required": ["sku", "price", "currency"], "additionalProperties": false,
	"properties": {
		"title": {"type": "string"},
		"sku": {"type": "string"},
		"price": {"type": "number", "minimum": 0, "x-money": {"currency": "currency"}},
		"currency": {"type": "string"},
		"pieces": {"type": "integer"},
		"gift": {"type": "boolean"},
		"starts_at": {"type": "string", "format": "date-time"},
		"window": {"type": "object", "additionalProperties": false, "required": ["to"],
			"properties": {"to": {"type": "string"}, "from": {"type": "string"}}},
		"tags": {"type": "array", "items": {"type": "string"}},
		"sizes": {"type": "array", "items": {"type": "integer"}},
		"steps": {"type": "array", "items": {"type": "object", "properties": {"price": {"type": "number"}, "from": {"type": "integer"}}}},
		"tiers": {"type": "object", "additionalProperties": {"type": "number"}},
		"either": {"type": ["string", "number", "boolean"]},
		"one_or_more": {"type": ["string", "array"], "items": {"type": "string"}},
		"remaining": {"type": "integer", "x-owner": "shop"},
		"secret": {"type": "string", "x-sensitive": true, "pattern": "^[A-Z]+$"}
	}
}`

// fromCSV imports a CSV text into a dataset and returns the YAML, or the problems.
func fromCSV(t *testing.T, d *spec.Dataset, text string, o spec.CSVOptions) string {
	t.Helper()
	im := d.NewImport()
	im.CSV("p.csv", []byte(text), o)
	if problems := im.Problems(); len(problems) > 0 {
		return problems.Error()
	}
	return onlyFile(t, im)
}

func onlyFile(t *testing.T, im *spec.Import) string {
	t.Helper()
	out, err := im.YAML("", 1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != 1 {
		t.Fatalf("%d files, want 1", len(out))
	}
	return string(out[0])
}

func TestImportCSV(t *testing.T) {
	const head = "sku,currency,price"
	for name, test := range map[string]struct {
		csv  string
		o    spec.CSVOptions
		want string
	}{
		"key first, then as the schema lists":      {"price,title,currency,sku\n19.90,Tea,CNY,T1\n", spec.CSVOptions{}, "- sku: T1\n  title: Tea\n  price: 19.90\n  currency: CNY\n"},
		"sorted by key":                            {head + "\nB,CNY,1\nA,CNY,2\n", spec.CSVOptions{}, "- sku: A\n  price: 2\n  currency: CNY\n- sku: B\n  price: 1\n  currency: CNY\n"},
		"texts stay texts":                         {head + ",title\n0123,CNY,1,1.10\n", spec.CSVOptions{}, "- sku: \"0123\"\n  title: \"1.10\"\n  price: 1\n  currency: CNY\n"},
		"a currency that is a boolean elsewhere":   {head + ",title\nNO,CNY,1,yes\n", spec.CSVOptions{}, "- sku: \"NO\"\n  title: \"yes\"\n  price: 1\n  currency: CNY\n"},
		"numbers are exact":                        {head + "\nA,CNY,1e2\n", spec.CSVOptions{}, "- sku: A\n  price: 100\n  currency: CNY\n"},
		"spaces around a number, none around text": {head + ",title\nA,CNY, 1.50 , x \n", spec.CSVOptions{}, "- sku: A\n  title: \" x \"\n  price: 1.50\n  currency: CNY\n"},
		"empty cells are left out":                 {head + ",title,pieces\nA,CNY,1,,\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n"},
		"booleans of a spreadsheet":                {head + ",gift\nA,CNY,1,TRUE\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n  gift: true\n"},
		"a time keeps its zone":                    {head + ",starts_at\nA,CNY,1,2026-11-11T00:00:00+08:00\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n  starts_at: 2026-11-11T00:00:00+08:00\n"},
		"dotted columns":                           {head + ",window.from,window.to\nA,CNY,1,a,b\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n  window:\n    to: b\n    from: a\n"},
		"a list with semicolons":                   {head + ",tags,sizes\nA,CNY,1,hero; 12 ;,1;2\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n  tags: [hero, \"12\"]\n  sizes: [1, 2]\n"},
		"a list as JSON":                           {head + ",tags\nA,CNY,1,\"[\"\"a;b\"\", \"\"c\"\"]\"\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n  tags: [\"a;b\", c]\n"},
		"objects as JSON":                          {head + ",steps,tiers\nA,CNY,1,\"[{\"\"from\"\": 2, \"\"price\"\": 0.5}]\",\"{\"\"no\"\": 3}\"\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n  steps:\n    - price: 0.5\n      from: 2\n  tiers:\n    \"no\": 3\n"},
		"an open object by columns":                {head + ",tiers.gold\nA,CNY,1,0.90\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n  tiers:\n    gold: 0.90\n"},
		"a union that is a number in every row":    {head + ",either\nA,CNY,1,5\nB,CNY,1,6\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n  either: 5\n- sku: B\n  price: 1\n  currency: CNY\n  either: 6\n"},
		"a union that is a text in one row":        {head + ",either\nA,CNY,1,5\nB,CNY,1,x\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n  either: \"5\"\n- sku: B\n  price: 1\n  currency: CNY\n  either: x\n"},
		"a text that looks like JSON and is none":  {head + ",one_or_more\nA,CNY,1,[sale] shirt\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n  one_or_more: \"[sale] shirt\"\n"},
		"semicolons, byte order mark, CRLF":        {"\ufeffsku;currency;price\r\n\"A\";CNY;\"1\"\r\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n"},
		"tabs":                                     {"sku\tcurrency\tprice\nA,B\tCNY\t1", spec.CSVOptions{}, "- sku: \"A,B\"\n  price: 1\n  currency: CNY\n"},
		"a delimiter that is named in the file":    {"sep=|\nsku|currency|price\nA|CNY|1\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n"},
		"a delimiter that is asked for":            {"sku:currency:price\nA:CNY:1\n", spec.CSVOptions{Delimiter: ':'}, "- sku: A\n  price: 1\n  currency: CNY\n"},
		"blank rows and a column without a name":   {head + ",\nA,CNY,1,\n,,,\n\n", spec.CSVOptions{}, "- sku: A\n  price: 1\n  currency: CNY\n"},
		"ignored columns":                          {head + ",x,remaining\nA,CNY,1,?,3\n", spec.CSVOptions{Ignore: []string{"x", "remaining"}}, "- sku: A\n  price: 1\n  currency: CNY\n"},
		"set columns":                              {"sku,price\nA,1\n", spec.CSVOptions{Set: map[string]string{"currency": "CNY", "gift": "true"}}, "- sku: A\n  price: 1\n  currency: CNY\n  gift: true\n"},
		"a text of several lines":                  {head + ",title\nA,CNY,1,\"one\n\n  two: # \nthree\"\n", spec.CSVOptions{}, "- sku: A\n  title: \"one\\n\\n  two: # \\nthree\"\n  price: 1\n  currency: CNY\n"},
		"a text that reads well as a block":        {head + ",title\nA,CNY,1,\"one\n\ntwo: # x\n\"\n", spec.CSVOptions{}, "- sku: A\n  title: |\n    one\n\n    two: # x\n  price: 1\n  currency: CNY\n"},
	} {
		t.Run(name, func(t *testing.T) {
			d := dataset(t, importSchema, "key: [sku]")
			if diff := cmp.Diff(test.want, fromCSV(t, d, test.csv, test.o)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestImportCSVProblems(t *testing.T) {
	const head = "sku,currency,price"
	for name, test := range map[string]struct {
		csv  string
		o    spec.CSVOptions
		want string
	}{
		"all at once": {head + ",gift,starts_at\nA,CNY,\"1,299\",JA,2026-11-11\nB,CNY,-1,,\nA,XXX,1,,\n", spec.CSVOptions{},
			`p.csv:2:7: price: "1,299" has a comma; write a point for decimals and nothing between thousands
p.csv:2:15: gift: "JA" is not true or false; write true or false
p.csv:2:18: starts_at: "2026-11-11" is a date without a time and a zone; write 2026-11-11T00:00:00+08:00, with the zone that is meant
p.csv:3:7: price: -1 is too small; write at least 0
p.csv:4:3: currency: "XXX" is not a currency of ISO 4217; write a code such as CNY, USD or EUR`},
		"unknown column":                {head + ",titel\nA,CNY,1,x\n", spec.CSVOptions{}, "p.csv:1:20: titel: unknown column; write title, or leave it out with --ignore-column"},
		"unknown field of an object":    {head + ",window.form\nA,CNY,1,x\n", spec.CSVOptions{}, "p.csv:1:20: window.form: unknown column; write from, or leave it out with --ignore-column"},
		"a field inside of a text":      {head + ",title.de\nA,CNY,1,x\n", spec.CSVOptions{}, "p.csv:1:20: title.de: title is a text, not an object; write it as JSON into one column"},
		"a field of the shop":           {head + ",remaining\nA,CNY,1,x\n", spec.CSVOptions{}, "p.csv:1:20: remaining: the shop writes this field at run time; leave the column out with --ignore-column"},
		"a column twice":                {head + ",price\nA,CNY,1,2\n", spec.CSVOptions{}, "p.csv:1:20: price: the column stands twice; delete one of them, or leave both out with --ignore-column"},
		"a column inside of another":    {head + ",window,window.to\nA,CNY,1,,2\n", spec.CSVOptions{}, "p.csv:1:27: window.to: the column and the column window give the same field; delete one of them"},
		"a column without a name":       {head + ",\nA,CNY,1,2\n", spec.CSVOptions{}, "p.csv:1:20: a column without a name; write the name of its field into the header"},
		"a column that is missing":      {"sku,price\nA,1\nB,2\n", spec.CSVOptions{}, "p.csv:1:1: currency: the column is missing, and the field is required; add the column, or give every record the same with --set currency=VALUE"},
		"the key's column is missing":   {"currency,price\nCNY,1\nCNY,2\n", spec.CSVOptions{}, "p.csv:1:1: sku: the column is missing, and the field is required; add the column, or give every record the same with --set sku=VALUE"},
		"nothing to ignore":             {head + "\nA,CNY,1\n", spec.CSVOptions{Ignore: []string{"prise"}}, "p.csv:1:1: prise: --ignore-column names a column that is not there; write price"},
		"a required cell is empty":      {head + "\nA,CNY,\n,CNY,1\n", spec.CSVOptions{}, "p.csv:2:7: price: the cell is empty, and the field is required; fill it in\np.csv:3:1: sku: the cell is empty, and the field is required; fill it in"},
		"a required field inside":       {head + ",window.from\nA,CNY,1,x\n", spec.CSVOptions{}, "p.csv:2:9: window.to: required field is missing; add a column for it"},
		"a key twice":                   {head + "\nA,CNY,1\nB,CNY,1\nA,CNY,2\n", spec.CSVOptions{}, `p.csv:4:1: key "A" of dataset things stands here and at p.csv:2:1; delete one of them, or give it another key`},
		"too many cells":                {head + "\nA,CNY,1,50\nB,CNY,x\n", spec.CSVOptions{}, "p.csv:2:1: 4 cells where the header has 3; put a cell that holds the delimiter ',' in quotes, or choose another one with --delimiter\np.csv:3:7: price: \"x\" is not a number; write digits with a point for decimals, such as 19.90"},
		"JSON that is none":             {head + ",steps\nA,CNY,1,\"[{\"\"from\"\": 2,}]\"\n", spec.CSVOptions{}, "p.csv:2:9: steps: not valid JSON: a comma before the closing bracket; delete the comma"},
		"an object that is none":        {head + ",tiers\nA,CNY,1,gold\n", spec.CSVOptions{}, `p.csv:2:9: tiers: the cell is not an object; write it as JSON, {"name": value}, or give each field a column of its own: tiers.NAME`},
		"an unknown field in JSON":      {head + ",window\nA,CNY,1,\"{\"\"to\"\":\"\"x\"\",\"\"form\"\":\"\"y\"\"}\"\n", spec.CSVOptions{}, "p.csv:2:9: window.form: unknown field; write from"},
		"a sensitive cell is not shown": {head + ",secret\nA,CNY,1,geheim\n", spec.CSVOptions{}, "p.csv:2:9: secret: the value does not have the right form; write a text that matches ^[A-Z]+$"},
		"quotes that do not match":      {head + "\nA,CNY,1\n\"B,CNY,1\n", spec.CSVOptions{}, `p.csv:3:10: the quotes of a cell do not match; close the quotes, and double those in the cell: "say ""hi"""`},
		"a quote inside of a cell":      {head + ",title\nA,CNY,1,27\" screen\n", spec.CSVOptions{}, `p.csv:2:11: a quote inside of a cell that is not in quotes; write the cell in quotes and double the quotes in it: "say ""hi"""`},
		"columns count characters":      {"title,sku,currency,price\n乌龙茶,A,CNY,x\n", spec.CSVOptions{}, "p.csv:2:11: price: \"x\" is not a number; write digits with a point for decimals, such as 19.90"},
		"an empty file":                 {"", spec.CSVOptions{}, "p.csv:1:1: the file has no header; write the names of the fields into its first line"},
		"UTF-16":                        {"\xff\xfes\x00k\x00u\x00", spec.CSVOptions{}, "p.csv:1:1: the file is UTF-16 or not text; save it as CSV with the encoding UTF-8"},
		"another encoding":              {"sku,currency,price\nA\xe9,CNY,1\n", spec.CSVOptions{}, "p.csv:2:2: byte 0xe9 is not UTF-8; save the file as CSV with the encoding UTF-8"},
		"lines of an old Macintosh":     {"sku,currency,price\rA,CNY,1\r", spec.CSVOptions{}, "p.csv:1:1: the lines end as on an old Macintosh; save the file with the line ends of Unix or Windows"},
	} {
		t.Run(name, func(t *testing.T) {
			d := dataset(t, importSchema, "key: [sku]")
			if diff := cmp.Diff(test.want, fromCSV(t, d, test.csv, test.o)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestImportOpenSchema(t *testing.T) {
	d := dataset(t, "", "key: [id]")
	got := fromCSV(t, d, "id,n,mixed,flag,list\n1,1.50,007,true,\"[1, \"\"x\"\"]\"\n2,2,8,FALSE,\"{\"\"a\"\": null}\"\n", spec.CSVOptions{})
	want := "- id: 1\n  \"n\": 1.50\n  mixed: \"007\"\n  flag: true\n  list: [1, x]\n- id: 2\n  \"n\": 2\n  mixed: \"8\"\n  flag: false\n  list:\n    a: null\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestImportDocuments(t *testing.T) {
	d := dataset(t, "", "key: [$file.shop.id, id]", "records: shop.models")
	got := fromCSV(t, d, "$file.shop.id,id,price\nb,x,1\na,y,2\na,x,3\n", spec.CSVOptions{})
	want := "shop:\n  id: a\n  models:\n    - id: x\n      price: 3\n    - id: \"y\"\n      price: 2\n---\nshop:\n  id: b\n  models:\n    - id: x\n      price: 1\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = fromCSV(t, d, "$file.shop.id,$file.x,id\nb,x,1\n,y,2\n", spec.CSVOptions{})
	want = "p.csv:1:15: $file.x: no part of the key of dataset things is called so; rename the column, or leave it out with --ignore-column\n" +
		"p.csv:3:1: shop.id: the cell is empty, and the field is required; fill it in"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestImportRecords takes records over as a store yields them.
func TestImportRecords(t *testing.T) {
	d := dataset(t, "", "key: [$file.vendor, id]", "records: models")
	im := d.NewImport()
	in := spec.NewRecord(spec.MakeKey("a/b", "x"), []byte(`{"id":"x","n":1.5,"on":null,"t":"yes"}`))
	if taken, ok := im.Record("shop/things/a", in); !ok || taken.Digest != in.Digest || taken.Key != in.Key {
		t.Errorf("taken %v as %s %s: %v", ok, taken.Key, taken.JSON, im.Problems())
	}
	want := "vendor: a/b\nmodels:\n  - id: x\n    \"n\": 1.5\n    \"on\": null\n    t: \"yes\"\n"
	if diff := cmp.Diff(want, onlyFile(t, im)); diff != "" {
		t.Error(diff)
	}
	if im.Count() != 1 || im.Digest() != (spec.DataDigest{}).Add(in.Digest) {
		t.Errorf("%d records, digest %v", im.Count(), im.Digest())
	}
	if _, ok := im.Record("shop/things/b", spec.NewRecord("c/", []byte(`{"id":""}`))); ok {
		t.Error("a record with an empty key was taken")
	}
	if got, want := im.Problems().Error(), "shop/things/b: id: a part of the key is empty; write a text"; got != want {
		t.Errorf("problems %q, want %q", got, want)
	}
}

func TestImportSplitsFiles(t *testing.T) {
	d := dataset(t, "", "key: [id]")
	im := d.NewImport()
	im.CSV("p.csv", []byte("id\na\nb\nc\nd\ne\n"), spec.CSVOptions{})
	out, err := im.YAML("# head\n", 2)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, text := range out {
		got = append(got, string(text))
	}
	want := []string{"# head\n- id: a\n- id: b\n", "# head\n- id: c\n- id: d\n", "# head\n- id: e\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNewFile(t *testing.T) {
	for patterns, want := range map[string]string{
		`"prices/**/*.yaml"`:           "prices/imported.yaml",
		`"suppliers/*.yml"`:            "suppliers/imported.yml",
		`"**"`:                         "imported.yaml",
		`"*.yaml"`:                     "imported.yaml",
		`"prices.yaml"`:                "prices.yaml",
		`"prices/*/*.yaml"`:            "prices/imported/imported.yaml",
		`"data/*.json"`:                "",
		`"data/*.json", "more/*.yaml"`: "more/imported.yaml",
		`"p/price-*.yaml"`:             "p/price-imported.yaml",
		`"p/**"`:                       "p/imported.yaml",
		`"p/*.yaml", "!p/imported*"`:   "",
	} {
		p := load(t, files{spec.PipelineFile: pipelineText("  - {name: things, files: [" + patterns + "], key: [id]}\n")})
		if got := p.Datasets[0].NewFile("imported"); got != want {
			t.Errorf("%s: %q, want %q", patterns, got, want)
		}
		if got := strings.Join(p.Datasets[0].Patterns(), `", "`); `"`+got+`"` != patterns {
			t.Errorf("patterns %q, want %s", got, patterns)
		}
	}
}

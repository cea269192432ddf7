package schemas_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/promoctl/promoctl/schemas"
)

// compile returns a schema file as the library sees it. All files are known to the
// compiler under the public address, and nothing else is.
func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for file, text := range allFiles(t) {
		if err := c.AddResource(schemas.Base+file, decode(t, text)); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	s, err := c.Compile(schemas.Base + name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

func allFiles(t *testing.T) map[string][]byte {
	t.Helper()
	names, err := fs.Glob(schemas.Files(), "*.json")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, name := range names {
		if out[name], err = fs.ReadFile(schemas.Files(), name); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return v
}

func TestFilesAreTheOnesThatArePromised(t *testing.T) {
	want := []string{"pipeline.json"}
	for _, k := range schemas.Kinds() {
		want = append(want, k+".json", schemas.ForList(k))
	}
	slices.Sort(want)
	var got []string
	for name := range allFiles(t) {
		got = append(got, name)
		compile(t, name)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestKind(t *testing.T) {
	for _, k := range schemas.Kinds() {
		text, ok := schemas.Kind(k)
		if !ok || !bytes.Equal(text, allFiles(t)[k+".json"]) {
			t.Errorf("Kind(%q) is not the text of %s.json", k, k)
		}
		checkID(t, k+".json", text)
	}
	checkID(t, "pipeline.json", schemas.Pipeline())
	for _, k := range []string{"", "pipeline", "price.list", "../schemas/price", "Price"} {
		if _, ok := schemas.Kind(k); ok {
			t.Errorf("Kind(%q) exists", k)
		}
	}
}

func checkID(t *testing.T, name string, text []byte) {
	t.Helper()
	var got struct {
		Schema string `json:"$schema"`
		ID     string `json:"$id"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if got.ID != schemas.Base+name || got.Schema != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("%s: $id %q, $schema %q", name, got.ID, got.Schema)
	}
}

// TestPropertiesAreDescribed keeps the promise to editors, and that records are closed:
// a misspelt field is an error and not a field that nobody reads.
func TestPropertiesAreDescribed(t *testing.T) {
	described := 0
	for name, text := range allFiles(t) {
		walk(decode(t, text), "", func(at string, s map[string]any) {
			props, ok := s["properties"].(map[string]any)
			if !ok || logic(at) {
				return
			}
			if s["additionalProperties"] != false {
				t.Errorf("%s%s: additionalProperties is not false", name, at)
			}
			for p, schema := range props {
				text, _ := schema.(map[string]any)["description"].(string)
				if described++; !strings.HasSuffix(text, ".") {
					t.Errorf("%s%s: property %s has no description that ends with a full stop", name, at, p)
				}
			}
		})
	}
	if described < 150 {
		t.Errorf("found only %d properties; the walk misses some", described)
	}
}

// logic reports whether a place in a schema only narrows what another place declares.
func logic(at string) bool {
	for _, word := range []string{"/if", "/then", "/not", "/dependentSchemas/"} {
		if strings.Contains(at, word) {
			return true
		}
	}
	return false
}

// walk calls f for every object in a schema with its JSON pointer.
func walk(v any, at string, f func(at string, s map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(at, v)
		for k, child := range v {
			walk(child, at+"/"+k, f)
		}
	case []any:
		for _, child := range v {
			walk(child, at+"/-", f)
		}
	}
}

// TestSharedShapesAreEqual: each schema is whole in its file, so shared definitions are
// copies. They must not drift apart.
func TestSharedShapesAreEqual(t *testing.T) {
	seen := map[string]any{}
	shared := 0
	for _, k := range schemas.Kinds() {
		text, _ := schemas.Kind(k)
		defs, _ := decode(t, text).(map[string]any)["$defs"].(map[string]any)
		for name, def := range defs {
			delete(def.(map[string]any), "examples")
			old, ok := seen[name]
			if !ok {
				seen[name] = def
				continue
			}
			shared++
			if diff := cmp.Diff(old, def); diff != "" {
				t.Errorf("$defs/%s of %s differs from another kind's:\n%s", name, k, diff)
			}
		}
	}
	if shared == 0 {
		t.Error("no definition is shared; the test compares nothing")
	}
}

// TestMarks pins what guardrails, masking and ownership look at. A field that loses
// its mark by accident is a price that nobody checks or a code in a public log.
func TestMarks(t *testing.T) {
	type marks struct{ Price, Sensitive, Shop, Ref, Key, Cap []string }
	want := map[string]marks{
		"coupon": {
			Price:     []string{"amount", "max_discount", "min_spend", "percent", "price", "save", "spend"},
			Sensitive: []string{"code"}, Shop: []string{"redeemed"},
			Ref: []string{"gift_skus", "promotion", "skus"},
			Key: []string{"id"}, Cap: []string{"total_limit", "budget"},
		},
		"price": {
			Price: []string{
				"deposit", "deposit_counts_as", "list_price", "price", "prices", "prior_price",
			},
			Ref: []string{"sku"}, Key: []string{"sku"},
		},
		"product": {Ref: []string{"variant_of"}, Key: []string{"sku"}},
		"promotion": {
			Price: []string{"amount", "max_discount", "min_spend", "percent", "price", "save", "spend"},
			Shop:  []string{"redeemed"}, Ref: []string{"gift_skus", "skus"}, Key: []string{"id"},
		},
		"stock": {Shop: []string{"remaining"}, Ref: []string{"sku"}, Key: []string{"sku", "location"}},
	}
	got := map[string]marks{}
	for _, k := range schemas.Kinds() {
		text, _ := schemas.Kind(k)
		root := decode(t, text).(map[string]any)
		m := marks{Key: names(root["x-key"]), Cap: names(root["x-cap"])}
		walk(root, "", func(at string, s map[string]any) {
			mark(&m.Price, at, s["x-price"] == true)
			mark(&m.Sensitive, at, s["x-sensitive"] == true)
			mark(&m.Shop, at, s["x-owner"] == "shop")
			mark(&m.Ref, at, s["x-ref"] != nil)
			if s["x-price"] == true && s["x-money"] == nil && !strings.HasSuffix(at, "/percent") {
				t.Errorf("%s%s is a price without a currency", k, at)
			}
		})
		got[k] = m
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}
}

// mark adds the name of the field at a place, once, in order.
func mark(to *[]string, at string, ok bool) {
	if !ok {
		return
	}
	at = strings.TrimSuffix(strings.TrimSuffix(at, "/additionalProperties"), "/items")
	name := at[strings.LastIndexByte(at, '/')+1:]
	if i, found := slices.BinarySearch(*to, name); !found {
		*to = slices.Insert(*to, i, name)
	}
}

func names(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, item := range list {
		out = append(out, item.(string))
	}
	return out
}

package planner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/plantest"
)

const linked = `apiVersion: promoctl.dev/v1
kind: Pipeline
metadata: {name: shop}
datasets:
  - {name: bundles, files: ["bundles/*.yaml"], schema: bundle.json}
  - {name: parts, files: ["parts/*.yaml"], kind: product}
  - {name: prices, files: ["prices/*.yaml"], kind: price}
  - {name: products, files: ["products/*.yaml"], kind: product}
stores:
  - {name: hot, driver: sqlite, url: hot.db}
`

const bundleSchema = `{"type": "object", "x-key": ["id"], "required": ["id"], "additionalProperties": false, "properties": {
  "id": {"type": "string"}, "note": {"type": "string"},
  "skus": {"type": "array", "items": {"type": "string", "x-ref": {"dataset": "products"}}}}}`

func product(sku string) string {
	return "- sku: " + sku + "\n  title: T\n  category: c\n  status: active\n"
}

func TestReferences(t *testing.T) {
	put, gone := plantest.Put, plantest.Gone
	tests := []struct {
		name  string
		edits []plantest.Edit
		want  []string // nil: no problem
	}{
		{"a price of a new product", []plantest.Edit{put("prices/b.yaml", price("P9", "1")), put("products/b.yaml", product("P9"))}, nil},
		{"a price of no product", []plantest.Edit{put("prices/b.yaml", price("P9", "1"))},
			[]string{`prices/b.yaml:1:8: sku: "P9" is not in parts or products; correct the spelling, or add that record in the same commit`}},
		{"a product is updated", []plantest.Edit{put("products/a.yaml", product("P1")+"  brand: B\n"+product("P2"))}, nil},
		{"a product goes", []plantest.Edit{put("products/a.yaml", product("P2"))}, []string{
			`bundles/a.yaml:2:10: skus[0]: refers to "P1" of products, which this commit deletes; delete or change this record in the same commit, or keep the other`,
			`prices/a.yaml:1:8: sku: refers to "P1" of products, which this commit deletes; delete or change this record in the same commit, or keep the other`}},
		{"a product goes with what refers to it", []plantest.Edit{put("products/a.yaml", product("P2")), put("prices/a.yaml", price("P2", "2")),
			put("bundles/a.yaml", "- {id: b, skus: [P2]}\n")}, nil},
		{"a product moves to another file", []plantest.Edit{put("products/a.yaml", product("P2")), put("products/z.yaml", product("P1"))}, nil},
		{"a product moves to another dataset of its kind", []plantest.Edit{put("products/a.yaml", product("P2")), put("parts/z.yaml", product("P1"))},
			[]string{`bundles/a.yaml:2:10: skus[0]: refers to "P1" of products, which this commit deletes; delete or change this record in the same commit, or keep the other`}},
		{"a product goes and its price changes", []plantest.Edit{put("products/a.yaml", product("P1")), put("prices/a.yaml", price("P1", "1")+price("P2", "3"))}, []string{
			`bundles/a.yaml:2:14: skus[1]: refers to "P2" of products, which this commit deletes; delete or change this record in the same commit, or keep the other`,
			`prices/a.yaml:4:8: sku: refers to "P2" of products, which this commit deletes; delete or change this record in the same commit, or keep the other`}},
		{"an updated record gets a reference to nothing", []plantest.Edit{put("bundles/a.yaml", "- id: b\n  skus: [P1, P2, P3]\n")},
			[]string{`bundles/a.yaml:2:18: skus[2]: "P3" is not in products; correct the spelling, or add that record in the same commit`}},
		{"an updated record keeps its references", []plantest.Edit{put("bundles/a.yaml", "- id: b\n  note: n\n  skus: [P2, P1]\n")}, nil},
		{"all products go", []plantest.Edit{gone("products")}, []string{
			`bundles/a.yaml:2:10: skus[0]: refers to "P1" of products, which this commit deletes; delete or change this record in the same commit, or keep the other`,
			`bundles/a.yaml:2:14: skus[1]: refers to "P2" of products, which this commit deletes; delete or change this record in the same commit, or keep the other`,
			`prices/a.yaml:1:8: sku: refers to "P1" of products, which this commit deletes; delete or change this record in the same commit, or keep the other`,
			`prices/a.yaml:4:8: sku: refers to "P2" of products, which this commit deletes; delete or change this record in the same commit, or keep the other`}},
		{"a dataset of products is dropped", []plantest.Edit{put("promoctl.yaml", without(t, linked, "name: products", "name: bundles"))}, []string{
			`prices/a.yaml:1:8: sku: "P1" is not in parts; correct the spelling, or add that record in the same commit`,
			`prices/a.yaml:4:8: sku: "P2" is not in parts; correct the spelling, or add that record in the same commit`}},
		{"all datasets of products are dropped", []plantest.Edit{put("promoctl.yaml", without(t, linked, "name: products", "name: bundles", "name: parts"))}, nil},
		{"a reference comes by the schema", []plantest.Edit{put("bundle.json", replace(t, bundleSchema, `"note": {"type": "string"}`, `"note": {"type": "string", "x-ref": {"dataset": "parts"}}`)),
			put("bundles/b.yaml", "- {id: c, note: none}\n")},
			[]string{`bundles/b.yaml:1:17: note: "none" is not in parts; correct the spelling, or add that record in the same commit`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := plantest.New(t)
			base := r.Commit("first", put("promoctl.yaml", linked), put("bundle.json", bundleSchema),
				put("products/a.yaml", product("P1")+product("P2")), put("parts/a.yaml", product("S1")),
				put("prices/a.yaml", price("P1", "1")+price("P2", "2")), put("bundles/a.yaml", "- id: b\n  skus: [P1, P2]\n"))
			target := r.Commit("second", tt.edits...)
			if tt.want == nil {
				r.Plan(base, target)
				return
			}
			if diff := cmp.Diff(tt.want, problems(t, planError(t, r, planner.Config{}, base, target))); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// A reference is checked against what the target declares, also where neither record
// changed: a dataset that comes makes references of what were texts.
func TestReferencesOfRecordsThatDidNotChange(t *testing.T) {
	t.Run("the products come later than the prices", func(t *testing.T) {
		r := plantest.New(t)
		base := r.Commit("first", plantest.Put("promoctl.yaml", without(t, linked, "name: products", "name: parts", "name: bundles")),
			plantest.Put("prices/a.yaml", price("P1", "1")+price("P2", "2")))
		target := r.Commit("second", plantest.Put("promoctl.yaml", without(t, linked, "name: parts", "name: bundles")),
			plantest.Put("products/a.yaml", product("P1")))
		want := []string{`prices/a.yaml:4:8: sku: "P2" is not in products; correct the spelling, or add that record in the same commit`}
		if diff := cmp.Diff(want, problems(t, planError(t, r, planner.Config{}, base, target))); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
	})
	t.Run("the schema makes a reference of a text", func(t *testing.T) {
		r := plantest.New(t)
		pipeline := plantest.Put("promoctl.yaml", without(t, linked, "name: prices"))
		products := plantest.Put("products/a.yaml", product("P1"))
		base := r.Commit("first", pipeline, products, plantest.Put("bundle.json", replace(t, bundleSchema, `, "x-ref": {"dataset": "products"}`, "")),
			plantest.Put("bundles/a.yaml", "- id: b\n  skus: [P1, P7]\n"))
		target := r.Commit("second", plantest.Put("bundle.json", bundleSchema))
		want := []string{`bundles/a.yaml:2:14: skus[1]: "P7" is not in products; correct the spelling, or add that record in the same commit`}
		if diff := cmp.Diff(want, problems(t, planError(t, r, planner.Config{}, base, target))); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
	})
}

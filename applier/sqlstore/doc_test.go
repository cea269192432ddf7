package sqlstore_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

// builtIn returns the layouts of the built-in kinds, as a data repository gets them.
func builtIn(t *testing.T) map[string]spec.Layout {
	t.Helper()
	p, err := spec.LoadPipeline(func(path string) ([]byte, error) {
		if path != "promoctl.yaml" {
			return nil, fs.ErrNotExist
		}
		return []byte(`apiVersion: promoctl.dev/v1
kind: Pipeline
metadata: {name: shop}
datasets:
  - {name: products, files: ["products/*.yaml"], kind: product}
  - {name: prices, files: ["prices/*.yaml"], kind: price}
  - {name: stock, files: ["stock/*.yaml"], kind: stock}
  - {name: promotions, files: ["promotions/*.yaml"], kind: promotion}
  - {name: coupons, files: ["coupons/*.yaml"], kind: coupon}
stores:
  - {name: shop, driver: sqlite, url: shop.db}
`), nil
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	layouts := map[string]spec.Layout{}
	for _, d := range p.Datasets {
		layouts[d.Name] = d.Layout
	}
	return layouts
}

// The statements that the package documentation shows to readers run as they stand, on
// the tables of the built-in kinds.
func TestDocumentedStatements(t *testing.T) {
	s := newShelf(t)
	content := storetest.Content{}
	for name, l := range builtIn(t) {
		content[name] = storetest.Dataset{Layout: l, Records: map[string]storetest.Records{
			"products": {"TEA-500": `{"category":"food/tea","sku":"TEA-500","status":"active","title":"Tea"}`},
			"prices": {
				"CUP-1":   `{"currency":"CNY","price":9.5,"sku":"CUP-1"}`,
				"POT-1":   `{"currency":"EUR","price":99,"sku":"POT-1"}`,
				"TEA-500": `{"currency":"CNY","price":19.9,"sku":"TEA-500"}`,
			},
			"stock": {
				"TEA-500/gz": `{"allocation":7,"location":"gz","sku":"TEA-500"}`,
				"TEA-500/sh": `{"allocation":5,"location":"sh","sku":"TEA-500"}`,
			},
			"promotions": {
				"old": `{"applies_to":{"skus":["OLD-1"]},"currency":"CNY","discount":{"percent":5,"type":"percent_off"},"ends_at":"2025-11-11T16:00:00Z","id":"old","priority":1,"stackable":true,"starts_at":"2025-11-10T16:00:00Z","title":"Old"}`,
				"tea": `{"applies_to":{"skus":["CUP-1","TEA-500"]},"currency":"CNY","discount":{"percent":5,"type":"percent_off"},"ends_at":"2026-11-11T16:00:00Z","id":"tea","priority":1,"stackable":true,"starts_at":"2026-11-10T16:00:00Z","title":"Tea"}`,
			},
			"coupons": {
				"off": `{"applies_to":{"everything":true},"code":"GONE","currency":"CNY","discount":{"amount":9,"type":"amount_off"},"ends_at":"2026-11-11T16:00:00Z","given_by":"code","id":"off","stackable":true,"starts_at":"2026-11-10T16:00:00Z","title":"Off"}`,
				"new": `{"applies_to":{"everything":true},"code":"TEA20","currency":"CNY","discount":{"amount":20,"type":"amount_off"},"ends_at":"2026-11-11T16:00:00Z","given_by":"code","id":"new","stackable":true,"starts_at":"2026-11-10T16:00:00Z","title":"New"}`,
			},
		}[name]}
	}
	s.release(content)
	s.sql("UPDATE stock SET remaining = 3 WHERE location = 'sh'")
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(source)) {
		if statement, ok := strings.CutPrefix(line, "//\tSELECT "); ok {
			got = append(got, s.query("SELECT "+statement))
		}
	}
	want := []string{
		"19.9 CNY",
		"TEA-500 19.9\nCUP-1 9.5",
		"gz 7\nsh 3",
		"tea CUP-1\ntea TEA-500",
		"new amount_off",
		s.live.Commit + " " + s.live.At.Format("2006-01-02T15:04:05.999Z07:00"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the documented statements return (-want +got):\n%s", diff)
	}
}

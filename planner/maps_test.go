package planner

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/schemas"
	"github.com/promoctl/promoctl/spec"
)

// TestPricesInMaps: prices of tiers, channels and regions are prices too.
func TestPricesInMaps(t *testing.T) {
	text, _ := schemas.Kind("price")
	s, err := spec.CompileSchema("price", text)
	if err != nil {
		t.Fatal(err)
	}
	d := &spec.Dataset{Name: "prices", Schema: s}
	before := spec.NewRecord("A", []byte(`{"currency":"CNY","member_prices":{"gold":189,"plus":185},"price":199,"region_prices":{"DE":{"currency":"EUR","price":26.9}},"sku":"A"}`))
	after := spec.NewRecord("A", []byte(`{"currency":"CNY","member_prices":{"gold":18.9,"plus":185},"price":199,"region_prices":{"DE":{"currency":"EUR","price":269}},"sku":"A"}`))
	c, _ := MakeChange("prices", &before, &after)
	var got []string
	for _, f := range decimalSlip(spec.Guardrail{Rule: "decimal-slip"}, d, &c) {
		got = append(got, f.Field+" "+f.Before+" "+f.After)
	}
	want := []string{"member_prices.gold 189 18.9", "region_prices.DE.price 26.9 269"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

package examples_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/promoctl/promoctl/spec"
)

// records reads a dataset of the example.
func records(t *testing.T, dataset string) map[spec.Key]map[string]any {
	t.Helper()
	d := load(t, doubleEleven, "").Dataset(dataset)
	out := map[spec.Key]map[string]any{}
	for _, name := range dataFiles(t, doubleEleven) {
		if !d.Matches(name) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(doubleEleven, name))
		if err != nil {
			t.Fatal(err)
		}
		parsed, problems := d.Parse(name, text)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		for _, r := range parsed.Records {
			out[r.Key] = r.Fields()
		}
	}
	return out
}

// num returns a number of a record; ok is false where there is none.
func num(t *testing.T, fields map[string]any, name string) (v decimal.Decimal, ok bool) {
	t.Helper()
	n, ok := fields[name]
	if !ok {
		return v, false
	}
	v, err := decimal.NewFromString(n.(interface{ String() string }).String())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v, true
}

// TestPricesMakeSense holds the example to what a buyer would be asked about: cost below
// floor below every price that a shopper pays below the list price.
func TestPricesMakeSense(t *testing.T) {
	checked := 0
	for key, f := range records(t, "prices") {
		price, _ := num(t, f, "price")
		if !price.IsPositive() {
			t.Errorf("%s: price %s", key, price)
		}
		if list, ok := num(t, f, "list_price"); ok && !price.LessThan(list) {
			t.Errorf("%s: price %s, list price %s", key, price, list)
		}
		floor, ok := num(t, f, "floor")
		if !ok {
			continue
		}
		if cost, _ := num(t, f, "cost"); !cost.LessThan(floor) {
			t.Errorf("%s: cost %s, floor %s", key, cost, floor)
		}
		for name, v := range paid(t, f) {
			checked++
			if v.LessThan(floor) || v.GreaterThan(price) {
				t.Errorf("%s: %s is %s, outside of floor %s and price %s", key, name, v, floor, price)
			}
		}
	}
	if checked < 350 {
		t.Errorf("checked only %d prices", checked)
	}
}

// paid returns the prices in the record's own currency.
func paid(t *testing.T, f map[string]any) map[string]decimal.Decimal {
	t.Helper()
	out := map[string]decimal.Decimal{}
	out["price"], _ = num(t, f, "price")
	for _, group := range []string{"member_prices", "channel_prices"} {
		prices, _ := f[group].(map[string]any)
		for name := range prices {
			out[group+"."+name], _ = num(t, prices, name)
		}
	}
	steps, _ := f["quantity_prices"].([]any)
	for _, s := range steps {
		out["quantity_prices"], _ = num(t, s.(map[string]any), "price")
	}
	return out
}

func TestRegionPricesMakeSense(t *testing.T) {
	checked := 0
	for key, f := range records(t, "prices") {
		regions, _ := f["region_prices"].(map[string]any)
		for name, r := range regions {
			checked++
			price, _ := num(t, r.(map[string]any), "price")
			list, _ := num(t, r.(map[string]any), "list_price")
			prior, ok := num(t, r.(map[string]any), "prior_price")
			if !price.LessThan(list) || (ok && (prior.LessThan(price) || prior.GreaterThan(list))) {
				t.Errorf("%s: %s: price %s, prior price %s, list price %s", key, name, price, prior, list)
			}
		}
	}
	if checked < 50 {
		t.Errorf("checked only %d regions", checked)
	}
}

func TestEveryProductHasAPriceAndStock(t *testing.T) {
	prices, stocked := records(t, "prices"), map[string]bool{}
	for _, f := range records(t, "stock") {
		stocked[f["sku"].(string)] = true
	}
	for key := range records(t, "products") {
		if prices[key] == nil || !stocked[string(key)] {
			t.Errorf("%s: price %v, stock %v", key, prices[key] != nil, stocked[string(key)])
		}
	}
}

// TestEveryCouponHasACap is what the guardrail coupon-cap asks.
func TestEveryCouponHasACap(t *testing.T) {
	d := load(t, doubleEleven, "").Dataset("coupons")
	if len(d.Schema.Cap) == 0 {
		t.Fatal("the schema names no caps")
	}
	for key, f := range records(t, "coupons") {
		if !slices.ContainsFunc(d.Schema.Cap, func(name string) bool { return f[name] != nil }) {
			t.Errorf("%s has none of %v", key, d.Schema.Cap)
		}
	}
}

// TestFlashSalesStayAboveTheFloor compares fixed prices with what they apply to.
func TestFlashSalesStayAboveTheFloor(t *testing.T) {
	prices, checked := records(t, "prices"), 0
	for key, f := range records(t, "promotions") {
		discount := f["discount"].(map[string]any)
		if discount["type"] != "fixed_price" {
			continue
		}
		price, _ := num(t, discount, "price")
		for _, sku := range f["applies_to"].(map[string]any)["skus"].([]any) {
			checked++
			of := prices[spec.Key(sku.(string))]
			floor, _ := num(t, of, "floor")
			regular, _ := num(t, of, "price")
			if price.LessThan(floor) || !price.LessThan(regular) {
				t.Errorf("%s: %s at %s, floor %s, regular price %s", key, sku, price, floor, regular)
			}
		}
	}
	if checked < 10 {
		t.Errorf("checked only %d articles", checked)
	}
}

// TestWindowsAndCategories: a window ends after it starts, and promotions and coupons
// name categories, brands and tags that some product has.
func TestWindowsAndCategories(t *testing.T) {
	known := map[string]map[string]bool{"categories": {}, "brands": {}, "tags": {}}
	for _, f := range records(t, "products") {
		category := f["category"].(string)
		for i := 0; i <= len(category); i++ {
			if i == len(category) || category[i] == '/' {
				known["categories"][category[:i]] = true
			}
		}
		brand, _ := f["brand"].(string)
		known["brands"][brand] = true
		tags, _ := f["tags"].([]any)
		for _, tag := range tags {
			known["tags"][tag.(string)] = true
		}
	}
	for _, dataset := range []string{"promotions", "coupons"} {
		for key, f := range records(t, dataset) {
			if f["starts_at"].(string) >= f["ends_at"].(string) {
				t.Errorf("%s starts %s and ends %s", key, f["starts_at"], f["ends_at"])
			}
			targets := f["applies_to"].(map[string]any)
			for field, values := range map[string]string{
				"categories": "categories", "exclude_categories": "categories",
				"brands": "brands", "tags": "tags", "exclude_tags": "tags",
			} {
				list, _ := targets[field].([]any)
				for _, v := range list {
					if !known[values][v.(string)] {
						t.Errorf("%s: %s: no product has %s", key, field, v)
					}
				}
			}
		}
	}
}

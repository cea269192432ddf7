package schemas_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/promoctl/promoctl/schemas"
)

// instance is a variation of a good instance. Change is a JSON merge patch (null
// takes a field away). Want is "place keyword" of an error, or empty for none.
type instance struct {
	name, change, want string
}

func check(t *testing.T, schema *jsonschema.Schema, good string, table []instance) {
	t.Helper()
	for _, tt := range append(table, instance{"unchanged", `{}`, ""}) {
		t.Run(tt.name, func(t *testing.T) {
			v := patch(decode(t, []byte(good)), decode(t, []byte(tt.change)))
			got := failures(t, schema.Validate(v))
			switch {
			case tt.want == "" && len(got) > 0:
				t.Errorf("refused: %v", got)
			case tt.want != "" && !slices.Contains(got, tt.want):
				t.Errorf("want %q, got %q", tt.want, got)
			}
		})
	}
}

// patch applies a JSON merge patch (RFC 7386).
func patch(target, change any) any {
	c, ok := change.(map[string]any)
	if !ok {
		return change
	}
	old, _ := target.(map[string]any)
	out := map[string]any{}
	maps.Copy(out, old)
	for k, v := range c {
		if v == nil {
			delete(out, k)
			continue
		}
		out[k] = patch(out[k], v)
	}
	return out
}

// failures returns the places and keywords that a validation complains about.
func failures(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		t.Fatal(err)
	}
	var out []string
	var leaves func(v *jsonschema.ValidationError)
	leaves = func(v *jsonschema.ValidationError) {
		out = append(out, complaint(v))
		for _, c := range v.Causes {
			leaves(c)
		}
	}
	leaves(v)
	return out
}

func complaint(v *jsonschema.ValidationError) string {
	at := "/" + strings.Join(v.InstanceLocation, "/")
	switch k := v.ErrorKind.(type) {
	case *kind.PropertyNames: // v6.0.3 overwrites the place of these
		return "propertyNames " + k.Property
	case *kind.Not:
		return at + " not"
	case *kind.FalseSchema:
		return at + " false"
	}
	if path := v.ErrorKind.KeywordPath(); len(path) > 0 {
		return at + " " + path[0]
	}
	return at
}

const goodPrice = `{"sku": "LMY-SER-VC30", "currency": "CNY", "price": 199.00}`

func TestPrice(t *testing.T) {
	check(t, compile(t, "price.json"), goodPrice, []instance{
		{"everything", `{
			"list_price": 289.00, "prior_price": 259.00, "cost": 71.20, "floor": 150.00,
			"tax_class": "standard", "tax_included": true,
			"member_prices": {"gold": 189.00}, "channel_prices": {"livestream": 179.00},
			"quantity_prices": [{"from": 2, "price": 189.00}, {"from": 6, "price": 175.00}],
			"region_prices": {"DE": {"currency": "EUR", "price": 27.90, "list_price": 39.90, "tax_included": true}, "CN-XJ": {"price": 205.00}},
			"presale": {"deposit": 30, "deposit_counts_as": 50, "deposit_from": "2026-10-20T20:00:00+08:00",
				"deposit_until": "2026-11-10T00:00:00+08:00", "balance_from": "2026-11-11T00:00:00+08:00", "balance_until": "2026-11-12T00:00:00+08:00"},
			"starts_at": "2026-11-11T00:00:00+08:00", "ends_at": "2026-11-12T00:00:00+08:00",
			"tags": ["hero"], "note": "agreed with the brand"}`, ""},
		{"a gift may cost nothing, the guardrail asks about it", `{"price": 0}`, ""},
		{"no sku", `{"sku": null}`, "/ required"},
		{"no currency", `{"currency": null}`, "/ required"},
		{"negative", `{"price": -1}`, "/price minimum"},
		{"text", `{"price": "199.00"}`, "/price type"},
		{"currency in lower case", `{"currency": "cny"}`, "/currency pattern"},
		{"unknown field", `{"pirce": 1}`, "/ additionalProperties"},
		{"unknown tax class", `{"tax_class": "normal"}`, "/tax_class enum"},
		{"tier by number", `{"member_prices": {"Gold": 1}}`, "propertyNames Gold"},
		{"no tier", `{"member_prices": {}}`, "/member_prices minProperties"},
		{"region by name", `{"region_prices": {"germany": {"price": 1}}}`, "propertyNames germany"},
		{"region without price", `{"region_prices": {"DE": {"list_price": 1}}}`, "/region_prices/DE required"},
		{"steps start at two", `{"quantity_prices": [{"from": 1, "price": 1}]}`, "/quantity_prices/0/from minimum"},
		{"presale without an end", `{"presale": {"deposit": 30}}`, "/presale required"},
		{"free deposit", `{"presale": {"deposit": 0}}`, "/presale/deposit exclusiveMinimum"},
		{"time without zone", `{"starts_at": "2026-11-11T00:00:00"}`, "/starts_at format"},
		{"tag twice", `{"tags": ["a", "a"]}`, "/tags uniqueItems"},
	})
}

const goodProduct = `{"sku": "LMY-SER-VC30", "title": "Vitamin C serum", "category": "beauty/skincare", "status": "active"}`

func TestProduct(t *testing.T) {
	check(t, compile(t, "product.json"), goodProduct, []instance{
		{"everything", `{
			"titles": {"zh-CN": "维C精华", "de": "Vitamin-C-Serum", "zh-Hant-HK": "維C精華"}, "brand": "Lumeya", "variant_of": "LMY-SER",
			"attributes": {"volume": "30 ml"}, "net_content": {"amount": 30, "unit": "ml"}, "weight_g": 120,
			"barcode": "06901234567892", "tax_class": "standard", "origin": "CN", "minimum_age": 18,
			"not_in_regions": ["NO"], "launch_at": "2026-11-01T00:00:00Z", "image": "https://img.example/1.jpg",
			"tags": ["new"], "note": "reshoot"}`, ""},
		{"no status", `{"status": null}`, "/ required"},
		{"empty title", `{"title": ""}`, "/title minLength"},
		{"unknown status", `{"status": "on"}`, "/status enum"},
		{"price here", `{"price": 1}`, "/ additionalProperties"},
		{"barcode as a number", `{"barcode": 6901234567892}`, "/barcode type"},
		{"barcode too short", `{"barcode": "1234567"}`, "/barcode pattern"},
		{"attribute as a number", `{"attributes": {"volume": 30}}`, "/attributes/volume type"},
		{"unit unknown", `{"net_content": {"amount": 1, "unit": "oz"}}`, "/net_content/unit enum"},
		{"nothing in it", `{"net_content": {"amount": 0, "unit": "g"}}`, "/net_content/amount exclusiveMinimum"},
		{"locale with underscore", `{"titles": {"zh_CN": "x"}}`, "propertyNames zh_CN"},
		{"three letters", `{"origin": "CHN"}`, "/origin pattern"},
		{"half a gram", `{"weight_g": 0.5}`, "/weight_g type"},
	})
}

const goodStock = `{"sku": "LMY-SER-VC30", "location": "sh-pudong", "allocation": 2400}`

func TestStock(t *testing.T) {
	check(t, compile(t, "stock.json"), goodStock, []instance{
		{"everything", `{
			"channel_allocations": {"livestream": 600}, "safety_stock": 20, "per_customer_limit": 2, "per_order_limit": 2,
			"backorder_limit": 0, "restock_at": "2026-11-20T00:00:00+08:00", "ships_within_hours": 48, "regions": ["CN-SH"],
			"starts_at": "2026-11-11T00:00:00+08:00", "ends_at": "2026-11-12T00:00:00+08:00", "tags": ["hero"], "note": "second truck"}`, ""},
		{"sold out", `{"allocation": 0}`, ""},
		{"no location", `{"location": null}`, "/ required"},
		{"negative", `{"allocation": -1}`, "/allocation minimum"},
		{"half a unit", `{"allocation": 0.5}`, "/allocation type"},
		{"nobody may buy", `{"per_customer_limit": 0}`, "/per_customer_limit minimum"},
		{"negative channel", `{"channel_allocations": {"app": -5}}`, "/channel_allocations/app minimum"},
		{"unknown field", `{"quantity": 5}`, "/ additionalProperties"},
	})
}

func TestListsOfRecords(t *testing.T) {
	for kind, good := range map[string]string{
		"price": goodPrice, "product": goodProduct, "stock": goodStock, "promotion": goodPromotion, "coupon": goodCoupon,
	} {
		list := compile(t, schemas.ForList(kind))
		if err := list.Validate(decode(t, []byte("["+good+","+good+"]"))); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		got := failures(t, list.Validate(decode(t, []byte("["+good+`, {}]`))))
		if !slices.Contains(got, "/1 required") {
			t.Errorf("%s: an empty record passes: %v", kind, got)
		}
		if list.Validate(decode(t, []byte(good))) == nil {
			t.Errorf("%s: one record passes as a list", kind)
		}
	}
}

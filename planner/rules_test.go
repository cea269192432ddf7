package planner

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/spec"
)

// loadPipeline reads a pipeline file that stands for itself.
func loadPipeline(t *testing.T, files map[string]string) *spec.Pipeline {
	t.Helper()
	p, err := spec.LoadPipeline(func(name string) ([]byte, error) {
		text, ok := files[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const pipelineHead = "apiVersion: promoctl.dev/v1\nkind: Pipeline\nmetadata: {name: t}\nstores: [{name: a, driver: file, url: x}]\n"

// ruleSchema is a schema of a shop's own, with a blank price and a list of tiers.
const ruleSchema = `{"type": "object", "x-key": ["id"], "required": ["id"], "properties": {
  "id": {"type": "string"}, "price": {"type": ["number", "null"], "x-price": true}, "was": {"type": "number", "x-price": true},
  "cost": {"type": "number"}, "currency": {"type": "string"},
  "tiers": {"type": "array", "items": {"type": "object", "properties": {"tier": {"type": "string"}, "from": {"type": "integer"}, "price": {"type": "number", "x-price": true}}}}}}`

// hitsOf applies a guardrail, written as in a pipeline file, to two versions of a
// record and returns "field: before -> after: message".
func hitsOf(t *testing.T, dataset, guardrail, before, after string) []string {
	t.Helper()
	p := loadPipeline(t, map[string]string{"rule.json": ruleSchema, spec.PipelineFile: pipelineHead +
		"datasets: [{name: d, files: [\"*.yaml\"], " + dataset + "}]\nguardrails: [" + guardrail + "]\n"})
	record := func(text string) *spec.Record {
		if text == "" {
			return nil
		}
		canonical, err := spec.Canonical([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		r := spec.NewRecord("K", canonical)
		return &r
	}
	c, _ := MakeChange("d", record(before), record(after))
	check := newCheck(p.Guardrails[0], p.Datasets[0])
	var out []string
	for _, h := range check.find(check, &subject{change: &c}) {
		out = append(out, h.field+": "+h.before+" -> "+h.after+": "+h.message)
	}
	return out
}

const (
	own     = "schema: rule.json"
	untyped = "key: [id]"
)

func TestPriceChange(t *testing.T) {
	const thirty = "{rule: price-change, maxPercent: 30}"
	tests := []struct {
		name, dataset, guard, before, after string
		want                                []string
	}{
		{"below the limit", own, thirty, `{"price":100}`, `{"price":129.99}`, nil},
		{"at the limit", own, thirty, `{"price":100}`, `{"price":130}`, nil},
		{"above the limit", own, thirty, `{"price":100}`, `{"price":130.01}`, []string{"price: 100 -> 130.01: price moves by +30 %, more than 30 %"}},
		{"at the limit, down", own, thirty, `{"price":100}`, `{"price":70}`, nil},
		{"below the limit, down", own, thirty, `{"price":100}`, `{"price":69.99}`, []string{"price: 100 -> 69.99: price moves by -30 %, more than 30 %"}},
		{"exact where floats are not", own, "{rule: price-change, maxPercent: 10}", `{"price":0.7}`, `{"price":0.77}`, nil},
		{"a limit with decimals", own, "{rule: price-change, maxPercent: 0.5}", `{"price":200}`, `{"price":201.01}`, []string{"price: 200 -> 201.01: price moves by +0.5 %, more than 0.5 %"}},
		{"from zero", own, thirty, `{"price":0}`, `{"price":0.01}`, []string{"price: 0 -> 0.01: price rises from zero to 0.01"}},
		{"to zero", own, thirty, `{"price":1}`, `{"price":0}`, []string{"price: 1 -> 0: price moves by -100 %, more than 30 %"}},
		{"a create", own, thirty, ``, `{"price":1}`, nil},
		{"a price that comes", own, thirty, `{}`, `{"was":1}`, nil},
		{"a price that goes", own, thirty, `{"was":1}`, `{}`, nil},
		{"no price", own, thirty, `{"cost":1}`, `{"cost":9}`, nil},
		{"a field that the user names", own, "{rule: price-change, maxPercent: 30, fields: [cost]}", `{"cost":1,"price":1}`, `{"cost":9,"price":9}`,
			[]string{"cost: 1 -> 9: cost moves by +800 %, more than 30 %"}},
		{"fields without a schema", untyped, "{rule: price-change, maxPercent: 30, fields: [\"price_history[].input\", a.b]}",
			`{"a":{"b":1},"price_history":[{"input":2}]}`, `{"a":{"b":2},"price_history":[{"input":3}]}`,
			[]string{"price_history[0].input: 2 -> 3: price_history[0].input moves by +50 %, more than 30 %", "a.b: 1 -> 2: a.b moves by +100 %, more than 30 %"}},
		{"no number", untyped, "{rule: price-change, maxPercent: 30, fields: [price]}", `{"price":2}`, `{"price":"2"}`,
			[]string{"price: 2 -> \"2\": price is not a number, so this rule cannot judge it"}},
		{"no number, as before", untyped, "{rule: price-change, maxPercent: 30, fields: [price]}", `{"price":"free","x":1}`, `{"price":"free","x":2}`, nil},

		{"members of tiers", "kind: price", thirty, `{"member_prices":{"gold":10,"plus":9},"price":1}`, `{"member_prices":{"black":1,"gold":20,"plus":9},"price":1}`,
			[]string{"member_prices.gold: 10 -> 20: member_prices.gold moves by +100 %, more than 30 %"}},
		{"items by their text", own, thirty, `{"tiers":[{"price":10,"tier":"gold"},{"price":9,"tier":"plus"}]}`, `{"tiers":[{"price":9,"tier":"plus"},{"price":20,"tier":"gold"}]}`,
			[]string{"tiers[tier=gold].price: 10 -> 20: tiers[tier=gold].price moves by +100 %, more than 30 %"}},
		{"items by their number", own, thirty, `{"tiers":[{"from":10,"price":10},{"from":20,"price":9}]}`, `{"tiers":[{"from":2,"price":50},{"from":10,"price":20},{"from":20,"price":9}]}`,
			[]string{"tiers[from=10].price: 10 -> 20: tiers[from=10].price moves by +100 %, more than 30 %"}},
		{"items whose name changes with the price", own, thirty, `{"tiers":[{"price":10,"tier":"gold"}]}`, `{"tiers":[{"price":20,"tier":"golden"}]}`,
			[]string{"tiers[tier=golden].price: 10 -> 20: tiers[tier=golden].price moves by +100 %, more than 30 %"}},
		{"items that look the same", own, thirty, `{"tiers":[{"price":10,"tier":"gold"},{"price":5,"tier":"gold"}]}`, `{"tiers":[{"price":20,"tier":"gold"},{"price":5,"tier":"gold"}]}`,
			[]string{"tiers[tier=gold].price: 10 -> 20: tiers[tier=gold].price moves by +100 %, more than 30 %"}},
		{"an item that comes", own, thirty, `{"tiers":[{"price":10,"tier":"gold"}]}`, `{"tiers":[{"price":1,"tier":"new"},{"price":10,"tier":"gold"}]}`, nil},

		{"the currency", own, thirty, `{"currency":"CNY","price":100}`, `{"currency":"USD","price":100}`, []string{"currency: CNY -> USD: currency changes from CNY to USD"}},
		{"a currency that comes", own, thirty, `{"price":100}`, `{"currency":"USD","price":100}`, nil},
		{"the currency of a region", "kind: price", thirty, `{"price":1,"region_prices":{"DE":{"currency":"EUR","price":1}}}`, `{"price":1,"region_prices":{"DE":{"currency":"JPY","price":1}}}`,
			[]string{"region_prices.DE.currency: EUR -> JPY: region_prices.DE.currency changes from EUR to JPY"}},
		{"the currency of a region goes", "kind: price", thirty, `{"currency":"CNY","price":1,"region_prices":{"DE":{"currency":"EUR","list_price":2,"price":1}}}`, `{"currency":"CNY","price":1,"region_prices":{"DE":{"list_price":2,"price":1}}}`,
			[]string{"region_prices.DE.currency: EUR -> CNY: region_prices.DE.currency is gone, so amounts change from EUR to CNY"}},
		{"the currency of a region comes", "kind: price", thirty, `{"currency":"CNY","price":1,"region_prices":{"DE":{"price":1}}}`, `{"currency":"CNY","price":1,"region_prices":{"DE":{"currency":"EUR","price":1}}}`,
			[]string{"region_prices.DE.currency: CNY -> EUR: region_prices.DE.currency is new, so amounts change from CNY to EUR"}},
		{"a region says what held before", "kind: price", thirty, `{"currency":"CNY","price":1,"region_prices":{"DE":{"price":1}}}`, `{"currency":"CNY","price":1,"region_prices":{"DE":{"currency":"CNY","price":1}}}`, nil},
		{"the record's currency, with regions", "kind: price", thirty, `{"currency":"CNY","price":1,"region_prices":{"DE":{"price":1},"FR":{"currency":"EUR","price":1}}}`, `{"currency":"USD","price":1,"region_prices":{"DE":{"price":1},"FR":{"currency":"EUR","price":1}}}`,
			[]string{"currency: CNY -> USD: currency changes from CNY to USD"}},
		{"the record's currency goes", own, thirty, `{"currency":"CNY","price":1}`, `{"price":1}`, []string{"currency: CNY -> : currency changes from CNY to none"}},
		{"a region comes with its currency", "kind: price", thirty, `{"currency":"CNY","price":1,"region_prices":{}}`, `{"currency":"CNY","price":1,"region_prices":{"DE":{"currency":"EUR","price":1}}}`, nil},
		{"an item changes its currency and moves in the list", untyped, "{rule: price-change, maxPercent: 30, fields: [\"tiers[].price\"]}",
			`{"currency":"CNY","tiers":[{"currency":"EUR","price":1,"tier":"gold"},{"price":2,"tier":"plus"}]}`, `{"currency":"CNY","tiers":[{"price":2,"tier":"plus"},{"price":1,"tier":"gold"}]}`,
			[]string{"tiers[tier=gold].currency: EUR -> CNY: tiers[tier=gold].currency is gone, so amounts change from EUR to CNY"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, hitsOf(t, tt.dataset, tt.guard, tt.before, tt.after)); diff != "" {
				t.Errorf("hits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestZeroPrice(t *testing.T) {
	const rule = "{rule: zero-price}"
	const named = "{rule: zero-price, fields: [cost]}"
	tests := []struct {
		name, dataset, guard, before, after string
		want                                []string
	}{
		{"above zero", own, rule, `{"price":1}`, `{"price":0.01}`, nil},
		{"zero", own, rule, `{"price":1}`, `{"price":0}`, []string{"price: 1 -> 0: price becomes 0"}},
		{"below zero", own, rule, `{"price":1}`, `{"price":-0.01}`, []string{"price: 1 -> -0.01: price becomes -0.01"}},
		{"zero as before", own, rule, `{"price":0}`, `{"price":0.00,"cost":1}`, nil},
		{"zero, from the start", own, rule, ``, `{"price":0}`, []string{"price:  -> 0: price is 0"}},
		{"a zero that comes", own, rule, `{}`, `{"was":0}`, []string{"was:  -> 0: was is 0"}},
		{"blank", own, rule, `{"price":1}`, `{"price":null}`, []string{"price: 1 -> : price becomes blank"}},
		{"left out where there may be none", own, rule, `{"price":1}`, `{}`, []string{"price: 1 -> : price becomes blank"}},
		{"blank, from the start", own, rule, ``, `{"price":null}`, []string{"price:  -> : price is blank"}},
		{"blank, as before", own, rule, `{"price":null}`, `{"price":null,"cost":1}`, nil},
		{"an optional price goes", own, rule, `{"price":1,"was":2}`, `{"price":1}`, nil},
		{"a named field goes", own, named, `{"cost":1}`, `{}`, []string{"cost: 1 -> : cost becomes blank"}},
		{"a named field never was", own, named, ``, `{}`, nil},
		{"another field", own, named, `{"cost":1,"price":1}`, `{"cost":1,"price":0}`, nil},
		{"an item", own, rule, `{"tiers":[{"price":1,"tier":"gold"}]}`, `{"tiers":[{"price":0,"tier":"gold"}]}`,
			[]string{"tiers[tier=gold].price: 1 -> 0: tiers[tier=gold].price becomes 0"}},
		{"an item goes", own, rule, `{"tiers":[{"price":1,"tier":"gold"}]}`, `{"tiers":[]}`, nil},
		{"no number", untyped, "{rule: zero-price, fields: [price]}", ``, `{"price":"0"}`, []string{"price:  -> \"0\": price is not a number, so this rule cannot judge it"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, hitsOf(t, tt.dataset, tt.guard, tt.before, tt.after)); diff != "" {
				t.Errorf("hits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecimalSlip(t *testing.T) {
	tests := []struct{ before, after, want string }{
		{"199", "19.9", "a tenth of"}, {"19.9", "199", "10 times"},
		{"100", "1000", "10 times"}, {"100", "900", "10 times"}, {"100", "899.99", ""}, {"100", "1100", "10 times"}, {"100", "1100.01", ""},
		{"900", "100", "a tenth of"}, {"899.99", "100", ""}, {"1100", "100", "a tenth of"}, {"1100.01", "100", ""},
		{"100", "10000", "100 times"}, {"10000", "100", "a hundredth of"}, {"1", "1000", "1000 times"}, {"1000", "1", "a thousandth of"},
		{"1", "10000", ""}, {"100", "100", ""}, {"100", "50", ""}, {"0", "10", ""}, {"10", "0", ""}, {"-10", "-1", ""},
	}
	for _, tt := range tests {
		var want []string
		if tt.want != "" {
			want = []string{"price: " + tt.before + " -> " + tt.after + ": price is about " + tt.want + " what it was; a slipped decimal point?"}
		}
		got := hitsOf(t, own, "{rule: decimal-slip}", `{"price":`+tt.before+`}`, `{"price":`+tt.after+`}`)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s to %s (-want +got):\n%s", tt.before, tt.after, diff)
		}
	}
	for name, got := range map[string][]string{
		"a create":         hitsOf(t, own, "{rule: decimal-slip}", ``, `{"price":1}`),
		"another field":    hitsOf(t, own, "{rule: decimal-slip}", `{"cost":1}`, `{"cost":10}`),
		"not in the scope": hitsOf(t, own, "{rule: decimal-slip, fields: [cost]}", `{"price":1}`, `{"price":10}`),
	} {
		if got != nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	maps := hitsOf(t, "kind: price", "{rule: decimal-slip}",
		`{"member_prices":{"gold":189,"plus":185},"region_prices":{"DE":{"price":26.9}}}`, `{"member_prices":{"gold":18.9,"plus":185},"region_prices":{"DE":{"price":269}}}`)
	if len(maps) != 2 || !strings.HasPrefix(maps[0], "member_prices.gold: 189 -> 18.9") || !strings.HasPrefix(maps[1], "region_prices.DE.price: 26.9 -> 269") {
		t.Errorf("prices of tiers and regions: %q", maps)
	}
}

func TestCouponCap(t *testing.T) {
	const rule = "{rule: coupon-cap}"
	found := []string{"total_limit:  -> : nothing limits what this gives away; set total_limit or budget"}
	tests := []struct {
		name, dataset, guard, before, after string
		want                                []string
	}{
		{"a total limit", "kind: coupon", rule, ``, `{"total_limit":1}`, nil},
		{"a budget", "kind: coupon", rule, ``, `{"budget":1}`, nil},
		{"neither", "kind: coupon", rule, ``, `{"per_customer_limit":1}`, found},
		{"the limit goes", "kind: coupon", rule, `{"total_limit":1}`, `{}`, found},
		{"none, as before, and something changes", "kind: coupon", rule, `{"title":"a"}`, `{"title":"b"}`, found},
		{"a null is no limit", "kind: coupon", rule, ``, `{"total_limit":null}`, found},
		{"prices have no cap", "kind: price", rule, ``, `{}`, nil},
		{"fields that the user names", untyped, "{rule: coupon-cap, fields: [caps.total]}", ``, `{"caps":{"daily":1}}`, []string{"caps.total:  -> : nothing limits what this gives away; set caps.total"}},
		{"fields that the user names, set", untyped, "{rule: coupon-cap, fields: [caps.total]}", ``, `{"caps":{"total":1}}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, hitsOf(t, tt.dataset, tt.guard, tt.before, tt.after)); diff != "" {
				t.Errorf("hits (-want +got):\n%s", diff)
			}
		})
	}
}

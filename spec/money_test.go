package spec_test

import "testing"

const moneySchema = `{"type": "object", "x-key": ["id"], "properties": {
	"id": {"type": "string"}, "currency": {"type": ["string", "null"]}, "price": {"$ref": "#/$defs/amount"},
	"prices": {"type": "object", "additionalProperties": {"$ref": "#/$defs/amount"}},
	"amounts": {"type": "array", "items": {"type": "number"}, "x-money": {"currency": "currency"}},
	"fee": {"type": "number", "x-money": {"code": "EUR"}},
	"steps": {"type": "array", "items": {"$ref": "#/$defs/step"}}},
	"$defs": {"amount": {"type": "number", "x-money": {"currency": "currency"}},
		"step": {"type": "object", "properties": {"currency": {"type": "string"}, "price": {"$ref": "#/$defs/amount"},
			"tiers": {"type": "array", "items": {"type": "object", "properties": {"price": {"$ref": "#/$defs/amount"}}}}}}}}`

// TestMoney: a money field needs a currency and no more decimals than it has.
func TestMoney(t *testing.T) {
	checkFiles(t, dataset(t, moneySchema), "f.yaml", []fileCase{
		{"two decimals of CNY", "- {id: a, currency: CNY, price: 19.90}\n", `{"currency":"CNY","id":"a","price":19.9}`},
		{"zeros carry nothing", "- {id: a, currency: CNY, price: 19.9000}\n- {id: b, currency: JPY, price: 1990.00}\n", lines(`{"currency":"CNY","id":"a","price":19.9}`, `{"currency":"JPY","id":"b","price":1990}`)},
		{"three decimals of CNY", "- {id: a, currency: CNY, price: 19.905}\n", "f.yaml:1:33: price: 19.905 has 3 decimals, but CNY has 2; write at most 2 decimals"},
		{"decimals of JPY", "- {id: a, currency: JPY, price: 1990.5}\n", "f.yaml:1:33: price: 1990.5 has 1 decimal, but JPY has 0; write a whole number"},
		{"three decimals of KWD", "- {id: a, currency: KWD, price: 1.995}\n", `{"currency":"KWD","id":"a","price":1.995}`},
		{"four decimals of KWD", "- {id: a, currency: KWD, price: 1.9955}\n", "f.yaml:1:33: price: 1.9955 has 4 decimals, but KWD has 3; write at most 3 decimals"},
		{"exponents count as what they are", "- {id: a, currency: CNY, price: 1e-3}\n- {id: b, currency: JPY, price: 15e2}\n", lines(`{"currency":"JPY","id":"b","price":1500}`, `f.yaml:1:33: price: 1e-3 has 3 decimals, but CNY has 2; write at most 2 decimals`)},
		{"no currency", "- {id: a, price: 19.90}\n", "f.yaml:1:18: price: an amount without a currency; add the field currency with a code of ISO 4217, such as CNY"},
		{"no currency, said once", "- {id: a, price: 19.90, prices: {gold: 1, plus: 2}}\n", "f.yaml:1:18: price: an amount without a currency; add the field currency with a code of ISO 4217, such as CNY"},
		{"currency null", "- {id: a, currency: null, price: 19.90}\n", "f.yaml:1:34: price: an amount without a currency; add the field currency with a code of ISO 4217, such as CNY"},
		{"no amount, no currency", "- {id: a}\n", `{"id":"a"}`},
		{"unknown currency, said once", "- {id: a, currency: RMB, price: 19.90, prices: {gold: 1.555}}\n", `f.yaml:1:21: currency: "RMB" is not a currency of ISO 4217; write a code such as CNY, USD or EUR`},
		{"currency in small letters", "- {id: a, currency: cny, price: 19.90}\n", `f.yaml:1:21: currency: "cny" is not a currency of ISO 4217; write a code such as CNY, USD or EUR`},
		{"currency below the amount", "- {id: a, price: 19.905, currency: CNY}\n", "f.yaml:1:18: price: 19.905 has 3 decimals, but CNY has 2; write at most 2 decimals"},
		{"currency that is no text", "- {id: a, price: 19.905, currency: [CNY]}\n", "f.yaml:1:36: currency: a list where a text is wanted; write a text"},
		{"currency of the enclosing record", "- {id: a, currency: JPY, steps: [{price: 5}, {price: 5.5}]}\n", "f.yaml:1:54: steps[1].price: 5.5 has 1 decimal, but JPY has 0; write a whole number"},
		{"currency of the nearest object", "- {id: a, currency: JPY, steps: [{currency: CNY, price: 5.5, tiers: [{price: 4.44}, {price: 4.444}]}]}\n", "f.yaml:1:93: steps[0].tiers[1].price: 4.444 has 3 decimals, but CNY has 2; write at most 2 decimals"},
		{"prices by name", "- {id: a, currency: CNY, prices: {gold: 5.55, plus: 5.555}}\n", "f.yaml:1:53: prices.plus: 5.555 has 3 decimals, but CNY has 2; write at most 2 decimals"},
		{"a price that is named currency", "- {id: a, currency: CNY, prices: {currency: 5.555}}\n", "f.yaml:1:45: prices.currency: 5.555 has 3 decimals, but CNY has 2; write at most 2 decimals"},
		{"a list of amounts", "- {id: a, currency: CNY, amounts: [1.11, 1.111]}\n", "f.yaml:1:42: amounts[1]: 1.111 has 3 decimals, but CNY has 2; write at most 2 decimals"},
		{"fixed currency", "- {id: a, fee: 1.11}\n- {id: b, fee: 1.111}\n", lines(`{"fee":1.11,"id":"a"}`, `f.yaml:2:16: fee: 1.111 has 3 decimals, but EUR has 2; write at most 2 decimals`)},
		{"amount that is no number", "- {id: a, currency: CNY, price: 19,90}\n", "f.yaml:1:33: price: 19,90 has a comma; write 19.90"},
	})
}

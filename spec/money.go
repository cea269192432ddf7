package spec

import (
	"encoding/json"
	"github.com/bojanz/currency"
	"strings"
)

// amount is a money field that was read, to be checked against its currency.
type amount struct {
	rule   *moneyRule
	digits int // after the point, as canonical
	text   string
	object map[string]any
	node   Node
	path   string
}

// noteAmount keeps an amount until the record is complete, because its currency may
// stand below it.
func (d *decoder) noteAmount(rule *moneyRule, object map[string]any, v any, n Node, path string) {
	number, ok := v.(json.Number)
	if !ok {
		return
	}
	_, frac, _ := strings.Cut(number.String(), ".")
	d.money = append(d.money, amount{rule, len(frac), n.Text(), object, n, path})
}

// checkMoney checks each amount against its currency.
func (d *decoder) checkMoney() {
	for _, a := range d.money {
		code := a.rule.Code
		if code == "" {
			code = d.currencyOf(a)
			if code == "" {
				continue
			}
		}
		digits, _ := currency.GetDigits(code)
		if a.digits > int(digits) {
			d.fail(a.node, a.path, "%s has %d decimals, but %s has %d; write at most %d decimals", a.text, a.digits, code, digits, digits)
		}
	}
}

func (d *decoder) currencyOf(a amount) string {
	v, ok := a.object[a.rule.Currency]
	if !ok {
		v, ok = d.record[a.rule.Currency]
	}
	code, isText := v.(string)
	switch {
	case !ok:
		d.fail(a.node, a.path, "an amount without a currency; add the field %s with a code of ISO 4217, such as CNY", a.rule.Currency)
		return ""
	case !isText:
		return "" // has a problem of its own
	case !currency.IsValid(code):
		d.fail(a.node, a.path, "%s is not a currency of ISO 4217; write a code such as CNY, USD or EUR in %s", quoteText(code), a.rule.Currency)
		return ""
	}
	return code
}

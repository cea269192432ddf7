package spec

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/bojanz/currency"
)

// scope is an object of a record, where an amount finds its currency.
type scope struct {
	object map[string]any
	node   Node
	path   string
	typ    *Type
	outer  int // the object around it; -1: this is the record
}

// amount is a money field that was read, to be checked against its currency.
type amount struct {
	rule   *moneyRule
	digits int // after the point, as canonical
	node   Node
	path   string
	hidden bool
	scope  int // the innermost object around it
}

// noteAmount keeps an amount until the record is complete, because its currency may
// stand below it.
func (d *decoder) noteAmount(rule *moneyRule, v json.Number, n Node) {
	_, frac, _ := strings.Cut(v.String(), ".")
	d.money = append(d.money, amount{rule, len(frac), n, d.at(), d.hidden(), d.scope})
}

// checkMoney checks each amount against its currency.
func (d *decoder) checkMoney() {
	for _, a := range d.money {
		code := a.rule.Code
		if code == "" {
			code = d.currencyOf(a)
		}
		if code == "" {
			continue // said already
		}
		digits, _ := currency.GetDigits(code)
		if a.digits <= int(digits) {
			continue
		}
		text := a.node.Text()
		if a.hidden {
			text = "the value"
		}
		d.failAt(a.node, a.path, "%s has %s, but %s has %d; write %s", text, count(a.digits, "decimal"), code, digits, decimals(int(digits)))
	}
}

func decimals(most int) string {
	if most == 0 {
		return "a whole number"
	}
	return "at most " + count(most, "decimal")
}

// currencyOf returns the valid currency code of an amount: that of the nearest object
// around it which has one. It returns "" with a problem noted, now or before.
func (d *decoder) currencyOf(a amount) string {
	name := a.rule.Currency
	for i := a.scope; i >= 0; i = d.scopes[i].outer {
		s := d.scopes[i]
		v, ok := s.object[name]
		path := joinPath(s.path, name)
		switch code, isText := v.(string); {
		case !ok || !s.typ.mayHold(name):
		case slices.Contains(d.failed, path):
			return ""
		case isText && !currency.IsValid(code):
			d.failAt(s.node.Member(name), path, "%s is not a currency of ISO 4217; write a code such as CNY, USD or EUR", quoteText(code))
			return ""
		case isText:
			return code
		case v != nil:
			d.failAt(s.node.Member(name), path, "a currency is a text; write a code of ISO 4217, such as CNY")
			return ""
		}
	}
	if !d.scopes[0].typ.required[name] && !slices.Contains(d.failed, name) { // else that is said
		d.failed = append(d.failed, name)
		d.problems.Addf(a.node.At(d.file), a.path, "an amount without a currency; add the field %s with a code of ISO 4217, such as CNY", name)
	}
	return ""
}

// mayHold reports whether a member of that name is a field of its own, and not one of
// many alike: a price list by tier may have a tier that is called "currency".
func (t *Type) mayHold(name string) bool { return t.props[name] != nil || t.extra == nil }

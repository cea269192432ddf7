package planner

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/promoctl/promoctl/spec"
)

// ruleFunc looks at one create or update of a dataset of the target. It fills in field,
// values and message of what it finds.
type ruleFunc func(g spec.Guardrail, d *spec.Dataset, c *Change) []Finding

// ruleOf returns a built-in rule by the name of spec.BuiltinRules, or nil.
func ruleOf(name string) ruleFunc {
	switch name {
	case "price-change":
		return priceChange
	case "zero-price":
		return zeroPrice
	case "decimal-slip":
		return decimalSlip
	case "coupon-cap":
		return couponCap
	}
	return nil
}

var hundred = decimal.NewFromInt(100)

// priceChange finds prices that move by more than maxPercent, up or down, and prices
// that change their currency.
func priceChange(g spec.Guardrail, d *spec.Dataset, c *Change) []Finding {
	if c.Op != Update {
		return nil
	}
	limit := decimalOf(g.MaxPercent)
	var out []Finding
	for _, m := range priceMoves(g, d, c) {
		if m.before == nil || m.after == nil || m.before.Equal(*m.after) {
			continue
		}
		f := Finding{Field: m.field, Before: m.before.String(), After: m.after.String()}
		switch {
		case m.before.IsZero():
			f.Message = fmt.Sprintf("%s rises from zero to %s", m.field, f.After)
		case m.after.Sub(*m.before).Abs().Mul(hundred).GreaterThan(m.before.Abs().Mul(limit)):
			f.Message = fmt.Sprintf("%s moves by %s, more than %s %%", m.field, percentText(*m.before, *m.after), limit)
		default:
			continue
		}
		out = append(out, f)
	}
	return append(out, currencyChange(d, c)...)
}

func currencyChange(d *spec.Dataset, c *Change) []Finding {
	if len(d.Schema.PriceFields()) == 0 {
		return nil
	}
	before, _ := c.Before.Fields()["currency"].(string)
	after, _ := c.After.Fields()["currency"].(string)
	if before == after || before == "" {
		return nil
	}
	return []Finding{{Field: "currency", Before: before, After: after,
		Message: fmt.Sprintf("the currency changes from %s to %s", before, after)}}
}

// zeroPrice finds prices that are blank, zero or below.
func zeroPrice(g spec.Guardrail, d *spec.Dataset, c *Change) []Finding {
	var out []Finding
	for _, m := range priceMoves(g, d, c) {
		switch {
		case m.after == nil && m.before != nil && m.present:
			out = append(out, Finding{Field: m.field, Before: m.before.String(), Message: m.field + " becomes blank"})
		case m.after == nil || m.after.IsPositive():
		case m.before != nil && m.before.Equal(*m.after):
		case m.before == nil:
			out = append(out, Finding{Field: m.field, After: m.after.String(), Message: fmt.Sprintf("%s is %s", m.field, m.after)})
		default:
			out = append(out, Finding{Field: m.field, Before: m.before.String(), After: m.after.String(),
				Message: fmt.Sprintf("%s becomes %s", m.field, m.after)})
		}
	}
	return out
}

// decimalSlip finds prices that became about ten, a hundred or a thousand times as
// large or as small: somebody missed the point. "About" is a tenth, because a slip
// often comes together with an edit.
func decimalSlip(g spec.Guardrail, d *spec.Dataset, c *Change) []Finding {
	var out []Finding
	for _, m := range priceMoves(g, d, c) {
		if m.before == nil || m.after == nil || !m.before.IsPositive() || !m.after.IsPositive() {
			continue
		}
		if what := slip(*m.before, *m.after); what != "" {
			out = append(out, Finding{Field: m.field, Before: m.before.String(), After: m.after.String(),
				Message: fmt.Sprintf("%s is about %s what it was; a slipped decimal point?", m.field, what)})
		}
	}
	return out
}

// slip says "a tenth of" or "10 times", or "" when the ratio is nothing like it.
func slip(before, after decimal.Decimal) string {
	small, large, words := before, after, [...]string{"10 times", "100 times", "1000 times"}
	if after.LessThan(before) {
		small, large, words = after, before, [...]string{"a tenth of", "a hundredth of", "a thousandth of"}
	}
	for i, factor := range [...]int64{10, 100, 1000} {
		exact := small.Mul(decimal.NewFromInt(factor))
		if large.Sub(exact).Abs().Mul(decimal.NewFromInt(10)).LessThanOrEqual(exact) {
			return words[i]
		}
	}
	return ""
}

// couponCap finds coupons that nothing limits.
func couponCap(_ spec.Guardrail, d *spec.Dataset, c *Change) []Finding {
	if len(d.Schema.Cap) == 0 {
		return nil
	}
	fields := c.After.Fields()
	for _, name := range d.Schema.Cap {
		if valueAt(fields, strings.Split(name, ".")) != nil {
			return nil
		}
	}
	return []Finding{{Field: d.Schema.Cap[0], Message: "nothing limits what this gives away; set " + strings.Join(d.Schema.Cap, " or ")}}
}

func valueAt(v any, path []string) any {
	for _, name := range path {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

// priceMove is one price of a record before and after.
type priceMove struct {
	field         string
	before, after *decimal.Decimal // nil: no number there
	present       bool             // the field is there after the change, if only as null
}

// priceMoves pairs the prices of a record: the fields that the guardrail names, else
// those that the schema marks x-price.
func priceMoves(g spec.Guardrail, d *spec.Dataset, c *Change) []priceMove {
	paths := g.Fields
	if len(paths) == 0 {
		paths = d.Schema.PriceFields()
	}
	if len(paths) == 0 {
		return nil
	}
	var before, after map[string]any
	if c.Before != nil {
		before = c.Before.Fields()
	}
	after = c.After.Fields()
	var out []priceMove
	for _, path := range paths {
		was, is := map[string]any{}, map[string]any{}
		steps := strings.Split(strings.ReplaceAll(path, "[]", ".[]"), ".")
		collect(before, steps, "", was)
		order := collect(after, steps, "", is)
		for _, label := range order {
			_, present := is[label]
			out = append(out, priceMove{label, toDecimal(was[label]), toDecimal(is[label]), present})
		}
	}
	return out
}

func toDecimal(v any) *decimal.Decimal {
	n, ok := v.(json.Number)
	if !ok {
		return nil
	}
	d, err := decimal.NewFromString(n.String())
	if err != nil {
		return nil
	}
	return &d
}

// collect finds the values at a path. Items of lists are told apart by what they say
// of themselves ([tier=gold]), so that adding one does not shift the others; returns
// the labels in order.
func collect(v any, steps []string, label string, into map[string]any) []string {
	if len(steps) == 0 {
		into[label] = v
		return []string{label}
	}
	if steps[0] == "*" {
		if object, ok := v.(map[string]any); ok {
			return collectMembers(object, steps[1:], label, into)
		}
	}
	if steps[0] == "[]" || steps[0] == "*" {
		list, _ := v.([]any)
		var order []string
		for i, item := range list {
			order = append(order, collect(item, steps[1:], label+"["+itemLabel(item, i)+"]", into)...)
		}
		return order
	}
	object, _ := v.(map[string]any)
	next, ok := object[steps[0]]
	if !ok {
		return nil
	}
	return collect(next, steps[1:], strings.TrimPrefix(label+"."+steps[0], "."), into)
}

// collectMembers finds the values at a path below every member of an object, whose
// names are data: tiers, channels, regions.
func collectMembers(object map[string]any, steps []string, label string, into map[string]any) []string {
	var order []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		order = append(order, collect(object[name], steps, strings.TrimPrefix(label+"."+name, "."), into)...)
	}
	return order
}

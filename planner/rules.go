package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/promoctl/promoctl/spec"
)

// hit is what a rule finds in a record.
type hit struct {
	field, before, after, message string
	// whole: the finding is about the record as a whole, so that its fingerprint
	// covers the record and not the two values.
	whole bool
}

// ruleFunc looks at one create or update.
type ruleFunc func(c *check, s *subject) []hit

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

var (
	ten     = decimal.NewFromInt(10)
	hundred = decimal.NewFromInt(100)
)

// priceChange finds prices that move by more than maxPercent, up or down, and prices
// that change their currency.
func priceChange(c *check, s *subject) []hit {
	if s.change.Op != Update || len(c.prices) == 0 {
		return nil
	}
	var out []hit
	moves := s.moves(c.prices)
	for _, m := range moves {
		if h, bad := m.noNumber(); bad {
			out = append(out, h)
			continue
		}
		if m.old == nil || m.now == nil || m.old.Equal(*m.now) {
			continue
		}
		h := hit{field: m.label, before: m.old.String(), after: m.now.String()}
		switch {
		case m.old.IsZero():
			h.message = fmt.Sprintf("%s rises from zero to %s", m.label, h.after)
		case m.now.Sub(*m.old).Abs().Mul(hundred).GreaterThan(m.old.Abs().Mul(c.maxPercent)):
			h.message = fmt.Sprintf("%s moves by %s, more than %s %%", m.label, percentText(*m.old, *m.now), c.maxPercent)
		default:
			continue
		}
		out = append(out, h)
	}
	return append(out, currencyChanges(s, moves)...)
}

// zeroPrice finds prices that are blank, zero or below.
func zeroPrice(c *check, s *subject) []hit {
	var out []hit
	for _, m := range s.moves(c.prices) {
		h, bad := m.noNumber()
		switch {
		case bad:
			out = append(out, h)
		case m.now == nil && m.after != nil: // no number, as before
		case m.now == nil && m.old != nil && (m.is || m.blank):
			out = append(out, hit{field: m.label, before: m.old.String(), message: m.label + " becomes blank"})
		case m.now == nil && m.is && !m.was:
			out = append(out, hit{field: m.label, message: m.label + " is blank"})
		case m.now == nil || m.now.IsPositive() || (m.old != nil && m.old.Equal(*m.now)):
		case m.old == nil:
			out = append(out, hit{field: m.label, after: m.now.String(), message: fmt.Sprintf("%s is %s", m.label, m.now)})
		default:
			out = append(out, hit{field: m.label, before: m.old.String(), after: m.now.String(),
				message: fmt.Sprintf("%s becomes %s", m.label, m.now)})
		}
	}
	return out
}

// decimalSlip finds prices that became about ten, a hundred or a thousand times as
// large or as small: somebody missed the point. "About" is a tenth, because a slip
// often comes together with an edit.
func decimalSlip(c *check, s *subject) []hit {
	if s.change.Op != Update {
		return nil
	}
	var out []hit
	for _, m := range s.moves(c.prices) {
		if h, bad := m.noNumber(); bad {
			out = append(out, h)
			continue
		}
		if m.old == nil || m.now == nil || !m.old.IsPositive() || !m.now.IsPositive() {
			continue
		}
		if what := slip(*m.old, *m.now); what != "" {
			out = append(out, hit{field: m.label, before: m.old.String(), after: m.now.String(),
				message: fmt.Sprintf("%s is about %s what it was; a slipped decimal point?", m.label, what)})
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
	exact := small
	for _, word := range words {
		exact = exact.Mul(ten)
		if large.Sub(exact).Abs().Mul(ten).LessThanOrEqual(exact) {
			return word
		}
	}
	return ""
}

// couponCap finds coupons that nothing limits.
func couponCap(c *check, s *subject) []hit {
	if len(c.caps) == 0 {
		return nil
	}
	for _, name := range c.caps {
		if valueAt(s.after(), strings.Split(name, ".")) != nil {
			return nil
		}
	}
	return []hit{{field: c.caps[0], whole: true,
		message: "nothing limits what this gives away; set " + strings.Join(c.caps, " or ")}}
}

func valueAt(v any, path []string) any {
	for _, name := range path {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

// check is a guardrail made ready for one dataset.
type check struct {
	guard      spec.Guardrail
	find       ruleFunc
	maxPercent decimal.Decimal
	prices     []pricePath
	caps       []string
}

// newCheck prepares a guardrail for a dataset as one side of the plan declares it; nil
// if it does not look at it.
func newCheck(g spec.Guardrail, d *spec.Dataset) *check {
	if len(g.Datasets) > 0 && !slices.Contains(g.Datasets, d.Name) {
		return nil
	}
	c := &check{guard: g, find: ruleOf(g.Rule), maxPercent: decimalOf(g.MaxPercent)}
	if c.find == nil {
		return nil // the pipeline file was refused before
	}
	if g.Rule == "coupon-cap" {
		if c.caps = g.Fields; len(c.caps) == 0 {
			c.caps = d.Schema.Cap
		}
		return c
	}
	c.prices = pricePaths(g, d)
	return c
}

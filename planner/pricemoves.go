package planner

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/promoctl/promoctl/spec"
)

// pricePath is a path that a guardrail looks at. Steps are names of members, "*" for
// any member, and "[]" for any item.
type pricePath struct {
	steps []string
	// blank: a value that is there no more has become blank. Elsewhere leaving an
	// optional price out is an ordinary thing to do, as after a sale.
	blank bool
}

// pricePaths returns what a guardrail looks at in a dataset: the fields that it names,
// else those that the schema marks as prices.
func pricePaths(g spec.Guardrail, d *spec.Dataset) []pricePath {
	names, named := g.Fields, true
	if len(names) == 0 {
		names, named = d.Schema.PriceFields(), false
	}
	out := make([]pricePath, len(names))
	for i, name := range names {
		out[i].steps = strings.Split(strings.ReplaceAll(name, "[]", ".[]"), ".")
		f := d.Layout.Field(name)
		out[i].blank = !slices.Contains(out[i].steps, "[]") && !slices.Contains(out[i].steps, "*") &&
			(named || (f != nil && f.Nullable))
	}
	return out
}

// spot is a value of a record before and after.
type spot struct {
	label         string // "price", "tiers[tier=gold].price"
	before, after any
	was, is       bool  // whether there is a value on that side, if only null
	in            *spot // what it is a part of; nil: this is the record
}

// collectSpots finds the values at a path in two versions of a record.
func collectSpots(at spot, steps []string) []spot {
	if len(steps) == 0 {
		if !at.was && !at.is {
			return nil
		}
		return []spot{at}
	}
	var out []spot
	switch step, rest := steps[0], steps[1:]; step {
	case "[]":
		before, _ := at.before.([]any)
		after, _ := at.after.([]any)
		for _, p := range pairItems(before, after, first(rest)) {
			next := spot{at.label + "[" + p.label + "]", p.before, p.after, p.was, p.is, &at}
			out = append(out, collectSpots(next, rest)...)
		}
	case "*":
		before, _ := at.before.(map[string]any)
		after, _ := at.after.(map[string]any)
		for _, name := range unionOfNames(before, after) {
			out = append(out, collectSpots(at.member(name), rest)...)
		}
	default:
		out = collectSpots(at.member(step), rest)
	}
	return out
}

func first(steps []string) string {
	if len(steps) == 0 {
		return ""
	}
	return steps[0]
}

// member descends into a member of an object.
func (s spot) member(name string) spot {
	next := spot{label: strings.TrimPrefix(s.label+"."+pathName(name), "."), in: &s}
	before, _ := s.before.(map[string]any)
	after, _ := s.after.(map[string]any)
	next.before, next.was = before[name]
	next.after, next.is = after[name]
	return next
}

// priceMove is one price of a record before and after.
type priceMove struct {
	spot
	old, now *decimal.Decimal // nil: no number there
	blank    bool             // see pricePath
}

// moves returns the prices of a change that a check looks at.
func (s *subject) moves(paths []pricePath) []priceMove {
	var out []priceMove
	for _, path := range paths {
		root := spot{before: s.before(), after: s.after(), was: s.change.Before != nil, is: true}
		for _, at := range collectSpots(root, path.steps) {
			out = append(out, priceMove{at, toDecimal(at.before), toDecimal(at.after), path.blank})
		}
	}
	return out
}

// noNumber is the finding about a value that came and is no number: a rule that cannot
// be evaluated finds something.
func (m priceMove) noNumber() (hit, bool) {
	if m.after == nil || m.now != nil || (m.was && sameValue(m.before, m.after)) {
		return hit{}, false
	}
	h := hit{field: m.label, after: plainText(m.after), message: m.label + " is not a number, so this rule cannot judge it"}
	if m.was {
		h.before = plainText(m.before)
	}
	return h, true
}

// subject is a create or update that guardrails look at, decoded once for all of them.
type subject struct {
	change           *Change
	oldFields, newer map[string]any
}

func (s *subject) before() map[string]any {
	if s.oldFields == nil && s.change.Before != nil {
		s.oldFields = s.change.Before.Fields()
	}
	return s.oldFields
}

func (s *subject) after() map[string]any {
	if s.newer == nil {
		s.newer = s.change.After.Fields()
	}
	return s.newer
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

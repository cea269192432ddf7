package spec

import (
	"cmp"
	"encoding/json"
	"math/big"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The library compares a number with a bound as fractions that it makes from text for
// every value, which is a third of what validating prices costs. Numbers that the decoder
// read are canonical decimals and can be compared as they stand.

// bounds takes the place of the library's minimum and maximum of one schema.
type bounds struct {
	own   *jsonschema.Schema // the bounds alone, to word an error
	tests []bound
}

// bound holds when the number compares with limit as one of the two results.
type bound struct {
	limit string // canonical
	a, b  int
}

// Validate implements jsonschema.SchemaExt.
func (x *bounds) Validate(ctx *jsonschema.ValidatorContext, v any) {
	n, ok := v.(json.Number)
	if !ok {
		return
	}
	for _, t := range x.tests {
		if c := compareDecimals(string(n), t.limit); c != t.a && c != t.b {
			ctx.AddErr(ctx.Validate(x.own, v, nil))
			return
		}
	}
}

// fastBounds replaces the bounds of a compiled schema, and of those inside of it that
// values of records meet most.
func fastBounds(s *jsonschema.Schema, seen map[*jsonschema.Schema]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	replaceBounds(s)
	for _, p := range s.Properties {
		fastBounds(p, seen)
	}
	if extra, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
		fastBounds(extra, seen)
	}
	fastBounds(s.Ref, seen)
	fastBounds(s.Items2020, seen)
	for _, list := range [...][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		for _, p := range list {
			fastBounds(p, seen)
		}
	}
}

func replaceBounds(s *jsonschema.Schema) {
	own := &jsonschema.Schema{
		DraftVersion: s.DraftVersion, Location: s.Location,
		Minimum: s.Minimum, Maximum: s.Maximum, ExclusiveMinimum: s.ExclusiveMinimum, ExclusiveMaximum: s.ExclusiveMaximum,
	}
	x := &bounds{own: own}
	for _, t := range [...]struct {
		limit *big.Rat
		a, b  int
	}{{s.Minimum, 0, 1}, {s.Maximum, -1, 0}, {s.ExclusiveMinimum, 1, 1}, {s.ExclusiveMaximum, -1, -1}} {
		if t.limit == nil {
			continue
		}
		limit, err := canonicalNumber(decimalOf(t.limit))
		if exact, ok := new(big.Rat).SetString(limit); err != nil || !ok || exact.Cmp(t.limit) != 0 {
			return // no decimal of a sensible size; the library can do it
		}
		x.tests = append(x.tests, bound{limit, t.a, t.b})
	}
	if len(x.tests) > 0 {
		s.Minimum, s.Maximum, s.ExclusiveMinimum, s.ExclusiveMaximum = nil, nil, nil, nil
		s.Extensions = append(s.Extensions, x)
	}
}

// compareDecimals compares two canonical decimals: negative if a is less than b.
func compareDecimals(a, b string) int {
	a, negative := strings.CutPrefix(a, "-")
	b, other := strings.CutPrefix(b, "-")
	switch {
	case negative != other && negative:
		return -1
	case negative != other:
		return 1
	case negative:
		a, b = b, a
	}
	aWhole, aFrac, _ := strings.Cut(a, ".")
	bWhole, bFrac, _ := strings.Cut(b, ".")
	// Fractions have no zeros at their ends, so that the longer of two with the same
	// start is the larger one, as strings compare.
	return cmp.Or(cmp.Compare(len(aWhole), len(bWhole)), strings.Compare(aWhole, bWhole), strings.Compare(aFrac, bFrac))
}

package spec

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

var anyDecimal = rapid.Custom(func(t *rapid.T) string {
	n, err := canonicalNumber(rapid.StringMatching(`-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,4})?`).Draw(t, "n"))
	if err != nil {
		t.Fatal(err)
	}
	return n
})

func TestCompareDecimals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDecimal.Draw(t, "a"), anyDecimal.Draw(t, "b")
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		if got, want := compareDecimals(a, b), x.Cmp(y); cmp.Compare(got, 0) != want {
			t.Fatalf("compareDecimals(%s, %s) = %d, want %d", a, b, got, want)
		}
	})
}

// TestFastBoundsSayWhatTheLibrarySays: with and without the short cut, a number is
// accepted or refused with the same words.
func TestFastBoundsSayWhatTheLibrarySays(t *testing.T) {
	compile := func(t *rapid.T, text string) *jsonschema.Schema {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("mem:///s.json", doc); err != nil {
			t.Fatal(err)
		}
		s, err := c.Compile("mem:///s.json")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	leaves := func(err error) string {
		invalid, _ := err.(*jsonschema.ValidationError)
		if invalid == nil {
			return ""
		}
		for len(invalid.Causes) == 1 {
			invalid = invalid.Causes[0]
		}
		var out []string
		for _, c := range append(invalid.Causes, invalid) {
			out = append(out, fmt.Sprint(c.InstanceLocation, describe(c, false)))
		}
		return strings.Join(out, "\n")
	}
	rapid.Check(t, func(t *rapid.T) {
		var words []string
		for _, w := range []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"} {
			if rapid.Bool().Draw(t, w) {
				words = append(words, fmt.Sprintf("%q: %s", w, anyDecimal.Draw(t, "limit")))
			}
		}
		text := `{"properties": {"v": {` + strings.Join(words, ", ") + `}}}`
		slow, fast := compile(t, text), compile(t, text)
		fastBounds(fast, map[*jsonschema.Schema]bool{})
		v := map[string]any{"v": json.Number(anyDecimal.Draw(t, "v"))}
		if a, b := leaves(slow.Validate(v)), leaves(fast.Validate(v)); a != b {
			t.Fatalf("%s: %v\nlibrary %s\n   here %s", text, v, a, b)
		}
	})
}

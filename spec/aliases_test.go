package spec_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestAliasBombs: text that is small and grows when its aliases are followed is refused
// before anything is built from it, in whatever way it grows.
func TestAliasBombs(t *testing.T) {
	laughs := func(levels int, separator string) string {
		var b strings.Builder
		b.WriteString("- {id: r, more: &a0 [x, x, x, x, x, x, x, x, x]}\n")
		for i := 1; i < levels; i++ {
			fmt.Fprintf(&b, "%s- {id: r%d, more: &a%d [%s]}\n", separator, i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
		}
		return b.String()
	}
	const refused = "write the values out instead of nesting aliases"
	for name, c := range map[string]struct {
		text string
		bad  bool
	}{
		"a few laughs":             {laughs(3, ""), false},
		"a billion laughs":         {laughs(12, ""), true},
		"more than fits in 64 bit": {laughs(60, ""), true},
		"over many documents":      {laughs(12, "---\n"), true},
		"wide instead of deep":     {"- {id: r, more: &a [" + strings.Repeat("x, ", 5000) + "x]}\n" + strings.Repeat("- {id: s, more: [*a, *a, *a, *a, *a, *a, *a, *a, *a]}\n", 100), true},
		"a value that many share":  {"- {id: r, note: &n shared}\n" + many(5000, "- {id: k%d, note: *n}\n"), false},
	} {
		t.Run(name, func(t *testing.T) {
			got := parsed(dataset(t, idSchema), "f.yaml", c.text)
			if strings.Contains(got, refused) != c.bad {
				t.Errorf("got %.300s", got)
			}
		})
	}
}

func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

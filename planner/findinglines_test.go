package planner_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

func TestFindingLines(t *testing.T) {
	at := spec.Pos{File: "prices/tea.yaml", Line: 6}
	long := strings.Repeat("long/", 12) + "tea.yaml"
	tests := []struct {
		name string
		f    planner.Finding
		want string
	}{
		{"about a record", planner.Finding{Fingerprint: "0123456789ab", Rule: "price-change", Level: planner.Deny, Dataset: "prices", Key: "A", Before: "10", After: "20", Pos: at, Message: "price moves"},
			"  deny  price-change  0123456789ab\n      prices A  10 -> 20  prices/tea.yaml:6\n      price moves"},
		{"about the pipeline file", planner.Finding{Fingerprint: "0123456789ab", Rule: "store-gone", Level: planner.Approve, Pos: spec.Pos{File: "promoctl.yaml"}, Message: "store cold"},
			"  approve  store-gone  0123456789ab\n      promoctl.yaml\n      store cold"},
		{"about a dataset", planner.Finding{Fingerprint: "0123456789ab", Rule: "dataset-gone", Level: planner.Approve, Dataset: "things", Pos: spec.Pos{File: "promoctl.yaml"}, Message: "gone"},
			"  approve  dataset-gone  0123456789ab\n      things  promoctl.yaml\n      gone"},
		{"a long place", planner.Finding{Fingerprint: "0123456789ab", Rule: "r", Level: planner.Warn, Dataset: "prices", Key: "A", Before: "10", After: "20", Pos: spec.Pos{File: long, Line: 1}, Message: "m"},
			"  warn  r  0123456789ab\n      prices A  10 -> 20\n      " + long + ":1\n      m"},
		{"a long message", planner.Finding{Fingerprint: "0123456789ab", Rule: "r", Level: planner.Warn, Pos: at, Message: strings.Repeat("word ", 14) + "1234 56789 next"},
			"  warn  r  0123456789ab\n      prices/tea.yaml:6\n      " + strings.Repeat("word ", 14) + "1234\n      56789 next"},
		{"long values", planner.Finding{Fingerprint: "0123456789ab", Rule: "r", Level: planner.Warn, Dataset: "d", Key: "k", Before: strings.Repeat("a", 99), After: strings.Repeat("b", 99), Pos: at, Message: "m"},
			"  warn  r  0123456789ab\n      d k\n      " + strings.Repeat("a", 31) + "... -> " + strings.Repeat("b", 31) + "...\n      prices/tea.yaml:6\n      m"},
		{"characters of two columns", planner.Finding{Fingerprint: "0123456789ab", Rule: "r", Level: planner.Warn, Dataset: "d", Key: spec.Key(strings.Repeat("茶", 27)), Pos: at, Message: "m"},
			"  warn  r  0123456789ab\n      d " + strings.Repeat("茶", 27) + "\n      prices/tea.yaml:6\n      m"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, strings.Join(planner.FindingLines(tt.f), "\n")); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

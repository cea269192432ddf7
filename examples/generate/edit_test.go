package generate_test

import (
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/examples/generate"
)

// edits compares two versions line by line and returns how many prices changed, and
// in how many files. Anything else that changed is an error.
func edits(t *testing.T, before, after map[string]string) (prices, files int) {
	t.Helper()
	for name := range before {
		old, changed := strings.Split(before[name], "\n"), strings.Split(after[name], "\n")
		if len(old) != len(changed) {
			t.Fatalf("%s had %d lines and has %d", name, len(old), len(changed))
		}
		here := 0
		for i := range old {
			if old[i] == changed[i] {
				continue
			}
			here++
			a, b := price(t, old[i]), price(t, changed[i])
			if percent := (b - a) / a * 100; percent > 5.01 || percent < -5.01 || percent == 0 {
				t.Errorf("%s:%d: %s became %s, %.2f per cent", name, i+1, old[i], changed[i], percent)
			}
		}
		prices += here
		if here > 0 {
			files++
		}
	}
	return prices, files
}

func price(t *testing.T, line string) float64 {
	t.Helper()
	text, ok := strings.CutPrefix(line, "  price: ")
	v, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil {
		t.Fatalf("%q is no price", line)
	}
	return v
}

func TestEdit(t *testing.T) {
	dir := write(t, generate.Options{Records: 1000, Files: 10, Seed: 1, Products: true})
	for _, tt := range []struct{ changes, files int }{{1, 1}, {10, 1}, {100, 1}, {50, 7}, {10, 10}, {1000, 10}} {
		before := tree(t, dir)
		if err := generate.Edit(dir, tt.changes, tt.files, 5); err != nil {
			t.Fatal(err)
		}
		prices, files := edits(t, before, tree(t, dir))
		if prices != tt.changes || files != tt.files {
			t.Errorf("changed %d prices in %d files, want %d in %d", prices, files, tt.changes, tt.files)
		}
	}
	validate(t, dir)
}

// TestEditStaysBetweenFloorAndListPrice edits all prices so often that a drift in one
// direction would leave the range.
func TestEditStaysBetweenFloorAndListPrice(t *testing.T) {
	dir := write(t, generate.Options{Records: 40, Files: 1})
	for seed := range uint64(60) {
		if err := generate.Edit(dir, 40, 1, seed); err != nil {
			t.Fatal(err)
		}
	}
	fields := map[string]float64{}
	for _, line := range strings.Split(tree(t, dir)["prices/generated-0001.yaml"], "\n") {
		name, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			fields[name] = v
		}
		if name == "tax_class" && (fields["price"] < fields["floor"] || fields["price"] > fields["list_price"]) {
			t.Errorf("price left its range: %v", fields)
		}
	}
	if len(fields) != 4 {
		t.Errorf("read the fields %v, want four amounts", fields)
	}
}

func TestEditIsTheSameForTheSameSeed(t *testing.T) {
	o := generate.Options{Records: 300, Files: 3, Seed: 9}
	one, two, three := write(t, o), write(t, o), write(t, o)
	for dir, seed := range map[string]uint64{one: 4, two: 4, three: 5} {
		if err := generate.Edit(dir, 30, 2, seed); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(tree(t, one), tree(t, two)); diff != "" {
		t.Errorf("the same seed edits differently:\n%s", diff)
	}
	if maps.Equal(tree(t, one), tree(t, three)) {
		t.Error("another seed makes the same edit")
	}
}

func TestEditRefuses(t *testing.T) {
	dir := write(t, generate.Options{Records: 30, Files: 3})
	before := tree(t, dir)
	for _, tt := range []struct {
		name           string
		changes, files int
		says           string
	}{
		{"nothing", 0, 0, "0 changes"},
		{"more files than changes", 1, 2, "1 changes in 2 files"},
		{"more files than there are", 10, 4, "has 3 files"},
		{"more changes than a file holds", 11, 1, "has 10 prices"},
	} {
		err := generate.Edit(dir, tt.changes, tt.files, 1)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.says)
		}
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("a refused edit changed something:\n%s", diff)
	}
}

func TestEditRefusesAmountsOfOthers(t *testing.T) {
	dir := write(t, generate.Options{Records: 1})
	name := filepath.Join(dir, "prices", "generated-0001.yaml")
	for _, text := range []string{"- sku: A\n  price: 12\n", "- sku: A\n  price: 1.005\n", "- sku: A\n  price: 12.00 # soon 13\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := generate.Edit(dir, 1, 1, 1); err == nil {
			t.Errorf("edits %q", text)
		}
		if got := tree(t, dir)["prices/generated-0001.yaml"]; got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

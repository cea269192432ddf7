package sqlstore_test

import (
	"os"
	"strings"
	"testing"

	"github.com/promoctl/promoctl/applier/storetest"
)

// The statements that the package documentation shows to readers run as they stand.
func TestDocumentedStatements(t *testing.T) {
	s := newShelf(t)
	s.release(storetest.Content{
		"prices": {Layout: layout("currency string required", "price number required"), Records: storetest.Records{
			"CUP-1": `{"currency":"CNY","price":9.5,"sku":"CUP-1"}`, "TEA-500": `{"currency":"CNY","price":19.9,"sku":"TEA-500"}`,
		}},
		"promotions": {Layout: layout("ends_at time", "skus json"), Records: storetest.Records{
			"P1": `{"ends_at":"2025-11-11T16:00:00Z","sku":"P1","skus":["CUP-1","TEA-500"]}`,
		}},
	})
	want := []string{
		"19.9 CNY",
		"TEA-500 19.9\nCUP-1 9.5",
		"P1\nP1",
		s.live.Commit + " " + s.live.At.Format("2006-01-02T15:04:05.999Z07:00"),
	}
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(source)) {
		if statement, ok := strings.CutPrefix(line, "//\tSELECT "); ok {
			got = append(got, s.query("SELECT "+statement))
		}
	}
	if len(got) != len(want) {
		t.Fatalf("the documentation shows %d statements, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("statement %d: got %q, want %q", i+1, got[i], want[i])
		}
	}
}

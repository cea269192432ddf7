package objectstore_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestShellRecipe runs the commands of the package comment as they stand there.
func TestShellRecipe(t *testing.T) {
	s := newFastShop(t)
	s.release(prices(500, 128))
	s.release(prices(500, 129))
	script := strings.NewReplacer("/srv/shop", s.root, "SKU-1", "SKU-123").Replace(recipe(t, "// Shell:", "// Python:"))
	out, err := exec.Command("sh", "-euc", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, script, out)
	}
	want := `{"key":"SKU-123","record":{"price":129,"sku":"SKU-123"}}` + "\n"
	if string(out) != want {
		t.Errorf("the recipe printed\n%swant\n%s", out, want)
	}
}

// recipe returns the lines of doc.go between two others, without the comment marks.
func recipe(t *testing.T, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(string(readFile(t, "doc.go")), from+"\n")
	text, _, ends := strings.Cut(rest, to)
	if !ok || !ends {
		t.Fatalf("doc.go has no text from %q to %q", from, to)
	}
	return strings.ReplaceAll(text, "//", "")
}

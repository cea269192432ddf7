package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pricesInSQL are all prices in the database of a demo.
func pricesInSQL(t *testing.T, dir string) map[string]string {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, ".live", "production", "shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT sku, price FROM prices")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var sku, price string
		if err := rows.Scan(&sku, &price); err != nil {
			t.Fatal(err)
		}
		out[sku] = price
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// demoStores reads every price of both stores of a finished demo.
func demoStores(t *testing.T, dir string) {
	fromSQL := pricesInSQL(t, dir)
	fromFiles := pricesInFiles(t, filepath.Join(dir, ".live", "production", "edge"))
	if len(fromSQL) != 1000 {
		t.Errorf("%d prices in SQLite, want 1000", len(fromSQL))
	}
	if diff := cmp.Diff(fromSQL, fromFiles); diff != "" {
		t.Errorf("stores (-SQLite +files):\n%s", diff)
	}
	if got := fromSQL["LMY-SER-VC-30"]; got != "199" {
		t.Errorf("the serum is %s, want 199", got)
	}
}

// pricesInFiles reads all objects that the newest manifest names.
func pricesInFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	live, err := filepath.Glob(filepath.Join(dir, "live", "*", "manifest.json"))
	if err != nil || len(live) == 0 {
		t.Fatalf("no manifest in %s: %v", dir, err)
	}
	var m struct {
		Datasets map[string]struct{ Objects []struct{ Path string } }
	}
	readJSON(t, slices.Max(live), &m)
	out := map[string]string{}
	for _, o := range m.Datasets["prices"].Objects {
		text, err := os.ReadFile(filepath.Join(dir, o.Path))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			var r struct {
				Key    string
				Record struct{ Price json.Number }
			}
			if err := json.Unmarshal(line, &r); err != nil {
				t.Fatal(err)
			}
			out[r.Key] = r.Record.Price.String()
		}
	}
	return out
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// TestShopperKnowsNothing keeps the reader of the demo free of what it is to check.
func TestShopperKnowsNothing(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "demo_shopper.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range file.Imports {
		if strings.Contains(i.Path.Value, "promoctl") {
			t.Errorf("imports %s", i.Path.Value)
		}
	}
	if len(file.Unresolved) == 0 {
		t.Fatal("nothing was parsed")
	}
	for _, id := range file.Unresolved { // names of the universe, packages, or this package
		if id.Obj == nil && !slices.Contains(shopperNames(), id.Name) {
			t.Errorf("uses %s, which is not of this file", id.Name)
		}
	}
}

// shopperNames are the packages and built-in names that the shopper may use.
func shopperNames() []string {
	return strings.Fields(`bufio bytes context sql json fmt crc32 url os filepath
		string error nil len byte uint32 true false`)
}

func TestShopperSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	if _, err := priceFromSQL(t.Context(), filepath.Join(dir, "shop.db"), "A"); err == nil {
		t.Error("a price from a database that is not there")
	}
	if _, err := os.Stat(filepath.Join(dir, "shop.db")); err == nil {
		t.Error("reading made a database")
	}
	if _, _, err := priceFromFiles(dir, "A"); err == nil {
		t.Error("a price from files that are not there")
	}
	if err := os.Mkdir(filepath.Join(dir, "live"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := priceFromFiles(dir, "A"); err == nil || !strings.Contains(err.Error(), "no prices") {
		t.Errorf("got %v", err)
	}
}

func TestCommandLines(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"promoctl", "plan"}, "promoctl plan"},
		{[]string{"git", "commit", "-q", "-m", "Evening price"}, `git commit -q -m "Evening price"`},
		{[]string{"promoctl", "apply", "--override", "bf794f8a5d4c,d9501127bb66", "--by", "Li Wei", "--reason", "flash price, it is urgent"},
			"promoctl apply --override bf794f8a5d4c,d9501127bb66 --by \"Li Wei\"\n--reason \"flash price, it is urgent\""},
		{[]string{"echo", "", "it's $5 `now`", `a "quoted" \ word`, "100%", "*"},
			"echo \"\" 'it'\\''s $5 `now`' 'a \"quoted\" \\ word' 100% \"*\""},
	} {
		if diff := cmp.Diff(c.want, strings.Join(commandLines(c.args), "\n")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.args, diff)
		}
		lines := commandLines(append([]string{"printf", `%s\n`}, c.args...))
		out, err := exec.Command("sh", "-c", strings.Join(lines, " ")).Output()
		if want := strings.Join(c.args, "\n") + "\n"; err != nil || string(out) != want {
			t.Errorf("a shell reads %q as %q, %v", want, out, err)
		}
	}
}

func TestKeepExecutable(t *testing.T) {
	dir := t.TempDir()
	if got, err := keepExecutable("/usr/local/bin/promoctl", dir); got != "/usr/local/bin/promoctl" || err != nil {
		t.Errorf("an installed program: %s, %v", got, err)
	}
	built := filepath.Join(t.TempDir(), "go-build1", "b001", "exe", "promoctl")
	if err := os.MkdirAll(filepath.Dir(built), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := copyProgram(built, program(t)); err != nil {
		t.Fatal(err)
	}
	kept, err := keepExecutable(built, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(built); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(kept, "--version").Output()
	if err != nil || !strings.HasPrefix(string(out), "promoctl ") {
		t.Errorf("%s --version: %q, %v", kept, out, err)
	}
	d := &demo{dir: dir, exe: kept}
	if err := d.ignoreExecutable(); err != nil {
		t.Fatal(err)
	}
	ignored, err := os.ReadFile(filepath.Join(dir, ".gitignore"))
	if err != nil || !strings.HasSuffix(string(ignored), "\n.bin/\n") {
		t.Errorf(".gitignore: %q, %v", ignored, err)
	}
}

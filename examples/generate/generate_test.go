package generate_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/examples/generate"
	"github.com/promoctl/promoctl/spec"
)

// tree reads every file below dir.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		out[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func write(t *testing.T, o generate.Options) string {
	t.Helper()
	dir := t.TempDir()
	if err := generate.Write(dir, o); err != nil {
		t.Fatal(err)
	}
	return dir
}

// validate reads a repository the way promoctl does and returns how many records each
// dataset has.
func validate(t *testing.T, dir string) map[string]int {
	t.Helper()
	read := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }
	p, err := spec.LoadPipeline(read, "")
	if err != nil {
		t.Fatal(err)
	}
	sum, problems, err := p.ValidateAll(context.Background(), spec.DirSource(dir))
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) > 0 {
		t.Errorf("%d problems, the first: %v", len(problems), problems[0])
	}
	return sum.Records
}

func TestWriteIsValid(t *testing.T) {
	for _, tt := range []struct {
		name  string
		o     generate.Options
		files int // of prices
		want  map[string]int
	}{
		{"one", generate.Options{Records: 1}, 1, map[string]int{"prices": 1}},
		{"a thousand a file", generate.Options{Records: 2001, Seed: 7}, 3, map[string]int{"prices": 2001}},
		{"uneven", generate.Options{Records: 100, Files: 7, Seed: 7}, 7, map[string]int{"prices": 100}},
		{"with products", generate.Options{Records: 500, Files: 4, Products: true}, 4, map[string]int{"prices": 500, "products": 500}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, tt.o)
			if diff := cmp.Diff(tt.want, validate(t, dir)); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			names, _ := filepath.Glob(filepath.Join(dir, "prices", "*.yaml"))
			if len(names) != tt.files {
				t.Errorf("%d files of prices, want %d", len(names), tt.files)
			}
		})
	}
}

// TestWriteIsTheSameEverywhere pins the bytes: figures of benchmarks compare only on
// equal data.
func TestWriteIsTheSameEverywhere(t *testing.T) {
	h := sha256.New()
	files := tree(t, write(t, generate.Options{Records: 3000, Files: 2, Seed: 1, Products: true}))
	for _, name := range []string{"prices/generated-0001.yaml", "prices/generated-0002.yaml", "products/generated-0001.yaml", "products/generated-0002.yaml"} {
		if files[name] == "" {
			t.Fatalf("%s is missing or empty", name)
		}
		h.Write([]byte(files[name]))
	}
	const want = "484eb5e28fd6d2c19e68e6e0b897226c3ae3db06b55d938c0f902b36757060c3"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

func TestWriteDependsOnTheSeed(t *testing.T) {
	one := tree(t, write(t, generate.Options{Records: 100, Seed: 1}))
	two := tree(t, write(t, generate.Options{Records: 100, Seed: 2}))
	if one["prices/generated-0001.yaml"] == two["prices/generated-0001.yaml"] {
		t.Error("two seeds give the same prices")
	}
}

func TestRecordSize(t *testing.T) {
	text := tree(t, write(t, generate.Options{Records: 2000, Files: 1}))["prices/generated-0001.yaml"]
	if size := len(text) / 2000; size < 110 || size > 150 {
		t.Errorf("%d bytes a record, want about 130", size)
	}
	if fields := strings.Count(text, ": ") / 2000; fields != 7 {
		t.Errorf("%d fields a record, want 7", fields)
	}
}

func TestDataOnly(t *testing.T) {
	files := tree(t, write(t, generate.Options{Records: 10, Products: true, DataOnly: true}))
	for name := range files {
		if !strings.Contains(name, "/generated-") {
			t.Errorf("wrote %s, which could replace a file of the repository that the data joins", name)
		}
	}
	if len(files) != 2 {
		t.Errorf("%d files, want 2", len(files))
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, o := range []generate.Options{{}, {Records: -1}, {Records: 10, Files: 11}, {Records: 10, Files: -1}} {
		dir := t.TempDir()
		if err := generate.Write(dir, o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
		if files := tree(t, dir); len(files) > 0 {
			t.Errorf("%+v left %d files", o, len(files))
		}
	}
}

func TestWriteReportsAFullOrMissingPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := generate.Write(filepath.Join(file, "below"), generate.Options{Records: 1}); err == nil {
		t.Error("writes below a file")
	}
}

func TestCommand(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		args string
		code int
		says string
	}{
		{"-records 100 -files 5 -seed 3 DIR", 0, ""},
		{"-edit -records 10 -files 2 DIR", 0, ""},
		{"-edit -records 10 -files 6 DIR", 1, "promogen: generate: 10 changes in 6 files"},
		{"-records 0 DIR", 1, "promogen: generate: 0 records"},
		{"", 64, "usage:"},
		{"-sku DIR", 64, "-sku"},
	} {
		var stderr bytes.Buffer
		args := strings.Fields(strings.ReplaceAll(tt.args, "DIR", dir))
		code := generate.Command(args, &stderr)
		if code != tt.code || !strings.Contains(stderr.String(), tt.says) || (tt.says == "" && stderr.Len() > 0) {
			t.Errorf("promogen %s: exit %d, %q; want %d, %q", tt.args, code, &stderr, tt.code, tt.says)
		}
	}
	if got := validate(t, dir)["prices"]; got != 100 {
		t.Errorf("%d prices, want 100", got)
	}
}

func BenchmarkWrite(b *testing.B) {
	dir := b.TempDir()
	o := generate.Options{Records: 100_000, Files: 100, Seed: 1}
	for b.Loop() {
		if err := generate.Write(dir, o); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(o.Records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

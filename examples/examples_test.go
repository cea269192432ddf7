package examples_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/examples"
	"github.com/promoctl/promoctl/schemas"
	"github.com/promoctl/promoctl/spec"
)

const doubleEleven = "double-eleven"

// load reads the pipeline file of a data repository for an environment.
func load(t *testing.T, dir, env string) *spec.Pipeline {
	t.Helper()
	read := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }
	p, err := spec.LoadPipeline(read, env)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// dataFiles returns the paths of all YAML files, relative to dir.
func dataFiles(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if e != nil && e.IsDir() && e.Name() == ".live" {
			return fs.SkipDir // somebody tried the example
		}
		if strings.HasSuffix(name, ".yaml") {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func validate(t *testing.T, p *spec.Pipeline, dir string) spec.Summary {
	t.Helper()
	sum, problems, err := p.ValidateAll(context.Background(), spec.DirSource(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Error(problem)
	}
	return sum
}

func TestDoubleElevenIsValid(t *testing.T) {
	for _, env := range []string{"", "staging", "production"} {
		p := load(t, doubleEleven, env)
		sum := validate(t, p, doubleEleven)
		want := map[string]int{"products": 299, "prices": 299, "stock": 493, "promotions": 19, "coupons": 13}
		if diff := cmp.Diff(want, sum.Records); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		if files := len(dataFiles(t, doubleEleven)) - 1; sum.Files != files {
			t.Errorf("%d of %d data files belong to a dataset", sum.Files, files)
		}
	}
}

func TestDoubleElevenEnvironments(t *testing.T) {
	type summary struct{ Env, Shop, Edge, Percent, Terms string }
	var got []summary
	for _, env := range []string{"", "production"} {
		p := load(t, doubleEleven, env)
		s := summary{Env: p.Env, Shop: p.Store("shop").URL, Edge: p.Store("edge").URL}
		for _, g := range p.Guardrails {
			switch g.ID() {
			case "price-change":
				s.Percent = g.MaxPercent.String()
			case "promotion-terms":
				s.Terms = g.Level
			}
		}
		got = append(got, s)
	}
	want := []summary{
		{"staging", ".live/staging/shop.db", ".live/staging/edge", "80", "warn"},
		{"production", ".live/production/shop.db", ".live/production/edge", "30", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("environments (-want +got):\n%s", diff)
	}
}

// TestEditorHints follows the first line of every file to the schema that fits it,
// here and in a copy.
func TestEditorHints(t *testing.T) {
	clone := filepath.Join(t.TempDir(), "shop")
	if err := examples.WriteDoubleEleven(clone); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{doubleEleven, clone} {
		p := load(t, dir, "")
		for _, name := range dataFiles(t, dir) {
			checkHint(t, p, dir, name)
		}
	}
}

func checkHint(t *testing.T, p *spec.Pipeline, dir, name string) {
	t.Helper()
	want := "pipeline.json"
	for _, d := range p.Datasets {
		if d.Matches(name) {
			want = schemas.ForList(d.Kind)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	hint, ok := strings.CutPrefix(line, "# yaml-language-server: $schema=")
	target := filepath.Join(dir, filepath.Dir(name), hint)
	got, err := os.ReadFile(target)
	if !ok || err != nil || filepath.Base(target) != want {
		t.Errorf("%s/%s: first line %q, want the path of %s (%v)", dir, name, line, want, err)
		return
	}
	builtin, err := fs.ReadFile(schemas.Files(), want)
	if err != nil || string(got) != string(builtin) {
		t.Errorf("%s is not the built-in schema (%v)", target, err)
	}
}

func TestWriteDoubleEleven(t *testing.T) {
	dir := t.TempDir()
	if err := examples.WriteDoubleEleven(dir); err != nil {
		t.Fatal(err)
	}
	validate(t, load(t, dir, ""), dir)
	if diff := cmp.Diff(dataFiles(t, doubleEleven), dataFiles(t, dir)); diff != "" {
		t.Errorf("files (-example +copy):\n%s", diff)
	}
	for _, name := range []string{"README.md", ".gitignore"} {
		want, _ := os.ReadFile(filepath.Join(doubleEleven, name))
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != string(want) || len(got) == 0 {
			t.Errorf("%s differs from the example's: %v", name, err)
		}
	}
	if err := examples.WriteDoubleEleven(dir); err == nil {
		t.Error("overwrites a repository")
	}
}

package main

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestInitSchemaHints checks that the first line of every YAML file names a schema that
// comes with it, and one that fits.
func TestInitSchemaHints(t *testing.T) {
	files, err := startFiles("shop")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.name)
	}
	checked := 0
	for _, f := range files {
		if path.Ext(f.name) != ".yaml" {
			continue
		}
		first, _, _ := strings.Cut(string(f.text), "\n")
		hint, ok := strings.CutPrefix(first, "# yaml-language-server: $schema=")
		schema := path.Join(path.Dir(f.name), hint)
		if !ok || !slices.Contains(names, schema) {
			t.Errorf("%s: first line %q names %s, which is not written", f.name, first, schema)
		}
		kind := strings.TrimSuffix(path.Dir(f.name), "s")
		if !strings.HasPrefix(path.Base(schema), kind) && f.name != "promoctl.yaml" {
			t.Errorf("%s: schema %s is of another kind", f.name, schema)
		}
		checked++
	}
	if checked != 6 {
		t.Errorf("checked %d files, want 6", checked)
	}
}

// TestInitEmbedsNothingElse checks that no file is embedded and forgotten.
func TestInitEmbedsNothingElse(t *testing.T) {
	files, err := startFiles("shop")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range files {
		if !strings.HasPrefix(f.name, schemaDir) {
			want = append(want, "initfiles/"+strings.TrimPrefix(f.name, "."))
		}
	}
	var walk func(dir string)
	walk = func(dir string) {
		list, err := initfiles.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			name := path.Join(dir, e.Name())
			if e.IsDir() {
				walk(name)
			} else if !slices.Contains(want, name) {
				t.Errorf("%s is embedded and not written", name)
			}
		}
	}
	walk("initfiles")
}

func TestPipelineName(t *testing.T) {
	allowed := regexp.MustCompile(`^[a-z][a-z0-9_-]*$`) // as schemas/pipeline.json has it
	for dir, want := range map[string]string{
		"shop":                   "shop",
		"Night Market":           "night-market",
		"11.11":                  "shop",
		"2026-sale":              "sale",
		"price_data":             "price_data",
		"été":                    "t",
		"/":                      "shop",
		"双十一":                    "shop",
		"shop.":                  "shop",
		strings.Repeat("a", 100): strings.Repeat("a", 64),
	} {
		got := pipelineName(dir)
		if got != want || !allowed.MatchString(got) || len(got) > 64 {
			t.Errorf("%q: %q, want %q", dir, got, want)
		}
	}
}

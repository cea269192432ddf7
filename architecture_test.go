// Package promoctl_test holds the whole module to the rules of its design: which
// package may import which, no state in packages, small files and functions. They are
// rules that a compiler does not know and that wear away one exception at a time.
package promoctl_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/promoctl/promoctl/"

// goFile is one parsed file of the module.
type goFile struct {
	name  string // path in the module
	dir   string // of the package, in the module: "planner/gitrepo"
	test  bool
	lines int
	fset  *token.FileSet
	ast   *ast.File
}

// imports returns the paths that the file imports, those of the module without its path.
func (f *goFile) imports() []string {
	var out []string
	for _, spec := range f.ast.Imports {
		out = append(out, strings.TrimPrefix(strings.Trim(spec.Path.Value, `"`), modulePath))
	}
	return out
}

// line returns the line that a node stands on.
func (f *goFile) line(n ast.Node) int { return f.fset.Position(n.Pos()).Line }

// rules are all that the module is held to. Each returns what breaks it, a line each.
func rules() map[string]func([]*goFile) []string {
	return map[string]func([]*goFile) []string{
		"layers":    checkLayers,
		"importers": checkImporters,
		"pure":      checkPure,
		"init":      checkInit,
		"state":     checkState,
		"sizes":     checkSizes,
		"docs":      checkDocs,
	}
}

func TestArchitecture(t *testing.T) {
	files, err := parseModule(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 100 {
		t.Fatalf("found %d Go files only; the test runs in the wrong place", len(files))
	}
	for name, check := range rules() {
		t.Run(name, func(t *testing.T) {
			for _, broken := range check(files) {
				t.Error(broken)
			}
		})
	}
}

// parseModule parses every Go file, also those for other systems.
func parseModule(module fs.FS) ([]*goFile, error) {
	var out []*goFile
	fset := token.NewFileSet()
	err := fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "dist") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := fs.ReadFile(module, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		out = append(out, &goFile{
			name: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
			lines: bytes.Count(text, []byte("\n")), fset: fset, ast: parsed,
		})
		return nil
	})
	return out, err
}

// program returns the files that are not tests.
func program(files []*goFile) []*goFile {
	return slices.DeleteFunc(slices.Clone(files), func(f *goFile) bool { return f.test })
}

// within reports whether a path matches one of some patterns. A pattern that ends in
// /... stands for a package and everything below it, a * for a part of a name.
func within(name string, patterns ...string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if top, ok := strings.CutSuffix(pattern, "/..."); ok {
			return name == top || strings.HasPrefix(name, top+"/")
		}
		ok, err := path.Match(pattern, name)
		return err == nil && ok
	})
}

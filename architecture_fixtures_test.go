package promoctl_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// fixture is a small module and what a rule says of it.
type fixture struct {
	rule  string
	name  string
	files map[string]string
	want  []string // nothing: the rule is kept
}

// TestRulesCanBreak shows that each rule finds what it is there for.
func TestRulesCanBreak(t *testing.T) {
	all := slices.Concat(layerFixtures(), importerFixtures(), initFixtures(), stateFixtures(), sizeFixtures())
	breaks := map[string]bool{}
	for _, f := range all {
		t.Run(f.rule+"/"+f.name, func(t *testing.T) {
			module := fstest.MapFS{}
			for name, text := range f.files {
				module[name] = &fstest.MapFile{Data: []byte(text)}
			}
			files, err := parseModule(module)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(f.want, rules()[f.rule](files)); diff != "" {
				t.Errorf("what it says (-want +got):\n%s", diff)
			}
		})
		breaks[f.rule] = breaks[f.rule] || f.want != nil
	}
	for rule := range maps.Keys(rules()) {
		if !breaks[rule] {
			t.Errorf("no fixture breaks the rule %s", rule)
		}
	}
}

// importing returns a file of a package that imports others.
func importing(paths ...string) string {
	var s strings.Builder
	s.WriteString("package x\n")
	for _, p := range paths {
		fmt.Fprintf(&s, "import _ %q\n", p)
	}
	return s.String()
}

func layerFixtures() []fixture {
	const m = modulePath
	return []fixture{
		{"layers", "all arrows the right way", map[string]string{
			"spec/a.go":                importing(m+"schemas", "fmt"),
			"planner/gitrepo/a.go":     importing(m+"planner", m+"spec"),
			"applier/a.go":             importing(m+"planner", m+"spec"),
			"applier/redisstore/a.go":  importing(m + "applier"),
			"applier/stores/a.go":      importing(m+"applier/redisstore", m+"applier"),
			"cmd/promoctl/a.go":        importing(m+"applier/stores", m+"cmd/promoctl/console"),
			"applier/turned_test.go":   importing(m + "applier/redisstore"),
			"spec/testdata/ignored.go": importing(m + "applier"),
		}, nil},
		{"layers", "turned round", map[string]string{
			"schemas/a.go":         importing(m + "spec"),
			"spec/a.go":            importing(m + "planner"),
			"planner/a.go":         importing(m + "applier"),
			"applier/stores/a.go":  importing(m + "cmd/promoctl"),
			"examples/generate.go": importing(m + "planner"),
		}, []string{
			"applier/stores/a.go: applier/stores may not import cmd/promoctl",
			"examples/generate.go: examples may not import planner",
			"planner/a.go: planner may not import applier",
			"schemas/a.go: schemas may not import spec",
			"spec/a.go: spec may not import planner",
		}},
		{"layers", "the engine knows no driver and not its own recorder", map[string]string{
			"applier/a.go": importing(m+"applier/sqlstore", m+"applier/stores", m+"applier/metrics"),
		}, []string{
			"applier/a.go: applier may not import applier/sqlstore",
			"applier/a.go: applier may not import applier/stores",
			"applier/a.go: applier may not import applier/metrics",
		}},
		{"layers", "drivers know no other driver", map[string]string{
			"applier/memstore/a.go": importing(m + "applier/sqlstore"),
		}, []string{"applier/memstore/a.go: applier/memstore may not import applier/sqlstore"}},
		{"layers", "the planner reads Git through its interface", map[string]string{
			"planner/a.go": importing(m + "planner/gitrepo"),
		}, []string{"planner/a.go: planner may not import planner/gitrepo"}},
		{"layers", "a package that nobody thought of", map[string]string{
			"util/a.go": importing("fmt"),
		}, []string{"util/a.go: package util belongs to no layer; give it one in architecture_imports_test.go"}},
	}
}

func importerFixtures() []fixture {
	const m = modulePath
	return []fixture{
		{"importers", "those who may", map[string]string{
			"cmd/promoctl/a.go":      importing(m+"planner/gitrepo", m+"applier/metrics", "github.com/spf13/cobra", "os/exec"),
			"planner/gitrepo/a.go":   importing("github.com/go-git/go-git/v5/plumbing", "os/exec"),
			"spec/yamlalias.go":      importing("gopkg.in/yaml.v3"),
			"applier/storetest/a.go": importing("testing", "pgregory.net/rapid"),
			"applier/a_test.go":      importing("testing", "os/exec", m+"planner/gitrepo", m+"applier/storetest"),
		}, nil},
		{"importers", "those who may not", map[string]string{
			"applier/a.go":      importing(m+"planner/gitrepo", "github.com/go-git/go-git/v5", "github.com/google/go-cmp/cmp"),
			"cmd/promoctl/a.go": importing(m+"applier/sqlstore", m+"applier/storetest", "github.com/go-git/go-billy/v5/osfs"),
			"spec/schema.go":    importing("gopkg.in/yaml.v3"),
			"planner/a.go":      importing("github.com/spf13/cobra", "testing"),
		}, []string{
			"applier/a.go: github.com/go-git/go-git/v5 is for planner/gitrepo",
			"applier/a.go: github.com/google/go-cmp/cmp is for planner/plantest, applier/storetest, applier/testbed",
			"applier/a.go: planner/gitrepo is for cmd/..., planner/plantest",
			"cmd/promoctl/a.go: applier/sqlstore is for applier/stores",
			"cmd/promoctl/a.go: applier/storetest is for tests only",
			"cmd/promoctl/a.go: github.com/go-git/go-billy/v5/osfs is for planner/gitrepo",
			"planner/a.go: github.com/spf13/cobra is for cmd/...",
			"planner/a.go: testing is for planner/plantest, applier/storetest, applier/testbed",
			"spec/schema.go: gopkg.in/yaml.v3 is for spec/yaml*.go",
		}},
		{"pure", "computing only", map[string]string{
			"spec/a.go":            importing("net/url", "os", "crypto/sha256"),
			"planner/gitrepo/a.go": importing("os/exec"),
		}, nil},
		{"pure", "the world", map[string]string{
			"spec/a.go":    importing("net/http"),
			"planner/a.go": importing("os/exec", "database/sql"),
			"schemas/a.go": importing("net"),
		}, []string{
			"planner/a.go: planner is pure and may not import os/exec",
			"planner/a.go: planner is pure and may not import database/sql",
			"schemas/a.go: schemas is pure and may not import net",
			"spec/a.go: spec is pure and may not import net/http",
		}},
	}
}

func initFixtures() []fixture {
	return []fixture{
		{"init", "functions and methods of other names", map[string]string{
			"spec/a.go":      "package spec\nfunc initialize() {}\ntype t struct{}\nfunc (t) init() {}\n",
			"spec/a_test.go": "package spec\nfunc init() {}\n",
		}, nil},
		{"init", "runs unasked", map[string]string{
			"spec/a.go": "package spec\n\nfunc init() {}\n",
		}, []string{"spec/a.go:3: func init runs unasked; call a function where it is needed"}},
	}
}

func stateFixtures() []fixture {
	return []fixture{
		{"state", "tables and locals", map[string]string{
			"spec/a.go": `package spec

import "os"

var table = map[string]int{"a": 1}

func f(path string) (n int) {
	table := []int{1}
	table[0] = 2
	n, path = len(os.Args), "b"
	p := &path
	*p = "c"
	func(table map[string]int) { delete(table, "a") }(nil)
	return n
}
`,
			"spec/b.go": "package spec\n\nfunc g() int { return table[\"a\"] }\n",
		}, nil},
		{"state", "changed", map[string]string{
			"spec/a.go": `package spec

import "os"

var table, list = map[string]int{}, []int(nil)
var count, current int
var options struct{ deep struct{ on bool } }

func f() {
	table["a"] = 1
	list = append(list, 1)
	options.deep.on = true
	(*(&count))++
	os.Args = nil
	for current = range list {
	}
	clear(table)
	copy(list[1:], list)
}

var g = func() { delete(table, "a") }
`,
			"spec/b.go": "package spec\n\nfunc h() { count += 1 }\n",
		}, []string{
			"spec/a.go:10: package-level variable table is assigned to",
			"spec/a.go:11: package-level variable list is assigned to",
			"spec/a.go:12: package-level variable options.deep.on is assigned to",
			"spec/a.go:13: package-level variable count is pointed at",
			"spec/a.go:14: package-level variable os.Args is assigned to",
			"spec/a.go:15: package-level variable current is assigned to",
			"spec/a.go:17: package-level variable table is changed by clear",
			"spec/a.go:18: package-level variable list is changed by copy",
			"spec/a.go:21: package-level variable table is changed by delete",
			"spec/b.go:3: package-level variable count is assigned to",
		}},
		{"state", "made to change", map[string]string{
			"spec/a.go": `package spec

import ("sync"; "sync/atomic")

var mu sync.Mutex
var once = &sync.Once{}
var last atomic.Pointer[int]
var queue = make(chan int)
var cache = new(int)
`,
		}, []string{
			"spec/a.go:5: package-level variable mu is made to change",
			"spec/a.go:6: package-level variable once is made to change",
			"spec/a.go:7: package-level variable last is made to change",
			"spec/a.go:8: package-level variable queue is made to change",
			"spec/a.go:9: package-level variable cache is made to change",
		}},
	}
}

func sizeFixtures() []fixture {
	lines := func(n int) string { return strings.Repeat("\n", n) }
	return []fixture{
		{"sizes", "as large as may be", map[string]string{
			"spec/a.go":            "package spec\nfunc f() {" + lines(99) + "}" + lines(499),
			"spec/a_test.go":       "package spec\nfunc f() {" + lines(200) + "}\n",
			"cmd/promoctl/main.go": "package main" + lines(12),
		}, nil},
		{"sizes", "too large", map[string]string{
			"cmd/promoctl/main.go": "package main" + lines(13),
			"spec/a.go":            "package spec\nfunc f() {" + lines(100) + "}\n",
			"spec/b.go":            "package spec" + lines(601),
			"spec/b_test.go":       "package spec" + lines(601),
		}, []string{
			"cmd/promoctl/main.go: 13 lines, at most 12; split it by what it does",
			"spec/b.go: 601 lines, at most 600; split it by what it does",
			"spec/b_test.go: 601 lines, at most 600; split it by what it does",
			"spec/a.go:2: f has 101 lines, at most 100",
		}},
		{"docs", "said once", map[string]string{
			"spec/a.go":      "// Package spec is there for a reason.\npackage spec\n\n// T is one.\ntype T struct{}\n\n// M does it.\nfunc (T) M() {}\n\ntype t struct{}\n\nfunc (*t) M() {}\n",
			"spec/b.go":      "package spec\n\nfunc f() {}\n",
			"spec/b_test.go": "package spec\n\nfunc F() {}\n",
		}, nil},
		{"docs", "not said", map[string]string{
			"spec/a.go": "package spec\n\ntype T[P any] struct{}\n\nfunc (*T[P]) M() {}\n\nfunc F() {}\n\ntype (\n\tA int\n\t// B is one.\n\tB int\n)\n",
		}, []string{
			"spec/a.go:3: T has no doc comment",
			"spec/a.go:5: M has no doc comment",
			"spec/a.go:7: F has no doc comment",
			"spec/a.go:9: A has no doc comment",
			"spec: no file says why the package exists",
		}},
	}
}

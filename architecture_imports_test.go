package promoctl_test

import (
	"fmt"
	"slices"
	"strings"
)

// drivers are the packages that know one sort of store each.
const drivers = "applier/*store"

// layers are the packages of the module, lowest first. A package imports what is in
// lower layers. In its own layer it imports what it stands below, as planner/gitrepo
// does with planner.
func layers() [][]string {
	return [][]string{
		{"schemas"},
		{"spec/..."},
		{"examples/..."},
		{"planner", "planner/gitrepo"},
		{"planner/plantest"},
		{"applier", "applier/metrics", "applier/storetest", "applier/testbed"},
		{drivers},
		{"applier/stores"},
		{"cmd/..."},
	}
}

// importers says who may import some packages, apart from tests: packages, or files
// where the name ends in .go.
func importers() map[string][]string {
	helpers := []string{"planner/plantest", "applier/storetest", "applier/testbed"} // of tests
	return map[string][]string{
		// Ours.
		"examples/...":      {"examples/...", "cmd/..."},
		"planner/gitrepo":   {"cmd/...", "planner/plantest"},
		"planner/plantest":  nil,
		drivers:             {"applier/stores"},
		"applier/stores":    {"cmd/..."},
		"applier/metrics":   {"cmd/..."},
		"applier/storetest": nil,
		"applier/testbed":   nil,
		// The world's.
		"github.com/go-git/...":        {"planner/gitrepo"},
		"gopkg.in/yaml.v3":             {"spec/yaml*.go"},
		"github.com/spf13/...":         {"cmd/..."},
		"github.com/vbauerster/...":    {"cmd/..."},
		"charm.land/...":               {"cmd/..."},
		"github.com/google/go-cmp/...": helpers,
		"go.uber.org/goleak":           helpers,
		"pgregory.net/rapid":           helpers,
		"github.com/rogpeppe/...":      nil,
		"testing":                      helpers,
		"os/exec":                      slices.Concat(helpers, []string{"planner/gitrepo", "cmd/..."}),
	}
}

// layerOf returns the layer of a package, or -1.
func layerOf(dir string) int {
	return slices.IndexFunc(layers(), func(layer []string) bool { return within(dir, layer...) })
}

// checkLayers finds arrows that are turned round.
func checkLayers(files []*goFile) []string {
	var broken []string
	for _, f := range program(files) {
		from := layerOf(f.dir)
		if from < 0 {
			broken = append(broken, fmt.Sprintf("%s: package %s belongs to no layer; give it one in architecture_imports_test.go", f.name, f.dir))
			continue
		}
		for _, imported := range f.imports() {
			if to := layerOf(imported); to > from || to == from && !sideways(f.dir, imported) {
				broken = append(broken, fmt.Sprintf("%s: %s may not import %s", f.name, f.dir, imported))
			}
		}
	}
	return broken
}

// sideways reports whether a package may import another one of its layer.
func sideways(dir, imported string) bool {
	return strings.HasPrefix(dir, imported+"/") || within(dir, "cmd/...", "examples/...")
}

// checkImporters finds packages that are imported by others than those who may.
func checkImporters(files []*goFile) []string {
	var broken []string
	for _, f := range program(files) {
		for _, imported := range f.imports() {
			for target, may := range importers() {
				if !within(imported, target) || within(f.dir, may...) || within(f.name, may...) {
					continue
				}
				who := "tests only"
				if len(may) > 0 {
					who = strings.Join(may, ", ")
				}
				broken = append(broken, fmt.Sprintf("%s: %s is for %s", f.name, imported, who))
			}
		}
	}
	slices.Sort(broken)
	return broken
}

// checkPure finds the network, databases and other programs where there is to be
// nothing but computing, so that a plan depends on two commits only.
func checkPure(files []*goFile) []string {
	var broken []string
	for _, f := range program(files) {
		if !within(f.dir, "schemas", "spec/...", "planner", "examples/...") {
			continue
		}
		for _, imported := range f.imports() {
			if within(imported, "net/...", "database/sql/...", "os/exec", "syscall", "golang.org/x/net/...") && imported != "net/url" {
				broken = append(broken, fmt.Sprintf("%s: %s is pure and may not import %s", f.name, f.dir, imported))
			}
		}
	}
	return broken
}

package spec_test

import (
	"path"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/promoctl/promoctl/spec"
)

func withFiles(t interface{ Fatal(...any) }, patterns ...string) *spec.Dataset {
	text := pipelineText("  - {name: x, key: [id], files: [\"" + strings.Join(patterns, "\", \"") + "\"]}\n")
	p, err := spec.LoadPipeline(files{spec.PipelineFile: text}.read, "")
	if err != nil {
		t.Fatal(err)
	}
	return p.Datasets[0]
}

func TestMatches(t *testing.T) {
	for _, c := range []struct{ patterns, match, differ string }{
		{"prices/*.yaml", "prices/a.yaml prices/价格.yaml", "a.yaml prices/x/a.yaml prices/a.yml Prices/a.yaml prices"},
		{"prices/**/*.yaml", "prices/a.yaml prices/x/y/a.yaml", "a.yaml prices/.a.yaml prices/.git/a.yaml .prices/a.yaml"},
		{"**", "a x/y", "promoctl.yaml .a x/.y .github/x"},
		{"**/*.yaml", "a.yaml x/promoctl.yaml", "promoctl.yaml .github/workflows/ci.yaml"},
		{"prices/{a,b/c}.yaml", "prices/a.yaml prices/b/c.yaml", "prices/b.yaml"},
		{"**/*.yaml !drafts/** !**/x.yaml", "a.yaml y/drafts/a.yaml", "drafts/a.yaml drafts/y/a.yaml x.yaml y/x.yaml"},
		{"p[0-9]/?.yaml", "p1/a.yaml", "p/a.yaml p1/ab.yaml"},
	} {
		d := withFiles(t, strings.Fields(c.patterns)...)
		for _, file := range strings.Fields(c.match) {
			if !d.Matches(file) {
				t.Errorf("%s does not match %s", c.patterns, file)
			}
		}
		for _, file := range strings.Fields(c.differ) {
			if d.Matches(file) {
				t.Errorf("%s matches %s", c.patterns, file)
			}
		}
	}
}

// TestMayMatchBelowSkips: folders that cannot hold data are not walked.
func TestMayMatchBelowSkips(t *testing.T) {
	d := withFiles(t, "prices/*/eu/*.yaml", "stock/**/x.yaml")
	for dir, want := range map[string]bool{
		"": true, "prices": true, "prices/a": true, "prices/a/eu": true, "prices/a/us": false, "prices/a/eu/b": false,
		"stock": true, "stock/a/b/c": true, "docs": false, "prices/.a": false, ".git": false,
	} {
		if got := d.MayMatchBelow(dir); got != want {
			t.Errorf("MayMatchBelow(%q) = %v", dir, got)
		}
	}
}

// TestMayMatchBelowIsNeverWrong: a file that matches is found by a walk that skips.
func TestMayMatchBelowIsNeverWrong(t *testing.T) {
	part := rapid.SampledFrom([]string{"a", "b", "ab", "a.yaml"})
	pattern := rapid.SampledFrom([]string{"a", "*", "**", "a*", "?", "[ab]", "{a,b}", "{a/b,b}", "*.yaml", "**.yaml"})
	rapid.Check(t, func(t *rapid.T) {
		p := strings.Join(rapid.SliceOfN(pattern, 1, 4).Draw(t, "pattern"), "/")
		file := strings.Join(rapid.SliceOfN(part, 1, 4).Draw(t, "file"), "/")
		d := withFiles(t, p)
		if !d.Matches(file) {
			return
		}
		for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
			if !d.MayMatchBelow(dir) {
				t.Fatalf("%s matches %s, but not below %s", p, file, dir)
			}
		}
	})
}

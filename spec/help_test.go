package spec_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/spec"
)

// files is a data repository in memory.
type files map[string]string

func (f files) read(path string) ([]byte, error) {
	text, ok := f[path]
	if !ok {
		return nil, fmt.Errorf("open %s: %w", path, fs.ErrNotExist)
	}
	return []byte(text), nil
}

// pipelineText is a pipeline file around the text of its datasets.
func pipelineText(datasets string) string {
	return "apiVersion: promoctl.dev/v1\nkind: Pipeline\nmetadata: {name: shop}\nstores: [{name: live, driver: file, url: live}]\ndatasets:\n" + datasets
}

// load loads a pipeline that must be right.
func load(t testing.TB, f files) *spec.Pipeline {
	t.Helper()
	p, err := spec.LoadPipeline(f.read, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// problemsOf loads a pipeline that must be wrong.
func problemsOf(t *testing.T, f files, env string) string {
	t.Helper()
	p, err := spec.LoadPipeline(f.read, env)
	var problems spec.Problems
	if p != nil || !errors.As(err, &problems) {
		t.Fatalf("want problems, got %v, %v", p, err)
	}
	return problems.Error()
}

// dataset returns a dataset with a schema of its own and an optional line more.
func dataset(t testing.TB, schema string, more ...string) *spec.Dataset {
	t.Helper()
	f := files{"s.json": schema}
	text := "  - name: things\n    files: [\"**\"]\n"
	if schema != "" {
		text += "    schema: s.json\n"
	}
	for _, line := range more {
		text += "    " + line + "\n"
	}
	f[spec.PipelineFile] = pipelineText(text)
	return load(t, f).Datasets[0]
}

// built returns a dataset of a built-in kind.
func built(t testing.TB, kind string) *spec.Dataset {
	t.Helper()
	return load(t, files{spec.PipelineFile: pipelineText("  - {name: things, files: [\"**\"], kind: " + kind + "}\n")}).Datasets[0]
}

// parsed shows what a file holds: the canonical JSON of each record, then each problem.
func parsed(d *spec.Dataset, name, text string) string {
	p, problems := d.Parse(name, []byte(text))
	var lines []string
	for _, r := range p.Records {
		lines = append(lines, string(r.JSON))
	}
	for _, problem := range problems {
		lines = append(lines, problem.String())
	}
	return strings.Join(lines, "\n")
}

// keys shows the keys of a file's records.
func keys(t *testing.T, d *spec.Dataset, name, text string) []spec.Key {
	t.Helper()
	p, problems := d.Parse(name, []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var out []spec.Key
	for _, r := range p.Records {
		out = append(out, r.Key)
	}
	return out
}

func equal(t testing.TB, want, got any) {
	t.Helper()
	if want == "?" {
		b, _ := json.Marshal(got)
		fmt.Println("FILL " + string(b))
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func lines(l ...string) string { return strings.Join(l, "\n") }

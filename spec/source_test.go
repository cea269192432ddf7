package spec_test

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/promoctl/promoctl/spec"
)

// write puts files into a new folder.
func write(t *testing.T, f files) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// shop is a pipeline with references: prices and stock name products, products a supplier.
const shop = `apiVersion: promoctl.dev/v1
kind: Pipeline
metadata: {name: shop}
stores: [{name: live, driver: file, url: live}]
datasets:
  - {name: products, files: ["products/**/*.yaml"], schema: product.json}
  - {name: bundles, files: ["bundles/*.yaml"], schema: bundle.json}
  - {name: regions, files: ["regions/*.yaml", "products/**/regions.yaml"], key: [id]}
`

var shopSchemas = files{
	spec.PipelineFile: shop,
	"product.json":    `{"type": "object", "x-key": ["id"], "properties": {"id": {"type": ["string", "number"]}, "secret": {"type": "string", "x-sensitive": true, "x-ref": {"dataset": "products"}}}}`,
	"bundle.json": `{"type": "object", "x-key": ["id"], "additionalProperties": false, "properties": {"id": {"type": "string"}, "of": {"type": "array", "items": {"type": "string"}, "x-ref": {"dataset": "products"}},
		"number": {"type": "number", "x-ref": {"dataset": "products"}}, "by_tier": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string", "x-ref": {"dataset": "products"}}}},
		"region": {"anyOf": [{"type": "string", "x-ref": {"dataset": "regions"}}, {"type": "null"}]}}}`,
}

// validate checks a folder and returns its problems as text.
func validate(t *testing.T, f files) (spec.Summary, string) {
	t.Helper()
	all := files{}
	for _, part := range []files{shopSchemas, f} {
		for name, text := range part {
			all[name] = text
		}
	}
	return validateDir(t, write(t, all))
}

func validateDir(t *testing.T, dir string) (spec.Summary, string) {
	t.Helper()
	defer goleak.VerifyNone(t)
	read := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }
	p, err := spec.LoadPipeline(read, "")
	if err != nil {
		t.Fatal(err)
	}
	sum, problems, err := p.ValidateAll(context.Background(), spec.DirSource(dir))
	if err != nil {
		t.Fatal(err)
	}
	return sum, problems.Error()
}

func TestValidateAllCounts(t *testing.T) {
	sum, problems := validate(t, files{
		"products/a.yaml": "[{id: a}, {id: b}]", "products/x/y/c.yaml": "id: c", "products/regions.yaml": "id: eu", // in two datasets
		"bundles/b.yaml": "- {id: x, of: [a, eu], by_tier: {gold: [b, c]}, region: eu}", "bundles/readme.txt": "not data",
		"products/.draft.yaml": "not: data", ".github/regions.yaml": "not: data", "regions/none.yaml": "# none",
	})
	equal(t, "", problems)
	equal(t, spec.Summary{Files: 5, Records: map[string]int{"products": 4, "bundles": 1, "regions": 1}, Notes: []string{}}, sum)
}

func TestValidateAllFindsEverything(t *testing.T) {
	for _, c := range []struct {
		name  string
		files files
		want  string
	}{
		{"keys in two files", files{"products/b.yaml": "- id: x\n- id: a\n", "products/a.yaml": "- id: w\n- id: a\n", "products/c.yaml": "- id: a\n- id: a\n"}, lines(
			`products/b.yaml:2:3: key "a" of dataset products stands here and at products/a.yaml:2:3; delete one of them, or give it another key`,
			`products/c.yaml:1:3: key "a" of dataset products stands here and at products/a.yaml:2:3; delete one of them, or give it another key`,
			`products/c.yaml:2:3: key "a" of dataset products stands here and at products/c.yaml:1:3; delete one of them, or give it another key`,
		)},
		{"keys in files that differ in case", files{"products/A.yaml": "id: a", "products/a.yaml": "id: b"}, `products/a.yaml: the file's name differs from "products/A.yaml" only in case or Unicode form, so some machines can't hold both; rename one`},
		{"file names in two forms of Unicode", files{"products/caf\u00e9.yaml": "id: a", "products/cafe\u0301.yaml": "id: b"}, "products/caf\u00e9.yaml: the file's name differs from \"products/cafe\u0301.yaml\" only in case or Unicode form, so some machines can't hold both; rename one"},
		{"folders that differ in case", files{"products/X/a.yaml": "id: a", "products/x/a.yaml": "id: b"}, `products/x/a.yaml: the file's name differs from "products/X/a.yaml" only in case or Unicode form, so some machines can't hold both; rename one`},
		{"file name that is not UTF-8", files{"products/\xff.yaml": "id: a"}, `"products/\xff.yaml": the file's name is not UTF-8; rename it`},
		{"file name with a control character", files{"products/a\n.yaml": "id: a"}, `"products/a\n.yaml": the file's name has a control character; rename it`},
		{"references to nothing", files{"products/a.yaml": "[{id: a}, {id: 1.50}]",
			"bundles/b.yaml": "- id: x\n  of: [a, b]\n  number: 1.5\n  by_tier:\n    gold: [a, c]\n  region: eu\n- id: y\n  number: 1.6\n"}, lines(
			`bundles/b.yaml:2:11: of[1]: "b" is not in products; correct the spelling, or add that record in the same commit`,
			`bundles/b.yaml:5:15: by_tier.gold[1]: "c" is not in products; correct the spelling, or add that record in the same commit`,
			`bundles/b.yaml:6:11: region: "eu" is not in regions; correct the spelling, or add that record in the same commit`,
			`bundles/b.yaml:8:11: number: "1.6" is not in products; correct the spelling, or add that record in the same commit`,
		)},
		{"reference to a record that is wrong", files{"products/a.yaml": "- {id: a, secret: 5, secret: 6}\n", "bundles/b.yaml": "- {id: x, of: [a, b]}"}, lines(
			`bundles/b.yaml:1:19: of[1]: "b" is not in products; correct the spelling, or add that record in the same commit`,
			"products/a.yaml:1:22: secret: the field stands twice in this record; delete one of them",
		)},
		{"reference to a file that is wrong", files{"products/a.yaml": "- {id: a\n", "bundles/b.yaml": "- {id: x, of: [a, b]}"}, "products/a.yaml:1:1: not valid YAML: did not find expected ',' or '}'; close the object with } or put a comma between its members"},
		{"reference that is secret", files{"products/a.yaml": "- {id: a, secret: S3CRET}"}, "products/a.yaml:1:19: secret: the value is not in products; correct the spelling, or add that record in the same commit"},
		{"problems of all files, sorted", files{"products/b.yaml": "- id: a\n- x\n", "products/a.yaml": "- y\n", "bundles/a.yaml": "- {id: x, od: []}\n- z\n"}, lines(
			"bundles/a.yaml:1:11: od: unknown field; write id",
			"bundles/a.yaml:2:3: a record is an object; write its fields as name: value",
			"products/a.yaml:1:3: a record is an object; write its fields as name: value",
			"products/b.yaml:2:3: a record is an object; write its fields as name: value",
		)},
		{"file of two datasets that is wrong", files{"products/regions.yaml": "- a: [\n"}, "products/regions.yaml:1:1: not valid YAML: did not find expected node content; write a value, or quote the text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, problems := validate(t, c.files)
			equal(t, c.want, problems)
			for range 5 { // files are read in any order
				if _, again := validate(t, c.files); again != problems {
					t.Fatalf("now %s", again)
				}
			}
		})
	}
}

func TestLinksAndOddFiles(t *testing.T) {
	dir := write(t, files{spec.PipelineFile: shop, "product.json": shopSchemas["product.json"], "bundle.json": shopSchemas["bundle.json"],
		"products/a.yaml": "id: a", "elsewhere/b.yaml": "id: b", "bundles/sub/.git": "gitdir: x", "bundles/sub/c.yaml": "id: c", "docs/sub/.git/HEAD": "ref", "docs/sub/d.txt": ""})
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("../elsewhere/b.yaml", "products/b.yaml")
	link("../elsewhere", "products/more")
	link("nowhere", "products/broken.yaml")
	link("a.yaml", "bundles/readme.txt") // cannot be a folder of bundles/*.yaml, nor is it a file of it
	if err := syscall.Mkfifo(filepath.Join(dir, "products", "pipe.yaml"), 0o644); err != nil {
		t.Fatal(err)
	}
	sum, problems := validateDir(t, dir)
	equal(t, lines(
		"products/b.yaml: a symbolic link where dataset products keeps its files; put the files themselves there",
		"products/broken.yaml: a symbolic link where dataset products keeps its files; put the files themselves there",
		"products/more: a symbolic link where dataset products keeps its files; put the files themselves there",
	), problems)
	equal(t, 1, sum.Records["products"])
}

func TestCheckPath(t *testing.T) {
	p := load(t, shopSchemas)
	for _, c := range []struct {
		path string
		mode spec.FileMode
		want string
	}{
		{"products/a.yaml", spec.ModeFile, ""},
		{"readme.md", spec.ModeFile, ""},
		{"products/a\xff.yaml", spec.ModeFile, `"products/a\xff.yaml": the file's name is not UTF-8; rename it`},
		{"readme\xff.md", spec.ModeFile, ""},
		{"products/a.yaml", spec.ModeSymlink, "products/a.yaml: a symbolic link where dataset products keeps its files; put the files themselves there"},
		{"products", spec.ModeSymlink, "products: a symbolic link where dataset products keeps its files; put the files themselves there"},
		{"products/x", spec.ModeSubmodule, "products/x: a submodule where dataset products keeps its files; put the files themselves there"},
		{"bundles/x", spec.ModeSubmodule, ""}, // bundles/*.yaml has no folders
		{".github", spec.ModeSymlink, ""},
	} {
		got := ""
		if problem := p.CheckPath(spec.SourceFile{Path: c.path, Mode: c.mode}); problem != nil {
			got = problem.String()
		}
		if got != c.want {
			t.Errorf("%q %d: %s", c.path, c.mode, got)
		}
	}
}

func TestTooLargeFile(t *testing.T) {
	d := dataset(t, "", "key: [id]")
	equal(t, "f: the file has more than 32 MiB; split it into several files", parsed(d, "f", "id: a\n"+strings.Repeat("#", spec.MaxFileSize)))
	large := "id: a\nx: \"" + strings.Repeat("x", spec.MaxRecordSize) + "\"\n"
	equal(t, "f:1:1: the record has 1048593 bytes, more than 1048576; split it", parsed(d, "f", large))

	dir := t.TempDir()
	path := filepath.Join(dir, "f.yaml")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<40); err != nil { // sparse; must not be read into memory
		t.Fatal(err)
	}
	data, err := spec.DirSource(dir).Read(context.Background(), spec.SourceFile{Path: "f.yaml"})
	if err != nil || len(data) != spec.MaxFileSize+1 {
		t.Errorf("read %d bytes, %v", len(data), err)
	}
}

func TestDirSourceStaysInside(t *testing.T) {
	dir := write(t, files{"in/a.yaml": "a", "secret": "s"})
	src := spec.DirSource(filepath.Join(dir, "in"))
	if data, err := src.Read(context.Background(), spec.SourceFile{Path: "../secret"}); err == nil {
		t.Errorf("read %s", data)
	}
	if _, err := src.Read(context.Background(), spec.SourceFile{Path: "b.yaml"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	for range src.Files(context.Background()) {
		break // a caller may stop
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range src.Files(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	for _, err := range spec.DirSource(filepath.Join(dir, "nowhere")).Files(context.Background()) {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	}
}

// brokenSource lists files and fails to read one.
type brokenSource struct {
	list []string
	fail error
}

func (s brokenSource) Files(context.Context) iter.Seq2[spec.SourceFile, error] {
	return func(yield func(spec.SourceFile, error) bool) {
		for _, name := range s.list {
			if !yield(spec.SourceFile{Path: name}, nil) {
				return
			}
		}
	}
}

func (s brokenSource) Read(_ context.Context, f spec.SourceFile) ([]byte, error) {
	if strings.HasSuffix(f.Path, "bad.yaml") {
		return nil, s.fail
	}
	return []byte("id: " + strings.TrimSuffix(filepath.Base(f.Path), ".yaml")), nil
}

func TestValidateAllStopsWhenItCannotRead(t *testing.T) {
	defer goleak.VerifyNone(t)
	src := brokenSource{fail: fs.ErrPermission}
	for i := range 100 {
		src.list = append(src.list, "products/"+strings.Repeat("x", i+1)+".yaml", "products/bad.yaml")
	}
	_, _, err := load(t, shopSchemas).ValidateAll(context.Background(), src)
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "read products/bad.yaml: ") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := load(t, shopSchemas).ValidateAll(ctx, brokenSource{list: []string{"products/a.yaml"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// newFile is a file to be written.
type newFile struct {
	path string // relative to the pipeline file's folder, with slashes
	text []byte
}

// recordsPerFile is how many records an imported file has at most: a change to one of
// them stays cheap to read, and a pull request can show the file.
const recordsPerFile = 10_000

// write writes all files or none.
func (im *importer) write(ctx context.Context) error {
	var files []newFile
	var old []string
	for _, p := range im.parts {
		if err := im.layOut(p); err != nil {
			return err
		}
		files = append(files, p.files...)
		if p.Count() > 0 {
			old = append(old, im.earlier(p.dataset)...)
		}
	}
	if len(old) > 0 && !im.flags.force {
		return fmt.Errorf("nothing was written; these files exist: %s; replace them with --force, or choose another one with --out", strings.Join(old, ", "))
	}
	if !im.flags.force {
		if err := im.checkClashes(ctx); err != nil {
			return err
		}
	}
	if err := im.writeFiles(files); err != nil {
		return err
	}
	return im.removeOthers(old, files)
}

// earlier returns the files of an earlier import to the same place, however many files it
// took: those that are left over would bring back records that are gone.
func (im *importer) earlier(d *spec.Dataset) []string {
	name, err := im.outPath(d)
	if err != nil {
		return nil // layOut has said so
	}
	ext := path.Ext(name)
	numbered := strings.TrimSuffix(path.Base(name), ext) + "-[0-9][0-9][0-9][0-9]" + ext
	entries, err := os.ReadDir(filepath.Dir(im.file(name)))
	if err != nil {
		return nil // no folder, or one that writing will fail in
	}
	var out []string
	for _, e := range entries {
		if match, _ := path.Match(numbered, e.Name()); match || e.Name() == path.Base(name) {
			out = append(out, path.Join(path.Dir(name), e.Name()))
		}
	}
	return out
}

// removeOthers removes the files of an earlier import that were not written anew.
func (im *importer) removeOthers(old []string, files []newFile) error {
	for _, name := range old {
		if slices.ContainsFunc(files, func(f newFile) bool { return f.path == name }) {
			continue
		}
		if err := os.Remove(im.file(name)); err != nil {
			return err
		}
	}
	return nil
}

// layOut makes the text of a dataset's files.
func (im *importer) layOut(p *importedDataset) error {
	name, err := im.outPath(p.dataset)
	if err != nil || p.Count() == 0 {
		return err
	}
	texts, err := p.YAML(im.head(p.dataset, name), recordsPerFile)
	if err != nil {
		return fmt.Errorf("dataset %s: %w", p.dataset.Name, err)
	}
	for i, text := range texts {
		numbered := name
		if len(texts) > 1 {
			ext := path.Ext(name)
			numbered = fmt.Sprintf("%s-%04d%s", strings.TrimSuffix(name, ext), i+1, ext)
		}
		if !p.dataset.Matches(numbered) {
			return fmt.Errorf("dataset %s does not take the file %s; choose another name with --out, one that may end in -0001", p.dataset.Name, numbered)
		}
		p.files = append(p.files, newFile{numbered, text})
	}
	return nil
}

// outPath returns where the records of a dataset go, from the pipeline file's folder.
func (im *importer) outPath(d *spec.Dataset) (string, error) {
	if im.flags.out == "" {
		if name := d.NewFile("imported"); name != "" {
			return name, nil
		}
		return "", fmt.Errorf("dataset %s has no place for a new YAML file; name one that it takes with --out FILE, or add a pattern such as %s/*.yaml to its files", d.Name, d.Name)
	}
	rel, err := filepath.Rel(im.root, im.path(im.flags.out))
	name := filepath.ToSlash(rel)
	switch {
	case err != nil || !d.Matches(name):
		return "", usageError(fmt.Errorf("--out %s: dataset %s does not take that file; its files are %s", im.flags.out, d.Name, strings.Join(d.Patterns(), ", ")))
	case strings.HasSuffix(name, ".json"):
		return "", usageError(fmt.Errorf("--out %s: import writes YAML; choose a name that ends in .yaml", im.flags.out))
	}
	return name, nil
}

// head returns the first lines of a file: the schema for editors, where the repository
// has it and it fits, and where the records come from.
func (im *importer) head(d *spec.Dataset, name string) string {
	text := ""
	schema := path.Join(schemaDir, d.Kind+".list.json")
	if _, err := os.Stat(filepath.Join(im.root, filepath.FromSlash(schema))); err == nil && d.Kind != "" && d.ListAtTop() {
		text = "# yaml-language-server: $schema=" + strings.Repeat("../", strings.Count(name, "/")) + schema + "\n"
	}
	return text + "# Imported from " + oneLine(im.source) + ".\n"
}

func (im *importer) file(name string) string { return filepath.Join(im.root, filepath.FromSlash(name)) }

// writeFiles writes every file beside its place before it moves the first one there.
func (im *importer) writeFiles(files []newFile) error {
	var written []string
	defer func() {
		for _, name := range written {
			os.Remove(name)
		}
	}()
	for _, f := range files {
		name := im.file(f.path)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		written = append(written, name+".tmp")
		if err := os.WriteFile(name+".tmp", f.text, 0o644); err != nil {
			return err
		}
	}
	for len(written) > 0 {
		if err := os.Rename(written[0], strings.TrimSuffix(written[0], ".tmp")); err != nil {
			return err
		}
		written = written[1:]
	}
	return nil
}

// report says what was written, and what to do with it.
func (im *importer) report() {
	total := 0
	for _, p := range im.parts {
		total += p.Count()
		switch {
		case p.Count() == 0:
			fmt.Fprintf(im.stdout, "%s: no records in %s\n", p.dataset.Name, im.source)
		case len(p.files) == 1:
			fmt.Fprintf(im.stdout, "%s: %s in %s\n", p.dataset.Name, plural(p.Count(), "record"), im.shown(p.files[0]))
		default:
			fmt.Fprintf(im.stdout, "%s: %s in %d files, %s to %s\n", p.dataset.Name, plural(p.Count(), "record"), len(p.files), im.shown(p.files[0]), im.shown(p.files[len(p.files)-1]))
		}
		if n := len(p.other); n > 0 {
			fmt.Fprintf(im.stderr, "note: store %s spells %s of %s otherwise than Git will, such as %s: numbers, times or blanks in another form. apply --adopt will list them; apply --overwrite writes Git's form\n",
				im.flags.store, plural(n, "record"), p.dataset.Name, p.other[0])
		}
	}
	if total == 0 {
		return
	}
	fmt.Fprintln(im.stdout, "Next: promoctl validate")
	fmt.Fprintln(im.stdout, `      git add . && git commit -m "Import"`)
	fmt.Fprintln(im.stdout, "      promoctl plan, then promoctl apply --adopt")
}

// shown returns a file's name as the person can use it: from the working directory.
func (im *importer) shown(f newFile) string {
	if rel, err := filepath.Rel(im.dir, im.file(f.path)); err == nil {
		return rel
	}
	return im.file(f.path)
}

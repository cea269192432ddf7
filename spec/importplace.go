package spec

import (
	"path"
	"slices"
	"strings"
)

// NewFile returns the path of a YAML file that belongs to the dataset and lies where its
// first pattern has its files, called name as far as the pattern leaves that open; ""
// if there is no such path.
func (d *Dataset) NewFile(name string) string {
	for _, pattern := range d.files.include {
		file := strings.ReplaceAll(strings.ReplaceAll(pattern, "**/", ""), "*", name)
		if ext := path.Ext(file); (ext == ".yaml" || ext == ".yml") && d.Matches(file) {
			return file
		}
		dir, _, _ := strings.Cut(pattern, "*")
		for _, ext := range [...]string{".yaml", ".yml"} {
			if file := path.Join(path.Dir(dir+"x"), name+ext); d.Matches(file) {
				return file
			}
		}
	}
	return ""
}

// Patterns returns the patterns that select the dataset's files, as declared.
func (d *Dataset) Patterns() []string {
	out := slices.Clone(d.files.include)
	for _, p := range d.files.exclude {
		out = append(out, "!"+p)
	}
	return out
}

// ListAtTop reports whether a file of the dataset is a list of records, and not a
// document around one.
func (d *Dataset) ListAtTop() bool { return d.records == nil }

package spec

import (
	"fmt"
	"slices"
)

// Limits of a record.
const (
	MaxKeySize    = 512     // bytes of a key
	MaxRecordSize = 1 << 20 // bytes of a record's canonical JSON
)

// Dataset is a set of records of one kind, as the pipeline file declares it, with its
// schema compiled. It is immutable and safe for concurrent use.
type Dataset struct {
	Name   string
	Kind   string   // built-in kind, or "" for a schema of the user's own or none
	Stores []string // names of the stores that take it, in the order of the pipeline file
	Schema *Schema
	Layout Layout
	// SchemaFile is the path of the schema in the data repository; "" for a built-in
	// kind or no schema.
	SchemaFile string
	files      globs
	records    []string   // path of the list in each document; nil: the document itself
	key        []keyField // parallel to Layout.Key
}

// Parsed is what one file holds.
type Parsed struct {
	Records []Record // in the order of the text
	Refs    []Ref    // of Records
	// Broken are the keys of records that have problems, as far as they can be read: a
	// reference to one of them is not a reference to nothing.
	Broken []Key
}

// Matches reports whether a file belongs to the dataset. The path is relative to the
// pipeline file's folder, with slashes.
func (d *Dataset) Matches(path string) bool { return d.files.match(path) }

// MayMatchBelow reports whether a file anywhere below a folder could belong to the
// dataset. It may say true where none does, never the other way.
func (d *Dataset) MayMatchBelow(dir string) bool { return d.files.matchBelow(dir) }

// SameFiles reports whether two datasets select the same files of any commit.
func (d *Dataset) SameFiles(o *Dataset) bool {
	return slices.Equal(d.files.include, o.files.include) && slices.Equal(d.files.exclude, o.files.exclude)
}

// Parse reads all records of one file. Path is for positions and tells JSON from YAML.
// With problems, which are sorted, the records that are whole are returned all the same.
func (d *Dataset) Parse(path string, data []byte) (Parsed, Problems) {
	docs, problems := parseText(path, data, d.Schema.mask())
	p := fileParser{dataset: d, file: path, problems: problems, seen: map[Key]Pos{}, decoder: newDecoder(path)}
	for _, doc := range docs {
		p.document(doc)
	}
	p.problems.Sort()
	return p.out, p.problems
}

// DuplicateKey is the problem of a key that stands at two places.
func DuplicateKey(dataset string, key Key, at, first Pos) Problem {
	return Problem{
		Pos:  at,
		What: fmt.Sprintf("key %s of dataset %s stands here and at %s", quoteText(string(key)), dataset, first),
		Fix:  "delete one of them, or give it another key",
	}
}

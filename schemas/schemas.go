// Package schemas holds the JSON Schemas that promoctl brings with it: one for each
// built-in kind of record and one for the pipeline file.
//
// They exist as plain files so that editors can use them while people type, and are
// embedded so that the program checks with the very same text. README.md describes the
// keywords that promoctl adds to JSON Schema.
package schemas

import (
	"embed"
	"io/fs"
)

// Base is the address that every $id starts with. It never changes: a new version of
// the format gets an address of its own.
const Base = "https://promoctl.dev/schemas/v1/"

//go:embed *.json
var files embed.FS

// Kinds returns the names of the built-in kinds, sorted.
func Kinds() []string {
	return []string{"coupon", "price", "product", "promotion", "stock"}
}

// Kind returns the JSON Schema of one record of a built-in kind, and whether there is
// such a kind. The bytes are the caller's.
func Kind(name string) ([]byte, bool) {
	for _, k := range Kinds() {
		if k == name {
			return read(name + ".json"), true
		}
	}
	return nil, false
}

// Pipeline returns the JSON Schema of the pipeline file. The bytes are the caller's.
func Pipeline() []byte { return read("pipeline.json") }

// Files returns all schema files, for whoever writes a data repository and wants its
// editors to find them: KIND.json for a file with one record, KIND.list.json for a file
// with a list of records, and pipeline.json. They refer to each other by name and
// belong in one directory.
func Files() fs.FS { return files }

// ForList returns the name within Files of the schema that an editor needs for a file
// with a list of records of a kind.
func ForList(kind string) string { return kind + ".list.json" }

// read returns an embedded file. Its name is always one that the compiler has seen, so
// that a failure is a defect of this package.
func read(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic("schemas: " + err.Error())
	}
	return b
}

package main

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/promoctl/promoctl/schemas"
	"github.com/promoctl/promoctl/spec"
)

// initfiles are the files that promoctl init writes. NAME in them is the pipeline's.
//
//go:embed initfiles
var initfiles embed.FS

// schemaDir is where a data repository keeps the schemas for editors.
const schemaDir = ".promoctl/schemas/"

// startFile is a file that promoctl init writes.
type startFile struct {
	name string // from the directory, with slashes
	what string // for the person
	text []byte
}

// startFiles returns the files of a new data repository whose pipeline has that name.
func startFiles(pipeline string) ([]startFile, error) {
	files := []startFile{
		{name: spec.PipelineFile, what: "what is released, where to, and what must not be"},
		{name: "products/tea.yaml", what: "three articles"},
		{name: "prices/tea.yaml", what: "their prices"},
		{name: "stock/main.yaml", what: "what one location puts up for sale"},
		{name: "promotions/autumn.yaml", what: "a discount that the shop gives by itself"},
		{name: "coupons/welcome.yaml", what: "a discount that shoppers must have been given"},
		{name: "README.md", what: "for the people who work here"},
		{name: ".gitignore", what: "keeps the trial stores out of Git"},
	}
	for i := range files {
		text, err := initfiles.ReadFile("initfiles/" + strings.TrimPrefix(files[i].name, "."))
		if err != nil {
			return nil, fmt.Errorf("init: %w", err)
		}
		named := strings.NewReplacer("  name: NAME\n", "  name: "+pipeline+"\n", "# NAME\n", "# "+pipeline+"\n")
		files[i].text = []byte(named.Replace(string(text)))
	}
	return withSchemas(files)
}

// withSchemas adds the schemas that the first lines of the files point to.
func withSchemas(files []startFile) ([]startFile, error) {
	all := schemas.Files()
	list, err := fs.ReadDir(all, ".")
	if err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	for _, e := range list {
		text, err := fs.ReadFile(all, e.Name())
		if err != nil {
			return nil, fmt.Errorf("init: %w", err)
		}
		files = append(files, startFile{name: schemaDir + e.Name(), text: text})
	}
	return files, nil
}

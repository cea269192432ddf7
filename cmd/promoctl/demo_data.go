package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/promoctl/promoctl/examples"
	"github.com/promoctl/promoctl/examples/generate"
)

// The demo's shop is the Double Eleven example, whose prices people keep by hand, and
// as many articles of the kind that an ERP exports as it takes to make 1,000.
const (
	demoPrices    = 1000
	demoSeed      = 1111
	demoGenerated = "generated-0001.yaml" // as generate calls it
	demoExported  = "erp-export.yaml"
)

// writeDemoShop writes the data repository of the demo into dir.
func writeDemoShop(dir string) error {
	if err := examples.WriteDoubleEleven(dir); err != nil {
		return err
	}
	byHand, err := countPrices(dir)
	if err != nil {
		return err
	}
	more := demoPrices - byHand
	if err := generate.Write(dir, generate.Options{Records: more, Files: 1, Seed: demoSeed, Products: true, DataOnly: true}); err != nil {
		return err
	}
	for folder, kind := range map[string]string{"products": "product", "prices": "price"} {
		if err := nameExport(filepath.Join(dir, folder), kind, more); err != nil {
			return err
		}
	}
	return nil
}

// countPrices counts the records of the example's price files.
func countPrices(dir string) (int, error) {
	names, err := filepath.Glob(filepath.Join(dir, "prices", "*.yaml"))
	if err != nil {
		return 0, err
	}
	n := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		n += bytes.Count(text, []byte("\n- sku: "))
	}
	return n, nil
}

// nameExport gives the generated file of a folder a name and the first lines that the
// files of the example have too.
func nameExport(folder, kind string, records int) error {
	generated := filepath.Join(folder, demoGenerated)
	text, err := os.ReadFile(generated)
	if err != nil {
		return err
	}
	head := fmt.Sprintf("# yaml-language-server: $schema=../.promoctl/schemas/%s.list.json\n"+
		"# The %d articles that nobody keeps by hand. Exported from the ERP each night.\n\n", kind, records)
	if err := os.WriteFile(filepath.Join(folder, demoExported), append([]byte(head), text...), 0o644); err != nil {
		return err
	}
	return os.Remove(generated)
}

// demoEdit is what a person types into a file of the demo: one piece of text of one
// record becomes another.
type demoEdit struct {
	file, sku, from, to string
}

// slip is the edit of the demo, and trial one of the same sort that is left for the
// person to try.
func slip() demoEdit {
	return demoEdit{"prices/skincare.yaml", "LMY-SER-VC-30", "price: 199.00", "price: 19.90"}
}

func trial() demoEdit {
	return demoEdit{"prices/audio.yaml", "VLT-EB-P3-BK", "price: 699.00", "price: 69.90"}
}

// line returns the number of the line that the edit changes, counted from 1.
func (e demoEdit) line(dir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dir, e.file))
	if err != nil {
		return 0, err
	}
	at, err := e.find(text)
	return 1 + bytes.Count(text[:at], []byte("\n")), err
}

// make changes the file and nothing but the piece of text.
func (e demoEdit) make(dir string) error {
	name := filepath.Join(dir, e.file)
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	at, err := e.find(text)
	if err != nil {
		return err
	}
	return os.WriteFile(name, bytes.Join([][]byte{text[:at], text[at+len(e.from):]}, []byte(e.to)), 0o644)
}

// find returns where in the file the text of the record starts.
func (e demoEdit) find(text []byte) (int, error) {
	record := bytes.Index(text, []byte("\n- sku: "+e.sku+"\n"))
	if record >= 0 {
		if at := bytes.Index(text[record:], []byte(e.from)); at >= 0 {
			return record + at, nil
		}
	}
	return 0, fmt.Errorf("%s has no %s for %s", e.file, e.from, e.sku)
}

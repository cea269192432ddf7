// Package examples holds data repositories that work as they stand, so that the first
// thing a stranger runs is real data and not a stub.
//
// double-eleven is a sale of about 300 products; its README says what to try. The
// package generate writes repositories of any size.
package examples

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/promoctl/promoctl/schemas"
)

//go:embed double-eleven double-eleven/.gitignore
var files embed.FS

// In this repository the example's editor hints point to schemas/ two folders up; in a
// copy, to the schemas that come with it.
const (
	hintHere = "../../schemas/"
	hintCopy = ".promoctl/schemas/"
)

// WriteDoubleEleven writes the example into dir as a data repository that stands by
// itself, with the schemas that its files name for editors under .promoctl/schemas. The
// directory is created if it is not there. It is an error if one of the files exists:
// nothing is overwritten.
func WriteDoubleEleven(dir string) error {
	example, err := fs.Sub(files, "double-eleven")
	if err != nil {
		return fmt.Errorf("examples: %w", err)
	}
	err = copyFiles(example, dir, func(text []byte) []byte {
		return bytes.Replace(text, []byte(hintHere), []byte(hintCopy), 1)
	})
	if err != nil {
		return err
	}
	return copyFiles(schemas.Files(), filepath.Join(dir, hintCopy), bytes.Clone)
}

// copyFiles writes every file of from into dir, as edit returns it.
func copyFiles(from fs.FS, dir string, edit func([]byte) []byte) error {
	return fs.WalkDir(from, ".", func(name string, e fs.DirEntry, err error) error {
		to := filepath.Join(dir, filepath.FromSlash(name))
		switch {
		case err != nil:
			return fmt.Errorf("examples: %w", err)
		case e.IsDir():
			if err := os.MkdirAll(to, 0o755); err != nil {
				return fmt.Errorf("examples: %w", err)
			}
			return nil
		}
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return fmt.Errorf("examples: %w", err)
		}
		return writeNew(to, edit(text))
	})
}

// writeNew writes a file that must not exist.
func writeNew(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("examples: %w; choose an empty directory", err)
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("examples: write %s: %w", name, err)
	}
	return nil
}

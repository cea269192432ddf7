package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// demoBin is the folder of the program that a demo keeps.
const demoBin = ".bin"

// keepExecutable returns the program for the demo and for the time after it. The one
// that go run builds is gone when it ends: the demo keeps a copy beside its data.
func keepExecutable(exe, dir string) (string, error) {
	if !strings.Contains(exe, string(filepath.Separator)+"go-build") {
		return exe, nil
	}
	kept := filepath.Join(dir, demoBin, "promoctl")
	if err := os.Mkdir(filepath.Dir(kept), 0o755); err != nil {
		return "", fmt.Errorf("demo: %w", err)
	}
	if os.Link(exe, kept) == nil {
		return kept, nil
	}
	return kept, copyProgram(kept, exe)
}

func copyProgram(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(fmt.Errorf("demo: copy %s: %w", from, err), out.Close())
	}
	return out.Close()
}

// ignoreExecutable keeps the program out of the data repository.
func (d *demo) ignoreExecutable() error {
	if filepath.Dir(d.exe) != filepath.Join(d.dir, demoBin) {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(d.dir, ".gitignore"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "\n# promoctl, kept by its demo.\n%s/\n", demoBin)
	return errors.Join(err, f.Close())
}

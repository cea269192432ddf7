package spec

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// FileMode is what an entry of a data repository is.
type FileMode uint8

const (
	ModeFile FileMode = iota
	ModeSymlink
	ModeSubmodule
)

// SourceFile is an entry of a Source.
type SourceFile struct {
	Path string // relative to the pipeline file's folder, with slashes
	ID   string // how the Source finds the content; empty where Path is enough
	Mode FileMode
}

// Source is a set of files: a commit's tree, or a folder.
type Source interface {
	// Files yields all entries, in any order.
	Files(ctx context.Context) iter.Seq2[SourceFile, error]
	// Read returns the content of a file; fs.ErrNotExist if there is none. It may be
	// called concurrently.
	Read(ctx context.Context, f SourceFile) ([]byte, error)
}

// DirSource is a folder on disk as a Source. Folders whose names start with a dot are
// left out: no dataset has files there.
type DirSource string

// Files implements Source.
func (d DirSource) Files(ctx context.Context) iter.Seq2[SourceFile, error] {
	return func(yield func(SourceFile, error) bool) {
		err := filepath.WalkDir(string(d), func(name string, e fs.DirEntry, err error) error {
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			rel, err := filepath.Rel(string(d), name)
			if err != nil || rel == "." {
				return err
			}
			f := SourceFile{Path: filepath.ToSlash(rel)}
			after := error(nil)
			switch {
			case e.IsDir() && strings.HasPrefix(e.Name(), "."):
				return fs.SkipDir
			case e.IsDir() && isRepository(name):
				f.Mode, after = ModeSubmodule, fs.SkipDir
			case e.Type()&fs.ModeSymlink != 0:
				f.Mode = ModeSymlink
			case !e.Type().IsRegular():
				return nil // a folder, or what Git does not store either: a pipe, a socket
			}
			if !yield(f, nil) {
				return errStopped
			}
			return after
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(SourceFile{}, err)
		}
	}
}

// errStopped ends a walk that nobody listens to any more.
var errStopped = errors.New("stopped")

// isRepository reports whether a folder is a Git repository of its own: a submodule.
func isRepository(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, ".git"))
	return err == nil
}

// Read implements Source. It does not follow a path out of the folder, and reads no
// more of a file than it takes to see that it is too large.
func (d DirSource) Read(_ context.Context, f SourceFile) ([]byte, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, err := root.Open(filepath.FromSlash(f.Path))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	text := bytes.NewBuffer(make([]byte, 0, min(info.Size(), MaxFileSize)+bytes.MinRead))
	_, err = text.ReadFrom(io.LimitReader(file, MaxFileSize+1))
	return text.Bytes(), err
}

package gitrepo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

// storage reads objects for one goroutine at a time.
type storage struct {
	parts []*filesystem.Storage // the own object directory, then the alternates
}

func newStorage(roots []string, shared cache.Object) *storage {
	s := &storage{}
	for _, root := range roots {
		s.parts = append(s.parts, openStorage(root, shared))
	}
	return s
}

func openStorage(root string, shared cache.Object) *filesystem.Storage {
	return filesystem.NewStorageWithOptions(indexedPacks{osfs.New(root, osfs.WithBoundOS())}, shared,
		filesystem.Options{KeepDescriptors: true})
}

// indexedPacks hides packs that have no index (yet), which Git ignores and which would
// make go-git fail for every object.
type indexedPacks struct{ billy.Filesystem }

func (f indexedPacks) ReadDir(dir string) ([]os.FileInfo, error) {
	files, err := f.Filesystem.ReadDir(dir)
	if err != nil || path.Base(dir) != "pack" {
		return files, err
	}
	indexed := make(map[string]bool)
	for _, file := range files {
		if stem, ok := strings.CutSuffix(file.Name(), ".idx"); ok {
			indexed[stem] = true
		}
	}
	kept := files[:0]
	for _, file := range files {
		if stem, ok := strings.CutSuffix(file.Name(), ".pack"); !ok || indexed[stem] {
			kept = append(kept, file)
		}
	}
	return kept, nil
}

func (s *storage) read(h plumbing.Hash) (data []byte, kind plumbing.ObjectType, err error) {
	err = s.retry(func() error {
		data, kind, err = s.readOnce(h)
		return err
	})
	return data, kind, err
}

func (s *storage) size(h plumbing.Hash) (size int64, err error) {
	err = s.retry(func() error {
		part, err := s.holder(h)
		if err == nil {
			size, err = part.EncodedObjectSize(h)
		}
		return err
	})
	return size, err
}

// retry reads again after another program repacked: the object is in a pack now that
// the index in memory does not know, or its pack went away between look-up and reading.
func (s *storage) retry(once func() error) error {
	err := once()
	for again := 0; again < 3 && gone(err); again++ {
		if again > 0 && errors.Is(err, plumbing.ErrObjectNotFound) {
			return errNotFound // in no pack that a fresh look at the directory found
		}
		s.reindex()
		err = once()
	}
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return errNotFound
	}
	if err != nil {
		s.reindex() // a failed look at the packs must not stay
	}
	return err
}

func gone(err error) bool {
	return errors.Is(err, plumbing.ErrObjectNotFound) || errors.Is(err, fs.ErrNotExist) ||
		errors.Is(err, dotgit.ErrPackfileNotFound)
}

func (s *storage) reindex() {
	for _, part := range s.parts {
		part.Reindex()
	}
}

// holder returns the storage that has an object. With no alternates it does not look.
func (s *storage) holder(h plumbing.Hash) (*filesystem.Storage, error) {
	if len(s.parts) == 1 {
		return s.parts[0], nil
	}
	for _, part := range s.parts {
		if err := part.HasEncodedObject(h); !errors.Is(err, plumbing.ErrObjectNotFound) {
			return part, err
		}
	}
	return nil, plumbing.ErrObjectNotFound
}

func (s *storage) readOnce(h plumbing.Hash) ([]byte, plumbing.ObjectType, error) {
	part, err := s.holder(h)
	if err != nil {
		return nil, 0, err
	}
	obj, err := part.EncodedObject(plumbing.AnyObject, h)
	if err != nil {
		return nil, 0, err
	}
	rd, err := obj.Reader()
	if err != nil {
		return nil, 0, err
	}
	data := make([]byte, obj.Size())
	_, err = io.ReadFull(rd, data)
	if closeErr := rd.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, 0, fmt.Errorf("inflate: %w", err)
	}
	return data, obj.Type(), nil
}

func (s *storage) close() error {
	var errs []error
	for _, part := range s.parts {
		errs = append(errs, part.Close())
	}
	return errors.Join(errs...)
}

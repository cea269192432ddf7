package gitrepo

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"
)

// inTheWay reports whether something stands in the worktree where a file is to be
// restored: at its path, or at that of a folder that it is in. What the revert itself
// takes away does not.
func (s *syncer) inTheWay(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		info, err := os.Lstat(s.file(dir))
		if err == nil && !info.IsDir() && !s.vanishes(dir) {
			return true
		}
	}
	info, err := os.Lstat(s.file(name))
	if err == nil && info.IsDir() {
		return s.keepsFiles(name)
	}
	return exists(s.file(name))
}

// vanishes reports whether the revert takes away the file at a path: one with edits of
// its own stays.
func (s *syncer) vanishes(name string) bool {
	_, isStaged := s.staged[name]
	return s.goes[name] && !isStaged && !s.dirty[name]
}

// keepsFiles reports whether a folder still has files after the revert.
func (s *syncer) keepsFiles(dir string) bool {
	err := filepath.WalkDir(s.file(dir), func(at string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(s.dir, at)
		if err == nil && !s.vanishes(filepath.ToSlash(rel)) {
			err = errStopped
		}
		return err
	})
	return err != nil // a folder that cannot be read is not to be removed either
}

func (s *syncer) file(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

// exists reports whether there is anything at path, also a dangling symlink. What
// cannot be told counts as there.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR)
}

package objectstore

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The directories of a store and the files of a stage. See the package comment.
const (
	liveDir    = "live"
	stageDir   = "stage"
	objectsDir = "objects"
	trashDir   = "trash"

	markerFile   = "marker.json"
	manifestFile = "manifest.json"
	releaseFile  = "release.json"
	sealFile     = "seal.json"
)

// Modes are for the shop's services, which read manifests and objects as another user;
// the umask narrows them. Markers, releases and seals name people and their reasons, which
// are no business of readers.
const (
	dirMode     = 0o755
	fileMode    = 0o644
	privateMode = 0o600
)

func (s *Store) path(parts ...string) string {
	return filepath.Join(append([]string{s.root}, parts...)...)
}

// dirs returns the directories that a store needs.
func (s *Store) dirs() []string {
	return []string{s.path(liveDir), s.path(stageDir), s.path(objectsDir), s.path(trashDir)}
}

// writeDurable writes a new file and syncs it. The caller syncs the directory.
func writeDurable(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// replacePrivate writes a file in full before it takes the place of an old one.
func replacePrivate(path string, data []byte) error {
	tmp := path + "." + randomName()
	if err := writeDurable(tmp, data, privateMode); err != nil {
		return errors.Join(err, removeIfThere(tmp))
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func syncDirs(dirs ...string) error {
	for _, dir := range dirs {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// mkdirs creates a directory with its parents and makes each new name durable.
func mkdirs(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("%s is not a directory", dir)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := mkdirs(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// subdirs returns the names of the directories in dir, sorted; none when dir is missing.
func subdirs(dir string) ([]string, error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range list {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// throwAway removes a directory and then, with also, what belonged to it; it does
// nothing when the directory is not there. It first renames it out of the way, so that
// nobody ever sees half of it or makes half of it live, and removes it last, so that a
// later gc knows that a removal was interrupted.
func (s *Store) throwAway(dir string, also func() error) error {
	trash := s.path(trashDir, randomName())
	err := os.Rename(dir, trash)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err := mkdirs(s.path(trashDir)); err != nil {
			return err
		}
		err = os.Rename(dir, trash)
	}
	if err != nil {
		return err
	}
	if err := also(); err != nil {
		return err
	}
	return os.RemoveAll(trash)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// randomName returns a name that nothing else has.
func randomName() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// plainName reports whether a name may stand alone as a directory.
func plainName(name string) bool {
	return name != "" && !strings.HasPrefix(name, ".") && !strings.ContainsAny(name, "/\\\x00")
}

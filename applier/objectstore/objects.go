package objectstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// opened is a cursor over objects in files. Close it.
type opened struct {
	cursor
	files []*os.File
}

// openObjects opens objects as one sorted cursor; nil stands for an empty bucket.
func (s *Store) openObjects(objects ...*Object) (_ *opened, err error) {
	o := &opened{cursor: emptyCursor{}}
	defer func() {
		if err != nil {
			o.Close()
		}
	}()
	var cursors []cursor
	for _, object := range objects {
		if object == nil {
			continue
		}
		c, err := o.open(s, object)
		if err != nil {
			return nil, err
		}
		cursors = append(cursors, c)
	}
	switch len(cursors) {
	case 0:
	case 1:
		o.cursor = cursors[0]
	default:
		if o.cursor, err = newKway(cursors); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (o *opened) open(s *Store, object *Object) (cursor, error) {
	name := filepath.Join(s.root, filepath.FromSlash(object.Path))
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; it held %d records that are live: restore it from a backup, "+
			"or create it empty and run promoctl apply --repair", err, object.Records)
	}
	if err != nil {
		return nil, err
	}
	o.files = append(o.files, f)
	return openCursor(f, name, object.SHA256)
}

// Close closes the files.
func (o *opened) Close() {
	for _, f := range o.files {
		f.Close() // read only: there is nothing to lose
	}
}

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
	files  []*os.File
	edited bool    // some objects are not what was released
	damage []error // errDamaged: objects that hold less than what was released
}

// openObjects opens objects as one sorted cursor; nil stands for an empty bucket. What
// of an object cannot be read is left out and noted.
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
		o.edited = true
		o.damage = append(o.damage, fmt.Errorf("%s: %w: it is missing and held %d records", name, errDamaged, object.Records))
		return emptyCursor{}, nil
	}
	if err != nil {
		return nil, err
	}
	o.files = append(o.files, f)
	c, err := openCursor(f, name, object.SHA256)
	if l, ok := c.(*list); ok && err == nil {
		o.edited = true
		if l.lost > 0 {
			o.damage = append(o.damage, fmt.Errorf("%s: %w: lines without a record: %d", name, errDamaged, l.lost))
		}
	}
	return c, err
}

// Close closes the files.
func (o *opened) Close() {
	for _, f := range o.files {
		f.Close() // read only: there is nothing to lose
	}
}

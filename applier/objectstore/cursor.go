package objectstore

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/promoctl/promoctl/spec"
)

// maxLine bounds one line of an object, so that a damaged file cannot take all memory.
const maxLine = 64 << 20

// cursor goes through records sorted by key.
type cursor interface {
	// next returns the next record, or io.EOF after the last one. The record is valid
	// until the next call.
	next() (entry, error)
}

// emptyCursor is the cursor of an object that does not exist because it has no record.
type emptyCursor struct{}

func (emptyCursor) next() (entry, error) { return entry{}, io.EOF }

// openCursor returns a cursor over an object's bytes. It hashes them first: bytes
// that match sum are known to be well-formed and sorted, and are streamed; others
// were edited by somebody and are read in full, so that every record that can still
// be told is told; that is a *list. The name is for errors.
func openCursor(r io.ReadSeeker, name string, sum spec.Digest) (cursor, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if spec.Digest(h.Sum(nil)) == sum {
		return newLines(r, name, parseOwn), nil
	}
	return readEdited(r, name)
}

// lines is a cursor over lines as they come.
type lines struct {
	scan  *bufio.Scanner
	parse func([]byte) (entry, error)
	name  string
	line  int
}

func newLines(r io.Reader, name string, parse func([]byte) (entry, error)) *lines {
	scan := bufio.NewScanner(r)
	scan.Buffer(make([]byte, 0, 32<<10), maxLine)
	return &lines{scan: scan, parse: parse, name: name}
}

func (l *lines) next() (entry, error) {
	for l.scan.Scan() {
		l.line++
		if len(l.scan.Bytes()) == 0 {
			continue
		}
		e, err := l.parse(l.scan.Bytes())
		if err != nil {
			return entry{}, fmt.Errorf("%s:%d: %w: %w", l.name, l.line, errBadLine, err)
		}
		return e, nil
	}
	if err := l.scan.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("%w: %w", errBadLine, err)
		}
		return entry{}, fmt.Errorf("%s:%d: %w", l.name, l.line+1, err)
	}
	return entry{}, io.EOF
}

// errBadLine: a line holds no record.
var errBadLine = errors.New("not a line of an object")

// list is a cursor over the records of an edited object, in memory.
type list struct {
	entries []entry
	lost    int // lines that hold no record
}

func (l *list) next() (entry, error) {
	if len(l.entries) == 0 {
		return entry{}, io.EOF
	}
	e := l.entries[0]
	l.entries = l.entries[1:]
	return e, nil
}

// readEdited reads an object that somebody changed by hand. Lines may be out of
// order; a key that stands twice becomes one record that shows both. Lines that hold no
// record become one record that says so: it belongs to no release, so that a comparison
// sees the damage and a repair removes it.
func readEdited(r io.Reader, name string) (*list, error) {
	in := newLines(r, name, parseAny)
	var all []entry
	lost := 0
	for {
		e, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, errBadLine) {
			lost++
			if errors.Is(err, bufio.ErrTooLong) {
				break
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, e) // parseAny returns copies
	}
	if lost > 0 {
		all = append(all, lostLines(filepath.Base(name), lost))
	}
	slices.SortStableFunc(all, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
	return &list{entries: joinTwins(all), lost: lost}, nil
}

// lostLines does not quote them: they might hold what may not be shown.
func lostLines(object string, lost int) entry {
	return entry{
		key:    []byte(spec.MakeKey("unreadable lines of " + object)),
		record: unreadable(fmt.Appendf(nil, "%d", lost)),
	}
}

func joinTwins(sorted []entry) []entry {
	out := sorted[:0]
	for _, e := range sorted {
		if n := len(out); n > 0 && bytes.Equal(out[n-1].key, e.key) {
			out[n-1].record = unreadable(out[n-1].record, e.record)
			continue
		}
		out = append(out, e)
	}
	return out
}

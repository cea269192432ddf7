package metrics

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// keepFiles is how many files a spool consists of at most.
const keepFiles = 3

// Files are numbered and never renamed. Two processes that both find the newest file
// full go on in the same next one, so none needs a lock, and whoever reads along can
// remember a place as number and offset.

const fileSuffix = ".jsonl"

func fileName(dir string, number int) string {
	return filepath.Join(dir, fmt.Sprintf("events-%06d%s", number, fileSuffix))
}

// numbers returns the numbers of the files in a spool's directory, oldest first.
// Other files may stand there.
func numbers(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []int
	for _, entry := range entries {
		digits, ok := strings.CutPrefix(strings.TrimSuffix(entry.Name(), fileSuffix), "events-")
		n, err := strconv.Atoi(digits)
		if ok && err == nil && n > 0 && strings.HasSuffix(entry.Name(), fileSuffix) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// write appends a line to the newest file, or to the next one if that is full. An
// empty line only shows whether there is a file to write to.
func (s *Spool) write(line []byte) error {
	all, err := numbers(s.dir)
	if err != nil {
		return err
	}
	current := 1
	if len(all) > 0 {
		current = all[len(all)-1]
	}
	info, err := os.Stat(fileName(s.dir, current))
	if err == nil && info.Size()+int64(len(line)) > s.limit {
		current++
	}
	if err := appendLine(fileName(s.dir, current), line); err != nil {
		return err
	}
	return s.prune(all, current)
}

// prune removes files that are too old. Another process may have done so already.
func (s *Spool) prune(all []int, current int) error {
	var errs []error
	for _, n := range all {
		if n > current-keepFiles {
			break
		}
		if err := os.Remove(fileName(s.dir, n)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// appendLine appends with a single write, which the system keeps apart from those of
// other processes. What a process that was killed, or a disk that was full, left of a
// line gets an end first, so that it does not spoil this one.
func appendLine(name string, line []byte) error {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	torn, err := endsTorn(f)
	if err != nil || len(line) == 0 {
		return err
	}
	if torn {
		line = append([]byte{'\n'}, line...)
	}
	if _, err := f.Write(line); err != nil {
		return err
	}
	return f.Close()
}

// endsTorn reports whether a file's last line has no end.
func endsTorn(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false, err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, info.Size()-1); err != nil {
		return false, err
	}
	return last[0] != '\n', nil
}

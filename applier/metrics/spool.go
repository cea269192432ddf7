package metrics

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/promoctl/promoctl/applier"
)

const (
	// maxBytes is how large a file of a spool grows: some 20,000 steps.
	maxBytes = 8 << 20
	// maxError bounds the text of an error in bytes. The error of a broken commit may
	// name each of its lines; whoever runs the release has seen it whole.
	maxError = 4 << 10
)

// Spool is an [applier.Recorder] that appends every step that ended to files in a
// directory, as one JSON line each. Several processes may use one directory at once.
type Spool struct {
	dir   string
	log   *slog.Logger
	limit int64 // bytes of one file

	mu     sync.Mutex
	warned bool
}

// OpenSpool returns the spool in dir, which is created if it does not exist. It
// returns an error if nothing can be written there. What fails later is told log,
// once: a full disk must not drown what the release has to say.
func OpenSpool(dir string, log *slog.Logger) (*Spool, error) {
	if log == nil {
		return nil, errors.New("event spool: no logger")
	}
	s := &Spool{dir: dir, log: log, limit: maxBytes}
	if err := s.prepare(); err != nil {
		return nil, fmt.Errorf("event spool: %w", err)
	}
	return s, nil
}

// prepare makes the directory, for its owner only, and its first file.
func (s *Spool) prepare() error {
	if err := os.MkdirAll(filepath.Dir(s.dir), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(s.dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.write(nil)
}

// Record implements [applier.Recorder]. Starts of steps and progress are not kept.
// When it returns the event survives the death of the process, though not a power cut:
// a release does not wait for the disk.
func (s *Spool) Record(e applier.Event) {
	if !e.Done {
		return
	}
	e.At, e.Err = e.At.UTC(), clip(e.Err)
	line, err := json.Marshal(e)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		err = s.write(append(line, '\n'))
	}
	if err != nil && !s.warned {
		s.warned = true
		s.log.Warn("steps of this release are missing from the event spool", "error", err)
	}
}

// clip shortens a text to maxError bytes and says so.
func clip(text string) string {
	if len(text) <= maxError {
		return text
	}
	return fmt.Sprintf("%s ... (%d bytes in all)", strings.ToValidUTF8(text[:maxError], ""), len(text))
}

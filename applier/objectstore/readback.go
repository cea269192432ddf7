package objectstore

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// readBack reads an object that was just written (nil: an empty bucket) from the disk
// and returns what the changes did to it: Added from the bytes that are there, Removed
// for each change whose old version is not. It is an error when the file is not what
// was meant to be written.
func (j *job) readBack(ctx context.Context, o *Object, changes []planner.Change) (delta planner.Delta, err error) {
	skip := func(entry) error { return nil }
	check := func(c planner.Change, written []byte) error { return confirm(c, written, &delta) }
	if o == nil {
		err = inStep(ctx, emptyCursor{}, changes, skip, check)
		return delta, err
	}
	if !j.wrote(o) {
		return delta, nil // carried over
	}
	name := filepath.Join(j.store.root, filepath.FromSlash(o.Path))
	f, err := os.Open(name)
	if err != nil {
		return delta, err
	}
	defer f.Close()
	sum := sha256.New()
	lines := newLines(io.TeeReader(f, sum), name, parseOwn)
	if err := inStep(ctx, lines, changes, skip, check); err != nil {
		return delta, err
	}
	if spec.Digest(sum.Sum(nil)) != o.SHA256 {
		return delta, fmt.Errorf("%s: the disk gave back other bytes than were written", name)
	}
	return delta, nil
}

// confirm adds one change to the delta, given what was written for its key (nil:
// nothing).
func confirm(c planner.Change, written []byte, delta *planner.Delta) error {
	if (c.After == nil) != (written == nil) {
		return fmt.Errorf("%s %s was not written as it should be", c.Dataset, c.Key)
	}
	if c.Before != nil {
		delta.Removed = delta.Removed.Add(c.Before.Digest)
	}
	if written != nil {
		delta.Added = delta.Added.Add(spec.RecordDigest(c.Key, written))
	}
	return nil
}

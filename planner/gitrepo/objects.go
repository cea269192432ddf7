package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
)

// objects is the object database. go-git's storages have unprotected state, so that
// each read borrows one for itself; what they decoded they share through one cache.
type objects struct {
	roots []string // git directories: the own one, then those of the alternates
	cache cache.Object
	slots chan struct{} // bounds the storages, each of which holds a copy of the pack indexes

	mu     sync.Mutex
	idle   []*storage
	closed bool
}

const (
	cacheSize   = 256 * cache.MiByte
	maxStorages = 4
)

func openObjects(common string) (*objects, error) {
	roots, err := objectRoots(common)
	if err != nil {
		return nil, err
	}
	return &objects{
		roots: roots,
		cache: cache.NewObjectLRU(cacheSize),
		slots: make(chan struct{}, min(maxStorages, runtime.GOMAXPROCS(0))),
	}, nil
}

// objectRoots follows objects/info/alternates, which clones with --shared or
// --reference have. go-git follows them for each object anew and reads the indexes
// anew each time.
func objectRoots(common string) ([]string, error) {
	roots := []string{common}
	for i := 0; i < len(roots); i++ {
		dir := filepath.Join(roots[i], "objects")
		paths, err := readLines(filepath.Join(dir, "info", "alternates"))
		if err != nil {
			return nil, fmt.Errorf("open repository: %w", err)
		}
		for _, p := range paths {
			root := real(relativeTo(dir, p))
			if filepath.Base(root) != "objects" {
				return nil, fmt.Errorf("%w: alternate %s is not called objects", ErrUnsupported, p)
			}
			roots = appendNew(roots, filepath.Dir(root))
		}
	}
	return roots, nil
}

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// readLines returns the lines of a file that may be missing, without comments.
func readLines(path string) ([]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var lines []string
	for s := bufio.NewScanner(f); ; {
		if !s.Scan() {
			return lines, s.Err()
		}
		if line := s.Text(); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
}

// read returns the content and the type of an object, or errNotFound. The content is
// the caller's.
func (o *objects) read(ctx context.Context, h plumbing.Hash) ([]byte, plumbing.ObjectType, error) {
	if h == emptyTree {
		return nil, plumbing.TreeObject, nil // Git knows it without having it
	}
	s, err := o.borrow(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer o.giveBack(s)
	return s.read(h)
}

// size returns the length of an object's content in bytes, or errNotFound.
func (o *objects) size(ctx context.Context, h plumbing.Hash) (int64, error) {
	s, err := o.borrow(ctx)
	if err != nil {
		return 0, err
	}
	defer o.giveBack(s)
	return s.size(h)
}

func (o *objects) borrow(ctx context.Context) (*storage, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case o.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		<-o.slots
		return nil, ErrClosed
	}
	n := len(o.idle)
	if n == 0 {
		return newStorage(o.roots, o.cache), nil
	}
	s := o.idle[n-1]
	o.idle = o.idle[:n-1]
	return s, nil
}

func (o *objects) giveBack(s *storage) {
	o.mu.Lock()
	if o.closed {
		s.close() // the caller of Close has gone; nothing was written that an error could concern
	} else {
		o.idle = append(o.idle, s)
	}
	o.mu.Unlock()
	<-o.slots
}

func (o *objects) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	var errs []error
	for _, s := range o.idle {
		errs = append(errs, s.close())
	}
	o.idle = nil
	return errors.Join(errs...)
}

package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// emptyTree is the hash of the tree without entries. Git knows it everywhere.
var emptyTree = plumbing.NewHash("4b825dc642cb6eb9a060e54bf8d69288fbee4904")

// Modes of tree entries, as Git writes them.
const (
	modeFile      = 0o100644
	modeExec      = 0o100755
	modeSymlink   = 0o120000
	modeSubmodule = 0o160000
	modeDir       = 0o040000
	modeType      = 0o170000
)

// cursor reads the entries of a raw tree one by one, without an allocation for those
// that are skipped.
type cursor struct {
	rest []byte // from the current entry on
	size int    // of the current entry
	mode uint32 // canonical; 0: past the end
	name []byte
	hash plumbing.Hash
}

func newCursor(raw []byte) (*cursor, error) {
	c := &cursor{rest: raw}
	return c, c.load()
}

func (c *cursor) next() error {
	c.rest = c.rest[c.size:]
	return c.load()
}

// load parses the entry at the start of rest: mode, space, name, NUL, 20 bytes.
func (c *cursor) load() error {
	if len(c.rest) == 0 {
		*c = cursor{}
		return nil
	}
	space := bytes.IndexByte(c.rest, ' ')
	end := bytes.IndexByte(c.rest, 0)
	if space < 0 || end < space || len(c.rest) < end+1+len(c.hash) {
		return fmt.Errorf("%w: tree is cut off", ErrMissing)
	}
	var mode uint32
	for _, digit := range c.rest[:space] {
		mode = mode<<3 | uint32(digit-'0')
	}
	c.mode, c.name = canonicalMode(mode), c.rest[space+1:end]
	c.size = end + 1 + copy(c.hash[:], c.rest[end+1:])
	switch string(c.name) {
	case "", ".", "..":
		return fmt.Errorf("%w: tree has an entry called %q", ErrMissing, c.name)
	}
	return nil
}

// canonicalMode maps the modes that old versions of Git wrote to those of today.
func canonicalMode(mode uint32) uint32 {
	switch mode & modeType {
	case modeDir:
		return modeDir
	case modeSymlink:
		return modeSymlink
	case modeSubmodule:
		return modeSubmodule
	}
	if mode&0o100 != 0 {
		return modeExec
	}
	return modeFile
}

func (c *cursor) done() bool  { return c.mode == 0 }
func (c *cursor) isDir() bool { return c.mode == modeDir }

// raw returns the bytes of the current entry.
func (c *cursor) raw() []byte { return c.rest[:c.size] }

// entry returns the current entry as a file under dir, which ends with a slash or is
// empty. For a directory it returns the zero entry.
func (c *cursor) entry(dir string) entry {
	if c.done() || c.isDir() {
		return entry{}
	}
	return entry{path: dir + string(c.name), hash: c.hash, mode: c.mode}
}

// compareEntries orders entries as Git does: a directory counts as its name with a
// slash, so that walking in this order gives paths sorted byte by byte. An entry past
// the end is last.
func compareEntries(a, b *cursor) int {
	switch {
	case a.done() && b.done():
		return 0
	case a.done():
		return 1
	case b.done():
		return -1
	}
	return compareNames(a.name, a.isDir(), b.name, b.isDir())
}

func compareNames(a []byte, aDir bool, b []byte, bDir bool) int {
	n := min(len(a), len(b))
	if c := bytes.Compare(a[:n], b[:n]); c != 0 {
		return c
	}
	return int(byteAt(a, n, aDir)) - int(byteAt(b, n, bDir))
}

func byteAt(name []byte, i int, dir bool) byte {
	switch {
	case i < len(name):
		return name[i]
	case dir:
		return '/'
	}
	return 0
}

// tree returns the raw content of a tree; the zero hash is the empty tree.
func (r *Repo) tree(ctx context.Context, h plumbing.Hash) ([]byte, error) {
	if h.IsZero() {
		return nil, nil
	}
	data, kind, err := r.objects.read(ctx, h)
	if err != nil {
		return nil, r.missing("tree", h, err)
	}
	if kind != plumbing.TreeObject {
		return nil, fmt.Errorf("%w: %s is a %s, not a tree", ErrMissing, h, kind)
	}
	return data, nil
}

// rootTree returns the tree of a commit. It takes a tree as well, and returns the zero
// hash for "".
func (r *Repo) rootTree(ctx context.Context, commit string) (plumbing.Hash, error) {
	if commit == "" {
		return plumbing.ZeroHash, nil
	}
	h, err := parseHash(commit)
	if err != nil {
		return h, err
	}
	_, kind, err := r.objects.read(ctx, h)
	if err == nil && kind == plumbing.TreeObject {
		return h, nil
	}
	c, err := r.peel(ctx, commit, h) // what was read is in the cache
	if err != nil {
		return plumbing.ZeroHash, err
	}
	return c.tree, nil
}

// lookup finds path in a tree. The cursor is past the end if there is nothing.
func (r *Repo) lookup(ctx context.Context, tree plumbing.Hash, path string) (*cursor, error) {
	for {
		name, rest, deeper := strings.Cut(path, "/")
		raw, err := r.tree(ctx, tree)
		if err != nil {
			return nil, err
		}
		c, err := newCursor(raw)
		for err == nil && !c.done() && string(c.name) != name {
			err = c.next()
		}
		if err != nil {
			return nil, fmt.Errorf("read tree %s: %w", short(tree.String()), err)
		}
		if c.done() || !deeper {
			return c, nil
		}
		if !c.isDir() {
			return &cursor{}, nil
		}
		tree, path = c.hash, rest
	}
}

// subtree returns the tree at prefix, or the zero hash if no directory is there.
func (r *Repo) subtree(ctx context.Context, commit, prefix string) (plumbing.Hash, error) {
	root, err := r.rootTree(ctx, commit)
	if err != nil || prefix == "" {
		return root, err
	}
	c, err := r.lookup(ctx, root, prefix)
	if err != nil || !c.isDir() {
		return plumbing.ZeroHash, err
	}
	return c.hash, nil
}

// cleanPrefix takes the slashes off a prefix and refuses one that leads out of the
// repository.
func cleanPrefix(prefix string) (string, error) {
	var parts []string
	for _, part := range strings.Split(prefix, "/") {
		switch part {
		case "", ".":
		case "..":
			return "", fmt.Errorf("path %q leads out of the repository", prefix)
		default:
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/"), nil
}

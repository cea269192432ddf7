package gitrepo

import (
	"context"
	"fmt"
	"io/fs"
	"iter"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/promoctl/promoctl/planner"
)

// Files yields every file of a commit under prefix, sorted byte by byte by its path
// relative to prefix. A prefix that is no directory has no files. The sequence ends with
// the first error. To leave directories out, use Diff with an empty base.
func (r *Repo) Files(ctx context.Context, commit, prefix string) iter.Seq2[planner.Entry, error] {
	return func(yield func(planner.Entry, error) bool) {
		for p, err := range r.Diff(ctx, "", commit, prefix, nil) {
			if !yield(p.New, err) {
				return
			}
		}
	}
}

// Blob returns the content of a blob, which is the caller's. It returns ErrMissing if it
// is not there.
func (r *Repo) Blob(ctx context.Context, hash string) ([]byte, error) {
	h, err := parseHash(hash)
	if err != nil {
		return nil, err
	}
	data, kind, err := r.objects.read(ctx, h)
	if err != nil {
		return nil, r.missing("blob", h, err)
	}
	if kind != plumbing.BlobObject {
		return nil, fmt.Errorf("%w: %s is a %s, not a file", ErrMissing, h, kind)
	}
	return data, nil
}

// BlobSize returns the length of a blob in bytes without holding its content, so that
// a bound on the size of files can be checked first. It returns ErrMissing as Blob does.
func (r *Repo) BlobSize(ctx context.Context, hash string) (int64, error) {
	h, err := parseHash(hash)
	if err != nil {
		return 0, err
	}
	size, err := r.objects.size(ctx, h)
	if err != nil {
		return 0, r.missing("blob", h, err)
	}
	return size, nil
}

// ReadFile returns the content of a file of a commit; path starts at the root of the
// repository. It returns an error that matches fs.ErrNotExist if nothing is there, and
// one that does not if it is not a regular file.
func (r *Repo) ReadFile(ctx context.Context, commit, path string) ([]byte, error) {
	clean, err := cleanPrefix(path)
	if err != nil {
		return nil, err
	}
	root, err := r.rootTree(ctx, commit)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	c, err := r.lookup(ctx, root, clean)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case c.done():
		return nil, fmt.Errorf("read %s in commit %s: %w", path, short(commit), fs.ErrNotExist)
	case c.mode != modeFile && c.mode != modeExec:
		return nil, fmt.Errorf("read %s in commit %s: it is %s; put a regular file there", path, short(commit), modeWords(c.mode))
	}
	return r.Blob(ctx, c.hash.String())
}

package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/promoctl/promoctl/planner"
)

// Diff yields the entries under prefix that differ between two commits, sorted byte by
// byte by their paths, which are relative to prefix. An empty base is the empty tree, and
// a prefix may be missing on either side. A file that became a directory of the same name,
// or the other way round, is a deletion and creations. Diff reads only directories whose
// hashes differ, and none for which skip, if given, returns true; skip gets the
// directory's path relative to prefix, without a slash at the end. The sequence ends with
// the first error. Errors are those of Commit, and ErrMissing.
func (r *Repo) Diff(ctx context.Context, base, target, prefix string, skip func(dir string) bool) iter.Seq2[planner.Pair, error] {
	return func(yield func(planner.Pair, error) bool) {
		for p, err := range r.diff(ctx, base, target, prefix, skip) {
			out := planner.Pair{Old: p.old.public(), New: p.now.public()}
			if err == nil && out.Old == out.New {
				continue // only the permission to execute or the spelling of the mode changed
			}
			if !yield(out, err) {
				return
			}
		}
	}
}

func (r *Repo) diff(ctx context.Context, base, target, prefix string, skip func(dir string) bool) iter.Seq2[pair, error] {
	return func(yield func(pair, error) bool) {
		w := walker{r: r, ctx: ctx, skip: skip, yield: yield}
		if err := w.start(base, target, prefix); err != nil && !errors.Is(err, errStopped) {
			yield(pair{}, err)
		}
	}
}

// walker walks two trees in step.
type walker struct {
	r     *Repo
	ctx   context.Context // of the one call that the walker serves
	skip  func(dir string) bool
	yield func(pair, error) bool
}

var errStopped = errors.New("the caller has seen enough")

func (w *walker) start(base, target, prefix string) error {
	prefix, err := cleanPrefix(prefix)
	if err != nil {
		return err
	}
	old, err := w.r.subtree(w.ctx, base, prefix)
	if err != nil {
		return fmt.Errorf("compare commits: base: %w", err)
	}
	now, err := w.r.subtree(w.ctx, target, prefix)
	if err != nil {
		return fmt.Errorf("compare commits: target: %w", err)
	}
	return w.walk("", old, now)
}

// walk compares two trees; dir is empty or ends with a slash.
func (w *walker) walk(dir string, old, now plumbing.Hash) error {
	if old == now {
		return nil
	}
	a, err := w.open(old)
	if err != nil {
		return fmt.Errorf("directory %q: %w", dir, err)
	}
	b, err := w.open(now)
	if err != nil {
		return fmt.Errorf("directory %q: %w", dir, err)
	}
	for !a.done() || !b.done() {
		if err := w.step(dir, a, b); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) open(h plumbing.Hash) (*cursor, error) {
	raw, err := w.r.tree(w.ctx, h)
	if err != nil {
		return nil, err
	}
	return newCursor(raw)
}

// step handles the smaller of the two current entries, or both if they have one name.
func (w *walker) step(dir string, a, b *cursor) error {
	order := compareEntries(a, b)
	if order == 0 && bytes.Equal(a.raw(), b.raw()) {
		return advance(a, b)
	}
	var none cursor
	switch {
	case order < 0:
		if err := w.differ(dir, a, &none); err != nil {
			return err
		}
		return a.next()
	case order > 0:
		if err := w.differ(dir, &none, b); err != nil {
			return err
		}
		return b.next()
	}
	if err := w.differ(dir, a, b); err != nil {
		return err
	}
	return advance(a, b)
}

func advance(a, b *cursor) error {
	if err := a.next(); err != nil {
		return err
	}
	return b.next()
}

// differ descends into a directory or yields a file. Where both sides have an entry
// they have the same name and are both directories or both files.
func (w *walker) differ(dir string, a, b *cursor) error {
	some := a
	if a.done() {
		some = b
	}
	path := dir + string(some.name)
	if some.isDir() {
		if w.skip != nil && w.skip(path) {
			return nil
		}
		return w.walk(path+"/", a.hash, b.hash)
	}
	if !w.yield(pair{path: path, old: a.entry(dir), now: b.entry(dir)}, nil) {
		return errStopped
	}
	return nil
}

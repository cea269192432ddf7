package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/promoctl/promoctl/planner"
)

// Resolve returns the commit that a revision names: HEAD or @, a branch, a remote
// branch, a tag, a full ref name, a hash or the start of one, each followed by any
// number of ^, ^N and ~N. Where a tag and a branch have the same name and are different
// commits it asks for the full name instead of guessing.
//
// Errors: ErrEmpty before the first commit, ErrUnknown with similar names,
// ErrAmbiguous with the candidates, ErrShallow where history was cut off.
func (r *Repo) Resolve(ctx context.Context, rev string) (planner.Commit, error) {
	base, steps, err := parseRevision(rev)
	if err != nil {
		return planner.Commit{}, err
	}
	h, err := r.resolveBase(ctx, base)
	if err != nil {
		return planner.Commit{}, err
	}
	c, err := r.peel(ctx, base, h)
	for i := 0; err == nil && i < len(steps); i++ {
		c, err = r.follow(ctx, rev, c, steps[i])
	}
	if err != nil {
		return planner.Commit{}, err
	}
	return c.summary(), nil
}

// step goes from a commit to a parent (^N), or n times to the first parent (~N).
type step struct {
	tilde bool
	n     int
}

// parseRevision splits "main~2^" into its name and its steps.
func parseRevision(rev string) (base string, steps []step, err error) {
	if why := unsupportedSyntax(rev); why != "" {
		return "", nil, fmt.Errorf("%w: %q: %s; write a branch, a tag or a commit hash", ErrUnknown, rev, why)
	}
	cut := strings.IndexAny(rev, "^~")
	if cut < 0 {
		cut = len(rev)
	}
	base = rev[:cut]
	if base == "@" {
		base = "HEAD"
	}
	for rest := rev[cut:]; rest != ""; {
		var s step
		if s, rest, err = parseStep(rest); err != nil {
			return "", nil, fmt.Errorf("%w: %q: %w", ErrUnknown, rev, err)
		}
		steps = append(steps, s)
	}
	return base, steps, nil
}

func unsupportedSyntax(rev string) string {
	switch {
	case rev == "" || rev[0] == '^' || rev[0] == '~':
		return "the name is missing"
	case strings.Contains(rev, ".."):
		return "this is a range, not one commit"
	case strings.Contains(rev, "@{"):
		return "the reflog is not read"
	case strings.Contains(rev, ":"):
		return "this names a file or a message, not a commit"
	}
	return ""
}

func parseStep(s string) (step, string, error) {
	for _, peel := range []string{"^{commit}", "^{}", "^0"} {
		if rest, ok := strings.CutPrefix(s, peel); ok && (rest == "" || rest[0] == '^' || rest[0] == '~') {
			return step{tilde: true, n: 0}, rest, nil // commits only, so there is nothing to do
		}
	}
	rest := strings.TrimLeft(s[1:], "0123456789")
	digits := s[1 : len(s)-len(rest)]
	if rest != "" && rest[0] != '^' && rest[0] != '~' {
		return step{}, "", fmt.Errorf("cannot read %q", rest)
	}
	n := 1
	if digits != "" {
		var err error
		if n, err = strconv.Atoi(digits); err != nil {
			return step{}, "", fmt.Errorf("cannot read %q", s)
		}
	}
	return step{tilde: s[0] == '~', n: n}, rest, nil
}

// follow takes one step from c.
func (r *Repo) follow(ctx context.Context, rev string, c *commit, s step) (*commit, error) {
	parent, times := s.n, 1
	if s.tilde {
		parent, times = 1, s.n
	}
	for range times {
		if len(c.parents) < parent {
			return nil, fmt.Errorf("%w: %q: commit %s has %d parents", ErrUnknown, rev, short(c.hash.String()), len(c.parents))
		}
		next, err := r.commit(ctx, c.parents[parent-1])
		if err != nil {
			return nil, fmt.Errorf("%q: %w", rev, err)
		}
		c = next
	}
	return c, nil
}

// resolveBase returns the object that a name without steps stands for.
func (r *Repo) resolveBase(ctx context.Context, name string) (plumbing.Hash, error) {
	if len(name) == 40 && isHex(name) {
		return plumbing.NewHash(name), nil
	}
	if !validRef(name) {
		return plumbing.ZeroHash, r.unknownName(name)
	}
	h, err := r.resolveRef(ctx, name)
	if err != nil || !h.IsZero() {
		return h, err
	}
	if len(name) >= minAbbrev && len(name) < 40 && isHex(name) {
		h, err = r.resolveAbbreviation(ctx, name)
		if err != nil || !h.IsZero() {
			return h, err
		}
	}
	return plumbing.ZeroHash, r.unknownName(name)
}

// resolveRef tries Git's places for a name in Git's order. The zero hash means none.
func (r *Repo) resolveRef(ctx context.Context, name string) (plumbing.Hash, error) {
	for _, full := range refRules(name) {
		h, last, err := r.ref(full)
		if err != nil {
			return h, err
		}
		if h.IsZero() && full == "HEAD" && last != "HEAD" {
			return h, fmt.Errorf("%w on branch %s; commit first: git add -A && git commit",
				ErrEmpty, strings.TrimPrefix(last, "refs/heads/"))
		}
		if !h.IsZero() && full == "refs/tags/"+name {
			return h, r.refuseTwins(ctx, name, h)
		}
		if !h.IsZero() {
			return h, nil
		}
	}
	return plumbing.ZeroHash, nil
}

// refuseTwins is an error when a branch has the name of a tag and is another commit. Git
// warns and takes the tag; a release must not depend on whether the warning was read.
func (r *Repo) refuseTwins(ctx context.Context, name string, tag plumbing.Hash) error {
	branch, _, err := r.ref("refs/heads/" + name)
	if err != nil || branch.IsZero() {
		return err
	}
	a, err := r.peel(ctx, name, tag)
	if err != nil {
		return err
	}
	if a.hash != branch {
		return fmt.Errorf("%w: %q is a tag (%s) and a branch (%s); write refs/tags/%s or refs/heads/%s",
			ErrAmbiguous, name, short(a.hash.String()), short(branch.String()), name, name)
	}
	return nil
}

// resolveAbbreviation returns the commit or tag whose hash starts with digits. Trees
// and blobs do not count, as nothing but a commit can be meant.
func (r *Repo) resolveAbbreviation(ctx context.Context, digits string) (plumbing.Hash, error) {
	all, err := r.objects.withPrefix(digits)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	var fits []*commit
	for _, h := range all {
		c, err := r.peel(ctx, digits, h)
		if err == nil && !slices.ContainsFunc(fits, func(o *commit) bool { return o.hash == c.hash }) {
			fits = append(fits, c)
		}
	}
	switch len(fits) {
	case 0:
		return plumbing.ZeroHash, nil
	case 1:
		return fits[0].hash, nil
	}
	var list strings.Builder
	for _, c := range fits[:min(10, len(fits))] {
		fmt.Fprintf(&list, "\n  %s %s %s", short(c.hash.String()), c.time.Format(time.DateOnly), c.subject())
	}
	return plumbing.ZeroHash, fmt.Errorf("%w: %d commits start with %s; write more digits:%s",
		ErrAmbiguous, len(fits), digits, list.String())
}

// peel follows annotated tags to a commit. Name is what the user wrote.
func (r *Repo) peel(ctx context.Context, name string, h plumbing.Hash) (*commit, error) {
	for range 10 {
		data, kind, err := r.objects.read(ctx, h)
		switch {
		case errors.Is(err, errNotFound):
			return nil, fmt.Errorf("%q: %w", name, r.unknownCommit(h))
		case err != nil:
			return nil, fmt.Errorf("%q: read %s: %w", name, short(h.String()), err)
		case kind == plumbing.CommitObject:
			return parseCommit(h, data)
		}
		next, ok := tagTarget(data)
		if kind != plumbing.TagObject || !ok {
			return nil, fmt.Errorf("%w: %q is a %s, not a commit", ErrUnknown, name, kind)
		}
		h = next
	}
	return nil, fmt.Errorf("%w: %q is a tag of a tag of a tag without end", ErrUnknown, name)
}

// unknownName says what to do about a name that stands for nothing.
func (r *Repo) unknownName(name string) error {
	names := r.shortNames()
	if head, _, err := r.ref("HEAD"); err == nil && head.IsZero() && len(names) == 0 {
		return fmt.Errorf("%w; commit first: git add -A && git commit", ErrEmpty)
	}
	hint := "git branch -a and git tag list the names"
	if near := similar(name, names); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, ", ") + "?"
	}
	if r.isShallow() {
		hint += "; the clone is shallow: " + shallowHint
	}
	return fmt.Errorf("%w: %q; %s", ErrUnknown, name, hint)
}

package gitrepo

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// refs returns the refs as they are now. HEAD belongs to a worktree, the rest to all.
func (r *Repo) refs(name string) *filesystem.Storage {
	dir := r.common
	if !strings.HasPrefix(name, "refs/") {
		dir = r.gitDir
	}
	return filesystem.NewStorage(osfs.New(dir, osfs.WithBoundOS()), cache.NewObjectLRU(0))
}

// ref returns the hash that a full ref name leads to, and the last ref on the way
// there. The hash is zero if there is no such ref.
func (r *Repo) ref(name string) (plumbing.Hash, string, error) {
	for range 10 {
		found, err := r.refs(name).Reference(plumbing.ReferenceName(name))
		if errors.Is(err, plumbing.ErrReferenceNotFound) {
			return plumbing.ZeroHash, name, nil
		}
		if err != nil {
			return plumbing.ZeroHash, name, fmt.Errorf("read ref %s: %w", name, err)
		}
		if found.Type() == plumbing.HashReference {
			return found.Hash(), name, nil
		}
		name = found.Target().String()
	}
	return plumbing.ZeroHash, name, fmt.Errorf("read ref %s: it points to itself", name)
}

// refRules are where Git looks for a short name, in its order.
func refRules(name string) []string {
	rules := []string{"refs/" + name, "refs/tags/" + name, "refs/heads/" + name,
		"refs/remotes/" + name, "refs/remotes/" + name + "/HEAD"}
	if strings.HasPrefix(name, "refs/") || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" {
		rules = slices.Insert(rules, 0, name)
	}
	return rules
}

// validRef reports whether Git would take name as a part of a ref name. It keeps names
// that people type from leading out of the refs.
func validRef(name string) bool {
	if name == "" || strings.ContainsAny(name, "~^:?*[\\\x7f") || strings.Contains(name, "@{") {
		return false
	}
	for _, part := range strings.Split(name, "/") {
		if part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") ||
			strings.HasSuffix(part, ".") || strings.Contains(part, "..") {
			return false
		}
	}
	return !strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' })
}

// shortNames returns what people call the branches, tags and remote branches.
func (r *Repo) shortNames() []string {
	var names []string
	iter, err := r.refs("refs/").IterReferences()
	if err != nil {
		return nil // names only help to find the right one
	}
	_ = iter.ForEach(func(ref *plumbing.Reference) error { // the callback returns no error
		if ref.Name() != plumbing.HEAD {
			names = append(names, ref.Name().Short())
		}
		return nil
	})
	slices.Sort(names)
	return slices.Compact(names)
}

// similar returns up to three names that somebody may have meant.
func similar(name string, all []string) []string {
	type scored struct {
		name string
		dist int
	}
	var near []scored
	for _, other := range all {
		d := distance(strings.ToLower(name), strings.ToLower(other))
		if strings.HasSuffix(other, "/"+name) || strings.HasSuffix(name, "/"+other) {
			d = 1
		}
		if d <= 1+len(name)/4 {
			near = append(near, scored{other, d})
		}
	}
	slices.SortStableFunc(near, func(a, b scored) int { return cmp.Compare(a.dist, b.dist) })
	var names []string
	for _, s := range near[:min(3, len(near))] {
		names = append(names, s.name)
	}
	return names
}

// distance is the number of bytes to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

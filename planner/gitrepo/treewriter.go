package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// treeWriter makes trees that differ from existing ones in some files. Trees are worked
// out in memory and written by flush, through git, which knows how the repository wants
// its objects (permissions, fsync).
type treeWriter struct {
	r         *Repo
	trees     [][]node // children before their parents
	hashes    []plumbing.Hash
	conflicts []string // paths that are a file and a directory at once
}

// node is an entry of a tree to be written.
type node struct {
	mode uint32
	name string
	hash plumbing.Hash
}

// apply returns the hash of a tree with edits applied. Directories without files vanish.
func (t *treeWriter) apply(ctx context.Context, tree plumbing.Hash, edits []edit) (plumbing.Hash, error) {
	h, err := t.applyIn(ctx, "", tree, edits)
	if err == nil && h.IsZero() {
		h = emptyTree
	}
	return h, err
}

// applyIn works on the directory dir, which is empty or ends with a slash; the paths of
// edits start with it. It returns the zero hash for a directory without files.
func (t *treeWriter) applyIn(ctx context.Context, dir string, tree plumbing.Hash, edits []edit) (plumbing.Hash, error) {
	nodes, err := t.r.nodes(ctx, tree)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	files, dirs := splitEdits(dir, edits)
	// Deletions come first: they make room where a file took the place of a directory.
	for _, e := range files {
		if e.to.isZero() {
			nodes = slices.DeleteFunc(nodes, func(n node) bool { return n.name == e.path[len(dir):] && n.mode != modeDir })
		}
	}
	for _, name := range sortedKeys(dirs) {
		if nodes, err = t.applySub(ctx, dir, nodes, name, dirs[name]); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	for _, e := range files {
		if !e.to.isZero() {
			nodes = t.put(nodes, dir, node{e.to.mode, e.path[len(dir):], e.to.hash})
		}
	}
	return t.finish(nodes), nil
}

// applySub applies edits to the directory name among nodes.
func (t *treeWriter) applySub(ctx context.Context, dir string, nodes []node, name string, edits []edit) ([]node, error) {
	var sub plumbing.Hash
	if i := indexOf(nodes, name); i >= 0 && nodes[i].mode == modeDir {
		sub = nodes[i].hash
		nodes = slices.Delete(nodes, i, i+1)
	}
	h, err := t.applyIn(ctx, dir+name+"/", sub, edits)
	if err != nil || h.IsZero() {
		return nodes, err
	}
	return t.put(nodes, dir, node{modeDir, name, h}), nil
}

// put adds or replaces an entry. A file and a directory of one name are a conflict.
func (t *treeWriter) put(nodes []node, dir string, n node) []node {
	i := indexOf(nodes, n.name)
	if i < 0 {
		return append(nodes, n)
	}
	if (nodes[i].mode == modeDir) != (n.mode == modeDir) {
		t.conflicts = append(t.conflicts, dir+n.name)
		return nodes
	}
	nodes[i] = n
	return nodes
}

// finish notes a tree to be written and returns its hash.
func (t *treeWriter) finish(nodes []node) plumbing.Hash {
	if len(nodes) == 0 {
		return plumbing.ZeroHash
	}
	slices.SortFunc(nodes, func(a, b node) int {
		return compareNames([]byte(a.name), a.mode == modeDir, []byte(b.name), b.mode == modeDir)
	})
	var raw bytes.Buffer
	for _, n := range nodes {
		fmt.Fprintf(&raw, "%o %s\x00", n.mode, n.name)
		raw.Write(n.hash[:])
	}
	h := plumbing.ComputeHash(plumbing.TreeObject, raw.Bytes())
	t.trees = append(t.trees, nodes)
	t.hashes = append(t.hashes, h)
	return h
}

// flush writes the trees with one run of git.
func (t *treeWriter) flush(ctx context.Context) error {
	var in bytes.Buffer
	for _, nodes := range t.trees {
		for _, n := range nodes {
			fmt.Fprintf(&in, "%06o %s %s\t%s\x00", n.mode, kindOf(n.mode), n.hash, n.name)
		}
		in.WriteByte(0) // the end of this tree
	}
	out, err := t.r.git(ctx, command{args: []string{"mktree", "-z", "--batch", "--missing"}, stdin: in.Bytes()})
	if err != nil {
		return fmt.Errorf("write trees: %w", err)
	}
	written := strings.Fields(string(out))
	for i, h := range t.hashes {
		if i >= len(written) || written[i] != h.String() {
			return fmt.Errorf("write trees: git wrote %q, not %s; nothing was changed", written, h)
		}
	}
	return nil
}

func kindOf(mode uint32) string {
	switch mode {
	case modeDir:
		return "tree"
	case modeSubmodule:
		return "commit"
	}
	return "blob"
}

// nodes reads a tree.
func (r *Repo) nodes(ctx context.Context, tree plumbing.Hash) ([]node, error) {
	raw, err := r.tree(ctx, tree)
	if err != nil {
		return nil, err
	}
	var list []node
	c, err := newCursor(raw)
	for err == nil && !c.done() {
		list = append(list, node{c.mode, string(c.name), c.hash})
		err = c.next()
	}
	return list, err
}

func indexOf(nodes []node, name string) int {
	return slices.IndexFunc(nodes, func(n node) bool { return n.name == name })
}

// splitEdits separates the edits of files in dir from those further down, by the name
// of the directory they go through.
func splitEdits(dir string, edits []edit) (files []edit, dirs map[string][]edit) {
	dirs = make(map[string][]edit)
	for _, e := range edits {
		name, _, deeper := strings.Cut(e.path[len(dir):], "/")
		if deeper {
			dirs[name] = append(dirs[name], e)
		} else {
			files = append(files, e)
		}
	}
	return files, dirs
}

func sortedKeys(m map[string][]edit) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

package gitrepo

import (
	"github.com/go-git/go-git/v5/plumbing"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// entry is a file of a commit, with the exact mode that a revert must restore. The zero
// entry means that there is none.
type entry struct {
	path string
	hash plumbing.Hash // of the blob; of a commit of another repository for a submodule
	mode uint32
}

// pair is a path that differs between two trees.
type pair struct {
	path     string
	old, now entry
}

func (e entry) isZero() bool { return e.mode == 0 }

// sameContent reports whether two versions of a path hold the same.
func (e entry) sameContent(o entry) bool { return e.mode == o.mode && e.hash == o.hash }

// public returns the entry as the planner sees it: whether a file may be executed is
// nothing to it.
func (e entry) public() planner.Entry {
	if e.isZero() {
		return planner.Entry{}
	}
	return planner.Entry{Path: e.path, Hash: e.hash.String(), Mode: fileMode(e.mode)}
}

func fileMode(mode uint32) spec.FileMode {
	switch mode {
	case modeSymlink:
		return spec.ModeSymlink
	case modeSubmodule:
		return spec.ModeSubmodule
	}
	return spec.ModeFile
}

func modeWords(mode uint32) string {
	switch mode {
	case modeDir:
		return "a directory"
	case modeSymlink:
		return "a symbolic link"
	case modeSubmodule:
		return "a submodule"
	}
	return "a file"
}

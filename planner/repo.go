package planner

import (
	"context"
	"iter"

	"github.com/promoctl/promoctl/spec"
)

// Repo is what the planner needs of a Git repository. planner/gitrepo implements it.
// Commits and blobs are named by 40 hexadecimal digits. Paths are relative to prefix,
// the folder of the pipeline file within the repository, with slashes. A Repo is safe
// for concurrent use.
type Repo interface {
	// Commit returns a commit and the hashes of its parents.
	Commit(ctx context.Context, hash string) (Commit, []string, error)
	// Files yields all entries of a commit's tree below prefix, sorted by path; none
	// when there is no such folder.
	Files(ctx context.Context, commit, prefix string) iter.Seq2[Entry, error]
	// Diff yields the entries that differ between two commits, walking both trees in
	// step. Folders for which skip returns true are not entered.
	Diff(ctx context.Context, base, target, prefix string, skip func(dir string) bool) iter.Seq2[Pair, error]
	// BlobSize returns the length of a file in bytes, without reading it.
	BlobSize(ctx context.Context, hash string) (int64, error)
	// Blob returns the content of a file.
	Blob(ctx context.Context, hash string) ([]byte, error)
	// ReadFile returns the content of a file of a commit, by its path from the root
	// of the repository. It returns fs.ErrNotExist if there is none.
	ReadFile(ctx context.Context, commit, path string) ([]byte, error)
	// Relate says how target stands to live.
	Relate(ctx context.Context, live, target string) (Relation, error)
}

// Entry is a file, link or submodule of a commit.
type Entry struct {
	Path string // relative to the prefix; bytes as Git has them
	Hash string // of the blob; of the commit for a submodule
	Mode spec.FileMode
}

// Pair is an entry that differs between two commits. A zero Entry means that there is
// none on that side.
type Pair struct{ Old, New Entry }

// Package gitrepo is the only package that touches Git.
//
// It answers what the planner asks about a repository (commits, trees, blobs, how two
// commits stand to each other) and writes the one thing that promoctl ever writes
// there: a revert commit. Everything is read as objects, straight from the object
// database, and never through a checkout, because the content of a commit under review
// is not to be trusted. The git program is asked only where it owns the state: to move
// a branch, to look at or bring along a worktree, and to make a commit with the
// identity and the signature that the user configured.
//
// Paths are slash-separated and hold the bytes that Git has, which need not be UTF-8.
// Commits and blobs are named by 40 hexadecimal digits. Replacements and grafts of
// commits are not followed: a release is of the commit that its hash names.
package gitrepo

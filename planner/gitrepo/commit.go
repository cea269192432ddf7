package gitrepo

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/promoctl/promoctl/planner"
)

// commit is a parsed commit object.
type commit struct {
	hash    plumbing.Hash
	tree    plumbing.Hash
	parents []plumbing.Hash
	author  string    // "Name <mail>"
	time    time.Time // of the committer, UTC
	message []byte
}

// parseCommit reads what a release needs of a commit object. Headers that it does not
// know (signatures, merged tags) are skipped.
func parseCommit(h plumbing.Hash, data []byte) (*commit, error) {
	c := &commit{hash: h}
	head, message, _ := bytes.Cut(data, []byte("\n\n"))
	c.message = message
	for line := range bytes.Lines(head) {
		key, value, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), " ")
		switch key {
		case "tree":
			c.tree = plumbing.NewHash(value)
		case "parent":
			c.parents = append(c.parents, plumbing.NewHash(value))
		case "author":
			c.author, _ = splitIdent(value)
		case "committer":
			_, c.time = splitIdent(value)
		}
	}
	if c.tree.IsZero() {
		return nil, fmt.Errorf("%w: commit %s is damaged: it names no tree; git fsck says more", ErrMissing, h)
	}
	return c, nil
}

// splitIdent splits "Name <mail> seconds zone". A time that cannot be read is the
// epoch, as in Git.
func splitIdent(s string) (who string, at time.Time) {
	end := strings.LastIndexByte(s, '>')
	if end < 0 {
		return toUTF8(s), time.Unix(0, 0).UTC()
	}
	var seconds int64
	if fields := strings.Fields(s[end+1:]); len(fields) > 0 {
		seconds, _ = strconv.ParseInt(fields[0], 10, 64)
	}
	return toUTF8(s[:end+1]), time.Unix(seconds, 0).UTC()
}

// toUTF8 makes text printable that an old editor wrote in another encoding.
func toUTF8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// subject is the first paragraph on one line, as git log --format=%s has it.
func (c *commit) subject() string {
	paragraph, _, _ := strings.Cut(strings.TrimLeft(toUTF8(string(c.message)), "\n"), "\n\n")
	lines := strings.Split(strings.TrimSpace(paragraph), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, " ")
}

func (c *commit) summary() planner.Commit {
	return planner.Commit{Hash: c.hash.String(), Subject: c.subject(), Author: c.author, Time: c.time}
}

// tagTarget returns what an annotated tag points to.
func tagTarget(data []byte) (plumbing.Hash, bool) {
	value, ok := bytes.CutPrefix(data, []byte("object "))
	if !ok || len(value) < 40 {
		return plumbing.ZeroHash, false
	}
	return plumbing.NewHash(string(value[:40])), true
}

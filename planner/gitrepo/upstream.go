package gitrepo

import (
	"context"
	"regexp"
	"strings"
)

// Upstream returns the branch that HEAD is on and the name of the remote that it is pushed
// to, or empty strings for a detached HEAD and a branch that is pushed nowhere. A branch
// may follow a URL instead of a remote; that is not returned, for it may hold a password.
func (r *Repo) Upstream(ctx context.Context) (branch, remote string) {
	out, err := r.git(ctx, command{args: []string{"symbolic-ref", "--short", "-q", "HEAD"}})
	if err != nil {
		return "", ""
	}
	branch = strings.TrimSpace(string(out))
	out, err = r.git(ctx, command{args: []string{"config", "branch." + branch + ".remote"}})
	if err != nil {
		return branch, ""
	}
	remote = strings.TrimSpace(string(out))
	if _, err := r.git(ctx, command{args: []string{"config", "remote." + remote + ".url"}}); err != nil {
		return branch, ""
	}
	return branch, remote
}

var revertLine = regexp.MustCompile(`(?m)^This reverts commit ([0-9a-f]{40})`)

// Reverts returns the commit that a commit says it reverts, or "".
func (r *Repo) Reverts(ctx context.Context, hash string) (string, error) {
	h, err := parseHash(hash)
	if err != nil {
		return "", err
	}
	c, err := r.commit(ctx, h)
	if err != nil {
		return "", err
	}
	if m := revertLine.FindSubmatch(c.message); m != nil {
		return string(m[1]), nil
	}
	return "", nil
}

// Trailer returns the value of the first trailer of that name in a commit's message, or "".
func (r *Repo) Trailer(ctx context.Context, hash, name string) (string, error) {
	h, err := parseHash(hash)
	if err != nil {
		return "", err
	}
	c, err := r.commit(ctx, h)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(c.message)) {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			return strings.TrimSpace(value), nil
		}
	}
	return "", nil
}

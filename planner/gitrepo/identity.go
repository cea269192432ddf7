package gitrepo

import (
	"context"
	"strings"
)

// Identity returns who commits here as Git is configured, "Name <mail>", or "" if Git
// does not know.
func (r *Repo) Identity(ctx context.Context) string {
	out, err := r.git(ctx, command{args: []string{"var", "GIT_COMMITTER_IDENT"}})
	if err != nil {
		return ""
	}
	who, _, found := strings.Cut(string(out), ">") // a time follows
	if !found {
		return ""
	}
	return who + ">"
}

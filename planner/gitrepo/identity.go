package gitrepo

import (
	"context"
	"slices"
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

// Authors returns who wrote the commits that to holds and from does not, "Name <mail>",
// each once.
func (r *Repo) Authors(ctx context.Context, from, to string) ([]string, error) {
	for _, hash := range [...]string{from, to} {
		if _, err := parseHash(hash); err != nil {
			return nil, err
		}
	}
	out, err := r.git(ctx, command{args: []string{"log", "--format=%an <%ae>", from + ".." + to}})
	if err != nil {
		return nil, err
	}
	authors := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(authors)
	return slices.Compact(authors), nil
}

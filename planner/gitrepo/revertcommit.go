package gitrepo

import (
	"context"
	"fmt"
	"net/mail"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

func (rev *revert) subject() string { return fmt.Sprintf("Revert \"%s\"", rev.commit.subject()) }

// message is what git revert writes, with the reason and the trailers after it.
func (rev *revert) message() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nThis reverts commit %s", rev.subject(), rev.req.Commit)
	if len(rev.commit.parents) > 1 {
		fmt.Fprintf(&b, ", reversing\nchanges made to %s", rev.parent)
	}
	b.WriteString(".\n")
	if rev.outside {
		fmt.Fprintf(&b, "\nOnly files under %s were restored.\n", rev.req.Prefix)
	}
	if reason := strings.TrimSpace(rev.req.Reason); reason != "" {
		fmt.Fprintf(&b, "\n%s\n", reason)
	}
	for i, trailer := range rev.req.Trailers {
		if i == 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.Join(strings.Fields(trailer), " ") + "\n") // a trailer is one line
	}
	return b.String()
}

// writeCommit makes the commit through git, which knows who commits, in which encoding
// and whether to sign.
func (rev *revert) writeCommit(ctx context.Context, tree plumbing.Hash) (plumbing.Hash, error) {
	env, err := rev.identity(ctx)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	args := []string{"-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree.String(), "-p", rev.tip.hash.String(), "-F", "-"}
	out, err := rev.r.git(ctx, command{args: []string{"config", "--type=bool", "--default=false", "--get", "commit.gpgSign"}})
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("write commit: %w", err)
	}
	if strings.TrimSpace(string(out)) == "true" {
		args = append(args, "-S")
	}
	out, err = rev.r.git(ctx, command{args: args, env: env, stdin: []byte(rev.message())})
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("write commit: %w", err)
	}
	return parseHash(strings.TrimSpace(string(out)))
}

// identity returns what tells git who commits, and when, beyond its configuration. It
// returns ErrIdentity if that is not enough for git.
func (rev *revert) identity(ctx context.Context) ([]string, error) {
	var env []string
	if rev.req.Author != "" {
		who, err := mail.ParseAddress(rev.req.Author)
		if err != nil || who.Name == "" {
			return nil, fmt.Errorf("%w: author %q; write it as Name <mail>", ErrIdentity, rev.req.Author)
		}
		env = append(env, "GIT_AUTHOR_NAME="+who.Name, "GIT_AUTHOR_EMAIL="+who.Address)
	}
	if !rev.req.Time.IsZero() {
		at := fmt.Sprintf("@%d %s", rev.req.Time.Unix(), rev.req.Time.Format("-0700"))
		env = append(env, "GIT_AUTHOR_DATE="+at, "GIT_COMMITTER_DATE="+at)
	}
	for _, who := range []string{"GIT_COMMITTER_IDENT", "GIT_AUTHOR_IDENT"} {
		if _, err := rev.r.git(ctx, command{args: []string{"var", who}, env: env}); err != nil {
			return nil, fmt.Errorf("%w; run: git config user.name \"Your Name\" && git config user.email you@example.com: %w",
				ErrIdentity, err)
		}
	}
	return env, nil
}

package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// merge takes a commit's change of one file back where later commits changed other lines
// of it: a three-way merge of the lines, as git revert does it. It returns ok false when
// the same lines changed again, or the file is not a text on all three sides.
func (rev *revert) merge(ctx context.Context, is entry, p pair) (merged entry, ok bool, err error) {
	for _, e := range [...]entry{is, p.now, p.old} {
		if e.isZero() || fileMode(e.mode) != spec.ModeFile {
			return entry{}, false, nil
		}
	}
	dir, err := os.MkdirTemp("", "promoctl-merge-")
	if err != nil {
		return entry{}, false, err
	}
	defer os.RemoveAll(dir)
	args := []string{"merge-file", "-p", "-q"}
	for _, side := range [...]struct {
		name string
		of   entry
	}{{"now", is}, {"changed", p.now}, {"before", p.old}} {
		data, err := rev.r.Blob(ctx, side.of.hash.String())
		if err != nil {
			return entry{}, false, err
		}
		name := filepath.Join(dir, side.name)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			return entry{}, false, err
		}
		args = append(args, name)
	}
	text, err := rev.r.git(ctx, command{args: args})
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() > 0: // the number of conflicts, or a binary file
		return entry{}, false, nil
	case err != nil:
		return entry{}, false, err
	}
	out, err := rev.r.git(ctx, command{args: []string{"hash-object", "-w", "--stdin"}, stdin: text})
	if err != nil {
		return entry{}, false, fmt.Errorf("write the merged file: %w", err)
	}
	is.hash, err = parseHash(strings.TrimSpace(string(out)))
	return is, err == nil, err
}

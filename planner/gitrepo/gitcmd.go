package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// command is one run of the git program.
type command struct {
	dir   string   // "": the worktree, or the git directory if there is none
	other bool     // dir is another worktree: git finds its git directory by itself
	env   []string // in addition
	stdin []byte
	args  []string
}

// localEnv are the variables by which a caller (a hook, say) would make git work on
// another repository or index than ours.
var localEnv = [...]string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE",
	"GIT_REPLACE_REF_BASE", "GIT_IMPLICIT_WORK_TREE", "GIT_CONFIG"}

// git runs git and returns what it printed. The error holds what git said.
func (r *Repo) git(ctx context.Context, c command) ([]byte, error) {
	cmd := r.command(ctx, c)
	var out, errOut bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(c.stdin), &out, &errOut
	if err := cmd.Run(); err != nil {
		return nil, gitError(c.args, errOut.Bytes(), err)
	}
	return out.Bytes(), nil
}

// command prepares a run of git. A canceled one is asked to stop, so that it removes
// its lock files; only a git that does not listen is killed.
func (r *Repo) command(ctx context.Context, c command) *exec.Cmd {
	args := []string{"-c", "core.fsmonitor=false", "-c", "core.quotePath=false"}
	if !c.other {
		args = append(args, "--git-dir="+r.gitDir)
		if r.worktree != "" {
			args = append(args, "--work-tree="+r.worktree)
		}
	}
	cmd := exec.CommandContext(ctx, "git", append(args, c.args...)...)
	cmd.Dir = c.dir
	if c.dir == "" {
		cmd.Dir = r.gitDir
		if r.worktree != "" {
			cmd.Dir = r.worktree
		}
	}
	cmd.Env = append(cleanEnv(os.Environ()), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_LITERAL_PATHSPECS=1")
	cmd.Env = append(cmd.Env, c.env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

func cleanEnv(env []string) []string {
	local := make(map[string]bool)
	for _, name := range localEnv {
		local[name] = true
	}
	var kept []string
	for _, v := range env {
		if name, _, _ := strings.Cut(v, "="); !local[name] {
			kept = append(kept, v)
		}
	}
	return kept
}

// gitError says what git complained about.
func gitError(args []string, stderr []byte, err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("git %s: the git program is not on the PATH; install Git 2.27 or later: %w", args[0], err)
	}
	if said := strings.TrimSpace(string(stderr)); said != "" {
		return fmt.Errorf("git %s: %s (%w)", args[0], said, err)
	}
	return fmt.Errorf("git %s: %w", args[0], err)
}

// splitNUL splits what git prints with -z.
func splitNUL(out []byte) []string {
	if len(out) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

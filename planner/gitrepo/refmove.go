package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// refMove moves a ref from one commit to another.
type refMove struct {
	ref      string // full name; HEAD means a detached HEAD
	from, to plumbing.Hash
	why      string // for the reflog
}

// moveRef locks the ref, provided that it is still where the move starts, calls while,
// and moves it. It returns ErrMoved if the ref is somewhere else. If while fails, or
// this program dies in it, the ref stays where it is and the lock is gone.
func (r *Repo) moveRef(ctx context.Context, m refMove, while func(context.Context) error) error {
	tx, err := r.startRefTx(ctx, m)
	if err != nil {
		return err
	}
	// From here on it is short, and half of it is worse than all of it.
	ctx = context.WithoutCancel(ctx)
	if err := tx.prepare(m); err != nil {
		return r.whyNotMoved(m, err)
	}
	if err := while(ctx); err != nil {
		return errors.Join(err, tx.abort())
	}
	return tx.commit()
}

// whyNotMoved tells a ref that moved from other failures.
func (r *Repo) whyNotMoved(m refMove, err error) error {
	now, _, refErr := r.ref(m.ref)
	if refErr == nil && now != m.from {
		return fmt.Errorf("%w: %s is at %s, not at %s; run it again", ErrMoved,
			strings.TrimPrefix(m.ref, "refs/heads/"), short(now.String()), short(m.from.String()))
	}
	return err
}

// refTx is a running git update-ref --stdin, whose transactions have two phases.
type refTx struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
}

func (r *Repo) startRefTx(ctx context.Context, m refMove) (*refTx, error) {
	tx := &refTx{cmd: r.command(context.WithoutCancel(ctx), command{args: []string{"update-ref", "-m", m.why, "--stdin"}})}
	tx.cmd.Stderr = &tx.stderr
	in, err := tx.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("move %s: %w", m.ref, err)
	}
	out, err := tx.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("move %s: %w", m.ref, err)
	}
	tx.in, tx.out = in, bufio.NewReader(out)
	if err := tx.cmd.Start(); err != nil {
		return nil, gitError([]string{"update-ref"}, nil, err)
	}
	return tx, nil
}

// prepare locks the ref and checks its value.
func (tx *refTx) prepare(m refMove) error {
	if err := tx.say("start", "start\n"); err != nil {
		return err
	}
	update := fmt.Sprintf("update %s %s %s\nprepare\n", m.ref, m.to, m.from)
	if m.ref == "HEAD" {
		update = "option no-deref\n" + update
	}
	return tx.say("prepare", update)
}

func (tx *refTx) commit() error {
	if err := tx.say("commit", "commit\n"); err != nil {
		return err
	}
	return tx.end()
}

func (tx *refTx) abort() error {
	if err := tx.say("abort", "abort\n"); err != nil {
		return err
	}
	return tx.end()
}

// say sends commands and waits until git confirms the last one. If it does not, git is
// ended, which removes its locks.
func (tx *refTx) say(last, commands string) error {
	_, err := io.WriteString(tx.in, commands)
	if err == nil {
		var line string
		if line, err = tx.out.ReadString('\n'); err == nil && line == last+": ok\n" {
			return nil
		}
	}
	tx.in.Close()
	_ = tx.cmd.Wait() // what it complained of says more than its exit code
	return gitError([]string{"update-ref"}, tx.stderr.Bytes(), errors.Join(errNotConfirmed, err))
}

var errNotConfirmed = errors.New("it did not confirm")

func (tx *refTx) end() error {
	if err := tx.in.Close(); err != nil {
		return fmt.Errorf("git update-ref: %w", err)
	}
	if err := tx.cmd.Wait(); err != nil {
		return gitError([]string{"update-ref"}, tx.stderr.Bytes(), err)
	}
	return nil
}

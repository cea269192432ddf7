package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/promoctl/promoctl/planner"
)

// A command line of the demo fits a terminal of 80 columns, with the sign that it goes on.
const (
	lineWidth  = 78
	demoIndent = "      "
)

// child prepares a run of this program in the demo's directory. A canceled one is asked
// to stop, and killed if it does not.
func (d *demo) child(ctx context.Context, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, d.exe)
	cmd.Args = append([]string{"promoctl"}, args...)
	cmd.Dir = d.dir
	cmd.Env = append(os.Environ(), "PROMOCTL_ENV="+demoEnv)
	if !d.color {
		cmd.Env = append(cmd.Env, "NO_COLOR=1")
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// promoctl shows a command line, runs it, and shows all that it prints. It is an error
// if it ends with another exit code than want.
func (d *demo) promoctl(ctx context.Context, want int, args ...string) error {
	d.showCommand(append([]string{"promoctl"}, args...), "")
	cmd := d.child(ctx, args)
	cmd.Stdout, cmd.Stderr = d.stdout, d.stdout // one transcript, as on a terminal
	got, err := exitOf(ctx, cmd.Run())
	if err != nil {
		return err
	}
	if got != exitDone {
		fmt.Fprintln(d.stdout, d.colored(planner.RoleFaint, fmt.Sprintf("[exit code %d]", got)))
	}
	if got != want {
		return fmt.Errorf("promoctl %s ended with exit code %d, and not with %d", args[0], got, want)
	}
	return nil
}

// ask runs a command unseen and returns what it prints on standard output.
func (d *demo) ask(ctx context.Context, args ...string) ([]byte, error) {
	cmd := d.child(ctx, args)
	out, err := cmd.Output()
	code, err := exitOf(ctx, err)
	if err == nil && code != exitDone && code != exitDenied {
		err = fmt.Errorf("promoctl %s ended with exit code %d", args[0], code)
	}
	return out, err
}

// exitOf turns the error of a process that ran into its exit code.
func exitOf(ctx context.Context, err error) (int, error) {
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, fmt.Errorf("stopped: %w", context.Cause(ctx))
	case errors.As(err, &ended) && ended.Exited():
		return ended.ExitCode(), nil
	}
	return 0, err
}

// background is a child that runs while the demo goes on.
type background struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how, once done is closed

	mu      sync.Mutex
	printed bytes.Buffer
}

// start shows a command line and runs it in the background. What it prints is kept
// for show, so that it does not mix with what the demo prints.
func (d *demo) start(ctx context.Context, args ...string) (*background, error) {
	d.showCommand(append([]string{"promoctl"}, args...), " &")
	b := &background{cmd: d.child(ctx, args), done: make(chan struct{})}
	b.cmd.Stdout, b.cmd.Stderr = b, b
	if err := b.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		b.err = b.cmd.Wait()
		close(b.done)
	}()
	return b, nil
}

// Write implements io.Writer for what the child prints.
func (b *background) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.printed.Write(p)
}

// show prints what the child has printed since the last time.
func (b *background) show(w io.Writer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.printed.WriteTo(w)
}

// ended reports whether the child has ended by itself.
func (b *background) ended() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// kill ends the child without asking it, and returns an error if that was not what
// ended it. It may be called again.
func (b *background) kill() error {
	if b.ended() {
		return fmt.Errorf("it ended before it was killed: %w", b.err)
	}
	if err := b.cmd.Process.Kill(); err != nil {
		return err
	}
	<-b.done
	status, ok := b.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		return fmt.Errorf("it was to be killed and ended otherwise: %s", b.cmd.ProcessState)
	}
	return nil
}

// showCommand prints a command line as a person would type it.
func (d *demo) showCommand(args []string, after string) {
	lines := commandLines(args)
	lines[len(lines)-1] += after
	for i, line := range lines {
		prompt := "$ "
		if i > 0 {
			prompt = demoIndent
		}
		if i < len(lines)-1 {
			line += " \\"
		}
		fmt.Fprintln(d.stdout, prompt+d.colored(planner.RoleHeading, line))
	}
}

// commandLines spells a command for a shell, in lines that are broken before a flag.
func commandLines(args []string) []string {
	var lines []string
	line := ""
	for i := 0; i < len(args); i++ {
		word := shellWord(args[i])
		if strings.HasPrefix(word, "-") && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			i++
			word += " " + shellWord(args[i]) // a flag and its value stay together
		}
		if line != "" && len(line)+1+len(word) > lineWidth-len(demoIndent) && strings.HasPrefix(word, "-") {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// shellWord quotes a word for a POSIX shell if it needs that.
func shellWord(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_"
	switch {
	case word != "" && strings.Trim(word, plain) == "":
		return word
	case !strings.ContainsAny(word, "\"$`\\!"):
		return `"` + word + `"`
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

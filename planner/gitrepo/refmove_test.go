package gitrepo

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
)

// TestRevertLosesTheRace has somebody else commit after the revert was worked out.
func TestRevertLosesTheRace(t *testing.T) {
	f := badPrice(t)
	r := f.open()
	rev, err := r.prepareRevert(t.Context(), RevertRequest{Commit: f.git("rev-parse", "HEAD")})
	if err != nil {
		t.Fatal(err)
	}
	other := f.save("somebody else", "other", "2\n")
	if _, err = rev.run(t.Context()); !errors.Is(err, ErrMoved) || !strings.Contains(err.Error(), "run it again") {
		t.Errorf("error is %v", err)
	}
	if f.git("rev-parse", "HEAD") != other {
		t.Error("the other commit is lost")
	}
	f.clean()
	mustRevert(t, f, "HEAD~1")
	f.clean()
}

// TestRevertRacesWithItself starts the same revert many times at once.
func TestRevertRacesWithItself(t *testing.T) {
	f := badPrice(t)
	f.at(f.dir).git("config", "core.filesRefLockTimeout", "0")
	req := RevertRequest{Commit: f.git("rev-parse", "HEAD")}
	r := f.open()
	var g errgroup.Group
	won := make(chan string, 8)
	for range cap(won) {
		g.Go(func() error {
			got, err := r.Revert(t.Context(), req)
			switch {
			case err == nil:
				won <- got.Commit.Hash
			case errors.Is(err, ErrMoved), errors.Is(err, ErrNothingToRevert), strings.Contains(err.Error(), "lock"):
			default:
				return err
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	close(won)
	var winners []string
	for h := range won {
		winners = append(winners, h)
	}
	if d := cmp.Diff([]string{f.git("rev-parse", "HEAD")}, winners); d != "" {
		t.Error(d)
	}
	if f.git("rev-list", "--count", "HEAD") != "3" {
		t.Error("there is more than one revert commit")
	}
	f.clean()
}

// TestMoveRefIsAllOrNothing fails, and dies, between locking and moving.
func TestMoveRefIsAllOrNothing(t *testing.T) {
	f := badPrice(t)
	r := f.open()
	h, ref, err := r.ref("HEAD")
	if err != nil {
		t.Fatal(err)
	}
	old, _, err := r.Commit(t.Context(), f.git("rev-parse", "HEAD~1"))
	if err != nil {
		t.Fatal(err)
	}
	to, err := parseHash(old.Hash)
	if err != nil {
		t.Fatal(err)
	}
	move := refMove{ref: ref, from: h, to: to, why: "test"}
	boom := errors.New("boom")
	err = r.moveRef(t.Context(), move, func(context.Context) error {
		if !exists(f.path(".git/" + ref + ".lock")) {
			t.Error("the ref is not locked")
		}
		return boom
	})
	if !errors.Is(err, boom) || f.git("rev-parse", "HEAD") != h.String() || exists(f.path(".git/"+ref+".lock")) {
		t.Errorf("after a failure: %v", err)
	}
	tx, err := r.startRefTx(t.Context(), move)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.prepare(move); err != nil {
		t.Fatal(err)
	}
	tx.in.Close() // what a killed program leaves: the end of git's input
	_ = tx.cmd.Wait()
	if f.git("rev-parse", "HEAD") != h.String() || exists(f.path(".git/"+ref+".lock")) {
		t.Error("a killed program leaves a lock or a moved ref")
	}
	if err := r.moveRef(t.Context(), move, func(context.Context) error { return nil }); err != nil || f.git("rev-parse", "HEAD") != old.Hash {
		t.Error("after all that it does not move:", err)
	}
}

// TestRevertInterrupted stops after the worktree came along and before the branch moved,
// and starts again.
func TestRevertInterrupted(t *testing.T) {
	f := badPrice(t)
	r := f.open()
	rev, err := r.prepareRevert(t.Context(), RevertRequest{Commit: f.git("rev-parse", "HEAD")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rev.bringAlong(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := f.git("diff", "--cached", "--name-only"); len(strings.Fields(got)) != 4 {
		t.Errorf("staged is %q", got)
	}
	got := mustRevert(t, f, "HEAD")
	if got.Left != nil {
		t.Errorf("left behind: %v", got.Left)
	}
	f.clean()
}

func TestRevertWithStaleLock(t *testing.T) {
	f := badPrice(t)
	head := f.git("rev-parse", "HEAD")
	if err := os.WriteFile(f.path(".git/refs/heads/main.lock"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := revertOf(t, f, "HEAD"); err == nil || errors.Is(err, ErrMoved) || !strings.Contains(err.Error(), "main.lock") {
		t.Errorf("error is %v", err)
	}
	if f.git("rev-parse", "HEAD") != head {
		t.Error("the branch moved")
	}
	f.clean()
}

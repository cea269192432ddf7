package objectstore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/objectstore"
	"github.com/promoctl/promoctl/applier/storetest"
)

// crashRoot is the environment variable that makes the test's program the victim of
// TestKill: it releases to that directory until it is killed.
const crashRoot = "PROMOCTL_TEST_CRASH_ROOT"

const crashRecords = 60

// releaseForever releases version after version; the version is the sequence, and the
// price of every record.
func releaseForever(root string) error {
	store, err := objectstore.OpenFile(applier.StoreConfig{
		Name: "files", URL: root, Identity: testIdentity(), Create: true, Buckets: 5,
	})
	if err != nil {
		return err
	}
	ctx := context.Background()
	for {
		st, err := store.Live(ctx)
		if err != nil {
			return err
		}
		step := storetest.Step{Identity: testIdentity(), Base: st.Live, After: prices(crashRecords, int(st.Live.Seq)+1)}
		step.Lease = time.Minute
		if !st.Live.IsZero() {
			step.Before = prices(crashRecords, int(st.Live.Seq))
		}
		m := step.Move()
		if _, err := store.Stage(ctx, m.Release, m.Seq()); err != nil {
			return err
		}
		if err := store.Activate(ctx, m.Release); err != nil {
			return err
		}
		fmt.Println("released")
	}
}

// A process that is killed at any moment leaves one release readable, whole, and at
// least as new as the last one that was seen; the next process goes on from there.
func TestKill(t *testing.T) {
	root := filepath.Join(t.TempDir(), "shop")
	rounds := 40
	if testing.Short() {
		rounds = 8
	}
	killAfter(t, root, 2, 0) // one release at least, however slow the disk is
	seen := checkWhole(t, root)
	for round := range rounds {
		killAfter(t, root, 1, time.Duration(rand.Int64N(int64(60*time.Millisecond))))
		seq := checkWhole(t, root)
		if seq < seen {
			t.Fatalf("round %d: sequence %d is live after %d", round, seq, seen)
		}
		seen = seq
	}
	t.Logf("%d releases in %d processes", seen, rounds+1)
}

// killAfter starts a process that releases, and kills it once it has said that many
// lines ("started", and "released" after each release) and lived for that long.
func killAfter(t *testing.T, root string, lines int, life time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), crashRoot+"="+root)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range lines {
		if _, err := fmt.Fscanln(out, new(string)); err != nil {
			t.Errorf("the process said nothing: %v", err)
		}
	}
	time.Sleep(life)
	if err := cmd.Process.Kill(); err != nil {
		t.Errorf("kill: %v", err)
	}
	if err := cmd.Wait(); cmd.ProcessState.Exited() {
		t.Fatalf("the process ended by itself: %v", err)
	}
}

// checkWhole reads as a shop does, and returns the sequence that is live.
func checkWhole(t *testing.T, root string) uint64 {
	t.Helper()
	store := open(t, root)
	st, err := store.Live(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := readPlain(t.Context(), root, "prices")
	if err != nil {
		t.Fatal(err)
	}
	want := prices(crashRecords, int(st.Live.Seq))["prices"].Records
	if st.Live.IsZero() {
		want = nil
	}
	if len(got) != len(want) {
		t.Fatalf("sequence %d has %d records, want %d", st.Live.Seq, len(got), len(want))
	}
	for key, record := range want {
		if got[key] != record {
			t.Fatalf("sequence %d: %s is %s, want %s", st.Live.Seq, key, got[key], record)
		}
	}
	return st.Live.Seq
}

package metrics_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/metrics"
)

// crashDir names the spool of a process that writes until it is killed.
const crashDir = "PROMOCTL_TEST_CRASH_SPOOL"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		writeForever(dir)
	}
	os.Exit(m.Run())
}

// writeForever says one line when it is at work.
func writeForever(dir string) {
	spool, err := metrics.OpenSpool(dir, slog.Default())
	if err != nil {
		panic(err)
	}
	spool.SetLimit(64 << 10)
	for i := 1; ; i++ {
		spool.Record(ended("killed", i))
		if i == 1 {
			fmt.Println("started")
		}
	}
}

// ended returns the end of the n-th step of a store.
func ended(store string, n int) applier.Event {
	return applier.Event{
		At:       time.Date(2026, 11, 11, 0, 0, n, 0, time.UTC),
		Identity: applier.Identity{Pipeline: "shop", Env: "staging"},
		Store:    store, Step: applier.StepStage, Done: true, Release: "0123", Commit: "abcd",
		Seq: uint64(n), Count: 10, Total: 10, Drift: 1, Took: time.Duration(n), Err: "out of order",
	}
}

// open returns a spool and what it logs.
func open(t *testing.T, dir string) (*metrics.Spool, *bytes.Buffer) {
	t.Helper()
	var said bytes.Buffer
	spool, err := metrics.OpenSpool(dir, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return spool, &said
}

func read(t *testing.T, dir string, limit int) []applier.Event {
	t.Helper()
	events, err := metrics.Read(dir, limit)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// sequence returns the Seq of each event.
func sequence(events []applier.Event) []uint64 {
	out := make([]uint64, len(events))
	for i, e := range events {
		out[i] = e.Seq
	}
	return out
}

// sizes returns the bytes of each file in a directory.
func sizes(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(entry.Name())] = info.Size()
	}
	return out
}

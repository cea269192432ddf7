package metrics_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/metrics"
)

const smallFile = 1000 // bytes; three lines and a bit

func TestASpoolIsBounded(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "events-notes.jsonl"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	spool, said := open(t, dir)
	spool.SetLimit(smallFile)
	const steps = 50
	for i := range steps {
		spool.Record(ended("files", i))
	}
	files := sizes(t, dir)
	if _, ok := files["events-notes.jsonl"]; !ok {
		t.Error("somebody else's file is gone")
	}
	delete(files, "events-notes.jsonl")
	if len(files) != metrics.KeepFiles {
		t.Errorf("files %v, want %d", files, metrics.KeepFiles)
	}
	for name, size := range files {
		if size > smallFile {
			t.Errorf("%s has %d bytes, want %d at most", name, size, smallFile)
		}
	}
	got := sequence(read(t, dir, 0))
	if len(got) < (metrics.KeepFiles-1)*2 {
		t.Fatalf("only %d steps are left", len(got))
	}
	for i, seq := range got {
		if want := uint64(steps - 1 - i); seq != want {
			t.Fatalf("the steps that are left are %v, want the newest without a gap", got)
		}
	}
	if said.Len() > 0 {
		t.Errorf("logged: %s", said)
	}
}

// What a power cut or a full disk left of a line costs that line and no other.
func TestTornLines(t *testing.T) {
	for name, torn := range map[string]string{
		"half a line":          `{"at":"2026-11-11T00:00:0`,
		"zeros":                "\x00\x00\x00",
		"a line without end":   `{}x`,
		"text of another kind": "hello\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			spool, said := open(t, dir)
			spool.Record(ended("files", 1))
			f, err := os.OpenFile(metrics.FileName(dir, 1), os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString(torn); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]uint64{1}, sequence(read(t, dir, 0))); diff != "" {
				t.Errorf("before the next step (-want +got):\n%s", diff)
			}
			again, saidAgain := open(t, dir)
			again.Record(ended("files", 2))
			spool.Record(ended("files", 3))
			if diff := cmp.Diff([]uint64{3, 2, 1}, sequence(read(t, dir, 0))); diff != "" {
				t.Errorf("after two more steps (-want +got):\n%s", diff)
			}
			if said.Len()+saidAgain.Len() > 0 {
				t.Errorf("logged: %s%s", said, saidAgain)
			}
		})
	}
}

// Several stores record at once, and several processes do: here several spools.
func TestNothingIsLostOrDoubledBetweenWriters(t *testing.T) {
	const writers, stores, steps = 4, 3, 20
	dir := t.TempDir()
	var wg sync.WaitGroup
	for w := range writers {
		spool, said := open(t, dir)
		spool.SetLimit(writers * stores * steps * 200) // two files are needed, three at most
		t.Cleanup(func() {
			if said.Len() > 0 {
				t.Errorf("logged: %s", said)
			}
		})
		for s := range stores {
			wg.Go(func() {
				for i := range steps {
					spool.Record(ended(fmt.Sprintf("store-%d-%d", w, s), i))
				}
			})
		}
	}
	wg.Wait()
	if files := sizes(t, dir); len(files) < 2 {
		t.Errorf("files %v, want more than one", files)
	}
	got := map[string]int{}
	for _, e := range read(t, dir, 0) {
		got[fmt.Sprint(e.Store, " ", e.Seq)]++
	}
	want := map[string]int{}
	for i := range writers * stores * steps {
		want[fmt.Sprintf("store-%d-%d %d", i/stores%writers, i%stores, i/stores/writers)] = 1
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestAKilledProcessHarmsNobody(t *testing.T) {
	rounds := 10
	if testing.Short() {
		rounds = 3
	}
	dir := t.TempDir()
	spool, said := open(t, dir)
	for round := range rounds {
		killWhileWriting(t, dir, time.Duration(round)*time.Millisecond)
		mine := ended("mine", round)
		spool.Record(mine)
		got := read(t, dir, 0)
		if diff := cmp.Diff([]applier.Event{mine}, got[:1]); diff != "" {
			t.Fatalf("round %d: the newest event (-want +got):\n%s", round, diff)
		}
		if len(got) < 2 || got[1] != ended("killed", int(got[1].Seq)) {
			t.Fatalf("round %d: the killed process left %+v", round, got[1:min(2, len(got))])
		}
		for i := 1; i+1 < len(got) && got[i].Seq > 1; i++ {
			if got[i].Store == "killed" && got[i+1] != ended("killed", int(got[i].Seq)-1) {
				t.Fatalf("round %d: step %d follows %+v", round, got[i].Seq, got[i+1])
			}
		}
	}
	if said.Len() > 0 {
		t.Errorf("logged: %s", said)
	}
}

// killWhileWriting starts a process that records without end, and kills it.
func killWhileWriting(t *testing.T, dir string, life time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscanln(out, new(string)); err != nil {
		t.Errorf("the process said nothing: %v", err)
	}
	time.Sleep(life)
	if err := cmd.Process.Kill(); err != nil {
		t.Errorf("kill: %v", err)
	}
	if err := cmd.Wait(); cmd.ProcessState.Exited() {
		t.Fatalf("the process ended by itself: %v", err)
	}
}

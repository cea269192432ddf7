package metrics_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/metrics"
)

func TestReadReturnsWhatWasRecordedNewestFirst(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	spool, said := open(t, dir)
	want := []applier.Event{ended("files", 3), ended("orders", 2), ended("files", 1)}
	for i := range want {
		spool.Record(want[len(want)-1-i])
	}
	if diff := cmp.Diff(want, read(t, dir, 0)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[:2], read(t, dir, 2)); diff != "" {
		t.Errorf("the newest two (-want +got):\n%s", diff)
	}
	if said.Len() > 0 {
		t.Errorf("logged: %s", said)
	}
}

func TestOnlyEndsOfStepsAreKept(t *testing.T) {
	dir := t.TempDir()
	spool, _ := open(t, dir)
	begun := ended("files", 1)
	begun.Done = false
	spool.Record(begun)
	if got := read(t, dir, 0); len(got) != 0 {
		t.Errorf("kept %+v", got)
	}
}

func TestTimesAreKeptInUTC(t *testing.T) {
	dir := t.TempDir()
	spool, _ := open(t, dir)
	e := ended("files", 1)
	e.At = e.At.In(time.FixedZone("Shanghai", 8*60*60))
	spool.Record(e)
	if diff := cmp.Diff([]applier.Event{ended("files", 1)}, read(t, dir, 0)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestASpoolIsForItsOwnerOnly(t *testing.T) {
	above := filepath.Join(t.TempDir(), "cache")
	dir := filepath.Join(above, "events")
	spool, _ := open(t, dir)
	spool.Record(ended("files", 1))
	shared := modeOfNewDirectory(t)
	for name, want := range map[string]os.FileMode{above: shared, dir: 0o700, metrics.FileName(dir, 1): 0o600} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
}

// modeOfNewDirectory returns what becomes of the mode 755 under the umask of the test.
func modeOfNewDirectory(t *testing.T) os.FileMode {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestLongErrorsAreClipped(t *testing.T) {
	dir := t.TempDir()
	spool, _ := open(t, dir)
	short, long := ended("files", 1), ended("files", 2)
	short.Err = strings.Repeat("x", metrics.MaxError)
	long.Err = strings.Repeat("x", metrics.MaxError-1) + "價格" // the cut goes through a character
	spool.Record(short)
	spool.Record(long)
	long.Err = strings.Repeat("x", metrics.MaxError-1) + " ... (4101 bytes in all)"
	if diff := cmp.Diff([]applier.Event{long, short}, read(t, dir, 0)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestReadOfASpoolThatDoesNotExist(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	if got := read(t, dir, 0); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("reading made the directory")
	}
}

func TestReadSaysWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(metrics.FileName(dir, 1), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, dir} {
		if _, err := metrics.Read(name, 0); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Read(%s) returned error %v, want one that names it", name, err)
		}
	}
}

func TestOpenSpoolNeedsALogger(t *testing.T) {
	if _, err := metrics.OpenSpool(t.TempDir(), nil); err == nil {
		t.Error("opened without a logger")
	}
}

func TestOpenSpoolWhereNothingCanBeWritten(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := t.TempDir()
	if err := os.Mkdir(metrics.FileName(taken, 1), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, filepath.Join(file, "below"), taken} {
		_, err := metrics.OpenSpool(name, slog.Default())
		if err == nil || !strings.Contains(err.Error(), file) && !strings.Contains(err.Error(), taken) {
			t.Errorf("OpenSpool(%s) returned error %v, want one that names the place", name, err)
		}
	}
}

// A failing spool is said once, and takes up its work when it can.
func TestFailuresAreLoggedOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	spool, said := open(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		spool.Record(ended("files", i))
	}
	if got := strings.Count(said.String(), "\n"); got != 1 || !strings.Contains(said.String(), dir) {
		t.Errorf("logged %q, want one line that names the directory", said)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	spool.Record(ended("files", 9))
	if diff := cmp.Diff([]uint64{9}, sequence(read(t, dir, 0))); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// collect is a recorder that remembers.
type collect struct{ events []applier.Event }

func (c *collect) Record(e applier.Event) { c.events = append(c.events, e) }

func TestTeeHandsEveryEventToAll(t *testing.T) {
	var a, b collect
	both := metrics.Tee(&a, &b)
	begun := applier.Event{Step: applier.StepLive}
	both.Record(begun)
	both.Record(ended("files", 1))
	for _, c := range []collect{a, b} {
		if diff := cmp.Diff([]applier.Event{begun, ended("files", 1)}, c.events); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	}
}

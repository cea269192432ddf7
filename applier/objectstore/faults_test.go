package objectstore_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// faults makes a directory fail for real. Each returns what mends it.
type faults interface {
	readOnly(t testing.TB) (mend func())
	full(t testing.TB) (mend func())
}

// newFaults prepares root for faults. Where file systems can be mounted, root becomes
// a small one of its own; elsewhere (a plain container, an ordinary user) the process
// itself is limited, which the driver cannot tell from a fault of the place.
func newFaults(t testing.TB, root string) faults {
	t.Helper()
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if f := mountSmall(t, root); f != nil {
		return f
	}
	return limits{root}
}

// canMount reports whether this machine lets the tests mount file systems.
func canMount(t testing.TB) bool {
	t.Helper()
	_, limited := newFaults(t, filepath.Join(t.TempDir(), "try")).(limits)
	return !limited
}

// inOwnProcess runs the calling test in a process of its own and reports whether this
// is that process. Limits of a process also hit the log that go test keeps of the
// files that a test opens; a process that the test starts itself has none.
func inOwnProcess(t *testing.T) bool {
	t.Helper()
	const mark = "PROMOCTL_TEST_OWN_PROCESS"
	if os.Getenv(mark) != "" {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", fmt.Sprint("-test.short=", testing.Short()))
	cmd.Env = append(os.Environ(), mark+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()+" ") {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// limits takes rights from the process instead. Tests that use it run in a process of
// their own and not in parallel with others.
type limits struct{ root string }

// readOnly takes the right to write from all directories, and the superuser's right
// to ignore that from the process.
func (l limits) readOnly(t testing.TB) func() {
	t.Helper()
	l.chmod(t, 0o555)
	if os.Geteuid() != 0 {
		return func() { l.chmod(t, 0o755) }
	}
	const nobody = 65534
	for dir := l.root; dir != os.TempDir() && len(dir) > 1; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755&modeOf(t, dir)|0o555); err != nil {
			t.Fatal(err)
		}
	}
	l.chmod(t, 0o555)
	l.give(t, nobody)
	if err := setEffectiveUser(nobody); err != nil {
		t.Fatalf("become an ordinary user: %v", err)
	}
	return func() {
		if err := setEffectiveUser(0); err != nil {
			t.Fatalf("become the superuser again: %v", err)
		}
		l.chmod(t, 0o755)
	}
}

// give makes all files, and no directory, those of the user that tests become: markers
// are read by nobody else.
func (l limits) give(t testing.TB, user int) {
	t.Helper()
	err := filepath.WalkDir(l.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chown(path, user, -1)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func modeOf(t testing.TB, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// chmod sets the mode of all directories.
func (l limits) chmod(t testing.TB, mode fs.FileMode) {
	t.Helper()
	err := filepath.WalkDir(l.root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, mode)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// full lets no file grow.
func (l limits) full(t testing.TB) func() {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 0, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	}
}

package objectstore_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// mountSmall mounts a small file system on root. It returns nil where that is not
// permitted.
func mountSmall(t testing.TB, root string) faults {
	t.Helper()
	if err := unix.Mount("tmpfs", root, "tmpfs", 0, "size=96m"); err != nil {
		return nil
	}
	t.Cleanup(func() {
		if err := unix.Unmount(root, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", root, err)
		}
	})
	return mounted{root}
}

// mounted is a file system of its own.
type mounted struct{ root string }

func (m mounted) readOnly(t testing.TB) func() {
	t.Helper()
	m.remount(t, unix.MS_RDONLY)
	return func() { m.remount(t, 0) }
}

func (m mounted) remount(t testing.TB, flags uintptr) {
	t.Helper()
	if err := unix.Mount("tmpfs", m.root, "tmpfs", unix.MS_REMOUNT|flags, "size=96m"); err != nil {
		t.Fatalf("remount %s: %v", m.root, err)
	}
}

func (m mounted) full(t testing.TB) func() {
	t.Helper()
	ballast := filepath.Join(m.root, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for step := 8 << 20; step >= 4096; { // until not one page is left
		if _, err := f.Write(make([]byte, step)); err != nil {
			step /= 2
		}
	}
	return func() {
		if err := os.Remove(ballast); err != nil {
			t.Errorf("make room: %v", err)
		}
	}
}

// setEffectiveUser changes who the process is when it touches files.
func setEffectiveUser(id int) error { return syscall.Setresuid(-1, id, -1) }

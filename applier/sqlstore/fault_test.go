package sqlstore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/sqlstore"
	"github.com/promoctl/promoctl/applier/storetest"
)

// everyMethod calls all methods and returns their errors by name.
func (s *shelf) everyMethod(m storetest.Move) map[string]error {
	errs := map[string]error{}
	_, errs["live"] = s.store.Live(s.Context())
	_, errs["stage"] = s.store.Stage(s.Context(), m.Release, m.Seq())
	errs["activate"] = s.store.Activate(s.Context(), m.Release)
	errs["discard"] = s.store.Discard(s.Context(), m.Release)
	_, seq, err := s.store.Scan(s.Context(), "t", layout())
	if err == nil {
		for _, err = range seq {
			if err != nil {
				break
			}
		}
	}
	errs["scan"] = err
	_, errs["init plan"] = s.store.InitPlan(s.Context(), nil)
	errs["init"] = s.store.Init(s.Context(), nil)
	return errs
}

func TestFaultsOfTheFileAreNamed(t *testing.T) {
	content := one("t", layout(), storetest.Records{"a": `{"sku":"a"}`})
	tests := []struct {
		name  string
		spoil func(t *testing.T, path string)
		want  string
	}{
		{"not a database", func(t *testing.T, path string) {
			overwrite(t, path, 0, "this is a text file, and a long one, as it happens")
		}, "is not a SQLite database"},
		{"a damaged page", func(t *testing.T, path string) { overwrite(t, path, 100, strings.Repeat("\xff", 2000)) }, "is damaged; restore it"},
		{"a directory", func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o755)); err != nil {
				t.Fatal(err)
			}
		}, "is a directory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newShelf(t)
			s.release(content)
			s.place.closeShop()
			checkpoint(t, s.place.path())
			test.spoil(t, s.place.path())
			for method, err := range s.everyMethod(s.move(one("t", layout(), storetest.Records{}))) {
				t.Run(method, func(t *testing.T) { wantError(t, err, test.want, s.place.path(), "store orders: ") })
			}
		})
	}
}

func overwrite(t *testing.T, path string, at int64, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(text), at); err != nil {
		t.Fatal(err)
	}
}

// The kernel itself says that the disk is full: the log is a node of /dev/full. Making
// nodes takes rights that not everybody has; the suite has its own way without them.
func TestFullDisk(t *testing.T) {
	s := newShelf(t)
	content := one("t", layout(), storetest.Records{"a": `{"sku":"a"}`})
	s.release(content)
	s.place.closeShop()
	path := s.place.path()
	checkpoint(t, path)
	if err := syscall.Mknod(path+"-wal", syscall.S_IFCHR|0o666, 1<<8|7); err != nil {
		t.Skipf("making a device node is not permitted here: %v", err)
	}
	if f, err := os.OpenFile(path+"-wal", os.O_RDWR, 0); err != nil {
		t.Skipf("opening a device node is not permitted here: %v", err)
	} else {
		f.Close()
	}
	shop := plainOpen(t, path) // while somebody reads, SQLite does not remove the log
	tx, err := shop.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	var sku string
	if err := tx.QueryRow("SELECT sku FROM t").Scan(&sku); err != nil || sku != "a" {
		t.Fatalf("a reader sees %q, error %v", sku, err)
	}
	m := s.move(one("t", layout(), storetest.Records{"b": `{"sku":"b"}`}))
	_, err = s.store.Stage(t.Context(), m.Release, m.Seq())
	wantError(t, err, "no space left", "free disk space", path)
	if st, err := s.store.Live(t.Context()); err != nil || !st.Live.Equal(s.live) {
		t.Errorf("live %v, error %v", st.Live, err)
	}
	tx.Rollback()
	shop.Close()
	if err := os.Remove(path + "-wal"); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	s.release(m.After)
}

// A directory that may not be written stops even a reader that has to make SQLite's
// companion files, so the error must say where to look. Root may write anywhere, and
// steps down for a moment.
func TestReadOnlyDirectory(t *testing.T) {
	s := newShelf(t)
	s.release(one("t", layout(), storetest.Records{"a": `{"sku":"a"}`}))
	s.place.closeShop()
	path := s.place.path()
	checkpoint(t, path)
	for _, dir := range []string{filepath.Dir(s.place.dir), s.place.dir} {
		chmod(t, dir, 0o755)
	}
	chmod(t, filepath.Dir(path), 0o555)
	chmod(t, path, 0o444)
	asNobody(t, func() {
		m := s.move(one("t", layout(), storetest.Records{"b": `{"sku":"b"}`}))
		_, err := s.store.Stage(t.Context(), m.Release, m.Seq())
		wantError(t, err, path)
		if err != nil && !strings.Contains(err.Error(), "check the permissions") && !strings.Contains(err.Error(), "may be written") {
			t.Errorf("error %q does not say what to check", err)
		}
		fresh := openStore(t, applier.StoreConfig{Name: "new", URL: filepath.Join(filepath.Dir(path), "sub", "x.db"), Identity: testID(), Create: true})
		first := storetest.Step{Identity: testID(), After: m.After}.Move()
		_, err = fresh.Stage(t.Context(), first.Release, first.Seq())
		wantError(t, err, "permission denied", filepath.Join(filepath.Dir(path), "sub"))
	})
	chmod(t, filepath.Dir(path), 0o755)
	chmod(t, path, 0o644)
	s.release(one("t", layout(), storetest.Records{"b": `{"sku":"b"}`}))
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// asNobody runs fn without root's rights.
func asNobody(t *testing.T, fn func()) {
	t.Helper()
	if os.Geteuid() == 0 {
		const nobody = 65534
		if err := syscall.Setresuid(-1, nobody, 0); err != nil {
			t.Skipf("root cannot step down here: %v", err)
		}
		defer func() {
			if err := syscall.Setresuid(-1, 0, 0); err != nil {
				t.Fatal(err)
			}
		}()
	}
	fn()
}

// A writer that waits for somebody's long transaction ends with its context, and says
// what it waits for when it gives up.
func TestLockedDatabase(t *testing.T) {
	s := newShelf(t)
	s.release(one("t", layout(), storetest.Records{"a": `{"sku":"a"}`}))
	m := s.move(one("t", layout(), storetest.Records{"b": `{"sku":"b"}`}))
	shop := plainOpen(t, s.place.path())
	run(t, shop, "BEGIN IMMEDIATE")
	impatient, err := sqlstore.OpenImpatient(s.place.config(testID()))
	if err != nil {
		t.Fatal(err)
	}
	defer impatient.Close()
	_, err = impatient.Stage(t.Context(), m.Release, m.Seq())
	wantError(t, err, "locked by another program", s.place.path())
	if st, err := impatient.Live(t.Context()); err != nil || !st.Live.Equal(s.live) {
		t.Errorf("a reader is blocked: live %v, error %v", st.Live, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancelled := make(chan error)
	go func() {
		_, err := s.store.Stage(ctx, m.Release, m.Seq())
		cancelled <- err
	}()
	cancel()
	if err := <-cancelled; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	run(t, shop, "ROLLBACK")
	s.release(m.After)
}

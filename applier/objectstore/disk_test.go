package objectstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/promoctl/promoctl/applier"
)

// Faults of the disk make errors that name a file and say what to do. They leave
// readers on the old release and no stage that could be activated, and the same
// release works once the fault is mended.
func TestDiskFaults(t *testing.T) {
	if canMount(t) || inOwnProcess(t) {
		s := newShop(t, withBuckets(4))
		s.suffers(t, newFaults(t, s.root))
	}
}

// The other way of making a disk fail, which is needed where nothing can be mounted,
// works here too.
func TestDiskFaultsByLimits(t *testing.T) {
	if inOwnProcess(t) {
		s := newShop(t, withBuckets(4))
		s.suffers(t, limits{s.root})
	}
}

func (s *shop) suffers(t *testing.T, f faults) {
	s.release(prices(30, 1))
	t.Run("full", func(t *testing.T) { s.survives(t, f.full, true) })
	t.Run("read-only", func(t *testing.T) { s.survives(t, f.readOnly, false) })
}

// survives checks one fault. A stage that was sealed before a full disk may still be
// activated: a rename needs no room.
func (s *shop) survives(t *testing.T, breakIt func(testing.TB) func(), mayActivate bool) {
	const says = "run the same command again"
	s.TB = t
	staged, next := s.move(prices(30, int(s.live.Seq)+1)), s.move(prices(30, int(s.live.Seq)+1))
	s.stage(staged)
	mend := breakIt(t)
	_, stageErr := s.store.Stage(t.Context(), next.Release, next.Seq())
	activateErr := s.store.Activate(t.Context(), staged.Release)
	if activateErr == nil {
		s.live, s.holds = staged.Target, staged.After
	}
	s.expect()
	discardErr := s.store.Discard(t.Context(), staged.Release)
	mend()
	checkFault(t, "stage", stageErr, s.root, says)
	if !mayActivate || activateErr != nil {
		checkFault(t, "activate", activateErr, s.root, says)
	}
	if !mayActivate {
		checkFault(t, "discard", discardErr, s.root, says)
	}
	if _, err := os.Stat(filepath.Join(s.root, "stage", next.Attempt, "seal.json")); err == nil {
		t.Error("the stage that failed is sealed")
	}
	s.release(prices(30, int(s.live.Seq)+1))
	s.expect()
}

func checkFault(t *testing.T, method string, err error, root, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), root+"/") || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v; want an error that names a file and says %q", method, err, says)
	}
	for _, wrong := range []error{applier.ErrConflict, applier.ErrNotStaged, applier.ErrDrift, applier.ErrNotInitialized} {
		if errors.Is(err, wrong) {
			t.Errorf("%s: %v is %v", method, err, wrong)
		}
	}
}

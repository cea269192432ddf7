package objectstore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
)

// An applier checks that its base is live, sleeps, and renames only then.
func TestSleeperBeforeRename(t *testing.T) {
	for _, test := range []struct {
		name     string
		releases int // of others, while it sleeps
	}{
		{"somebody else took the sequence", 1},
		{"a release and its rollback: the same data is live again", 2},
		{"its sequence is the oldest of the history", applier.HistoryLen + 1},
		{"its sequence came and went", applier.HistoryLen + 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newFastShop(t, withBuckets(3))
			s.release(prices(20, 1))
			sleeper := s.move(prices(20, 99))
			s.stage(sleeper)
			if done, err := s.store.Prepare(t.Context(), sleeper.Release); done || err != nil {
				t.Fatal(done, err)
			}
			for i := range test.releases {
				s.release(prices(20, 2-i%2))
			}
			s.store.GC(t.Context())
			before := filesOfOthers(t, s.root, sleeper.Attempt)
			if err := s.store.Rename(t.Context(), sleeper.Release); !errors.Is(err, applier.ErrConflict) {
				t.Errorf("the sleeper got %v, want ErrConflict", err)
			}
			s.expect()
			if err := s.store.Discard(t.Context(), sleeper.Release); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, listFiles(t, s.root)); diff != "" {
				t.Errorf("the sleeper left a trace (-before +after):\n%s", diff)
			}
			if st, err := s.store.Live(t.Context()); err != nil || len(st.Staged) > 0 {
				t.Errorf("staged: %v, %v", st.Staged, err)
			}
		})
	}
}

func filesOfOthers(t *testing.T, root, attempt string) []string {
	t.Helper()
	var names []string
	for _, name := range listFiles(t, root) {
		if !strings.Contains(name, attempt) {
			names = append(names, name)
		}
	}
	return names
}

// An applier that is killed right after such a rename leaves a directory below the
// history. Nobody sees it, and the next Stage removes it.
func TestSleeperKilledAfterRename(t *testing.T) {
	s := newFastShop(t, withBuckets(3))
	s.release(prices(20, 1))
	sleeper := s.move(prices(20, 99))
	s.stage(sleeper)
	for i := range applier.HistoryLen + 10 {
		s.release(prices(20, 2-i%2))
	}
	s.store.GC(t.Context())
	before := filesOfOthers(t, s.root, sleeper.Attempt)
	renameStage(t, s.root, sleeper.Attempt, "000000000002")
	s.expect()
	st, err := s.store.Live(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range st.History {
		if want := s.live.Seq - 1 - uint64(i); m.Seq != want {
			t.Errorf("history entry %d has sequence %d, want %d", i, m.Seq, want)
		}
	}
	s.store.GC(t.Context())
	if diff := cmp.Diff(before, listFiles(t, s.root)); diff != "" {
		t.Errorf("gc left a trace (-before +after):\n%s", diff)
	}
}

// An applier that sleeps after a rename that did count must not take its release back
// because others followed.
func TestWinnerSleepsAfterRename(t *testing.T) {
	s := newFastShop(t, withBuckets(3))
	s.release(prices(20, 1))
	winner := s.move(prices(20, 2))
	s.stage(winner)
	renameStage(t, s.root, winner.Attempt, "000000000002")
	s.live, s.holds = winner.Target, winner.After
	s.release(prices(20, 3))
	if won, err := s.store.Won(winner.Release); !won || err != nil {
		t.Errorf("won: %v, %v; want true", won, err)
	}
	s.expect()
}

// When the release that followed is gone, it is told that it lost, which is all that
// can be known then. The objects that later releases took over from it must stay.
func TestWinnerWithoutASuccessor(t *testing.T) {
	s := newFastShop(t, withBuckets(8))
	s.release(prices(40, 1))
	winner := s.move(prices(40, 2))
	s.stage(winner)
	renameStage(t, s.root, winner.Attempt, "000000000002")
	s.live, s.holds = winner.Target, winner.After
	for i := range 3 {
		s.release(prices(40, 2).With("prices", "SKU-1", fmt.Sprintf(`{"price":%d,"sku":"SKU-1"}`, i)))
	}
	if err := os.RemoveAll(filepath.Join(s.root, "live", "000000000003")); err != nil {
		t.Fatal(err)
	}
	if won, err := s.store.Won(winner.Release); won || err != nil {
		t.Errorf("won: %v, %v; want false", won, err)
	}
	if err := s.store.Withdraw(t.Context(), winner.Release); !errors.Is(err, applier.ErrConflict) {
		t.Errorf("withdraw: %v, want ErrConflict", err)
	}
	s.expect()
}

func renameStage(t *testing.T, root, attempt, seq string) {
	t.Helper()
	if err := os.Rename(filepath.Join(root, "stage", attempt), filepath.Join(root, "live", seq)); err != nil {
		t.Fatal(err)
	}
}

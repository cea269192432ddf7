package applier_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/promoctl/promoctl/applier"
)

func TestOptionalStoreIsLeftBehindAndCatchesUp(t *testing.T) {
	faults := map[string]func(step string) bool{
		"down":              always,
		"cannot stage":      func(step string) bool { return strings.HasPrefix(step, "stage") },
		"cannot seal":       only("stage.seal:0"),
		"cannot activate":   activating,
		"half way":          only("activate.partition:1"),
		"cannot be read":    only("live"),
		"dies when it acts": only("activate.after", "live"),
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 2, "cold", "hot", "orders")
				first, second := w.sample()
				w.apply(first)
				mend := w.fail("cold", fault)
				res, err := w.engine().Apply(t.Context(), applier.Request{Target: second})
				if err != nil {
					t.Fatalf("an optional store stopped the release: %v", err)
				}
				w.serves(second, "hot", "orders")
				if o := w.outcomes(res)["cold"]; o != applier.OutcomeBehind && o != applier.OutcomeUnknown || res.Stores[0].Err == nil {
					t.Errorf("outcome of the store that failed: %s, error %v", o, res.Stores[0].Err)
				}
				mend()
				w.apply(second)
				w.serves(second)
				w.sameOrigin("hot", "orders", "cold")
			})
		})
	}
}

func TestOptionalStoreCatchesUpOverSeveralReleases(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders", "cold")
	first, second := w.sample()
	w.apply(first)
	c, _ := w.h.at(second)
	third := w.h.commit(second, c.content.with("prices", "a", "").with("prices", "z", "1"))
	mend := w.fail("cold", always)
	w.apply(second)
	w.apply(third)
	mend()
	w.serves(first, "cold")
	w.apply(third)
	w.serves(third)
}

func TestMaxLag(t *testing.T) {
	for name, fault := range map[string]func(string) bool{
		"unreachable": always,
		"read-only":   func(step string) bool { return strings.HasPrefix(step, "stage") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 1, "hot", "orders", "cold")
				w.member("cold", func(m *applier.Member) { m.MaxLag = 30 * time.Minute })
				first, second := w.sample()
				w.apply(first)
				time.Sleep(24 * time.Hour) // nothing was released: no lag
				mend := w.fail("cold", fault)
				w.apply(second)
				time.Sleep(20 * time.Minute)
				c, _ := w.h.at(second)
				third := w.h.commit(second, c.content.with("prices", "a", "5"))
				w.apply(third)
				time.Sleep(20 * time.Minute)

				// Forty minutes since the first release that it lacks. Also with nothing to do.
				for _, target := range []string{third, w.h.commit(third, c.content)} {
					res, err := w.engine().Apply(t.Context(), applier.Request{Target: target})
					if !errors.Is(err, applier.ErrPartial) || !strings.Contains(err.Error(), "store cold lags 40m0s") {
						t.Errorf("error %v, want %v", err, applier.ErrPartial)
					}
					if b := res.Stores[2].Behind; time.Since(b).Round(time.Minute) != 40*time.Minute {
						t.Errorf("behind since %v", b)
					}
					w.serves(target, "hot", "orders")
				}
				mend()
				w.apply(w.marker("hot").Commit)
				w.serves(w.marker("hot").Commit)
			})
		})
	}
}

func TestSlowOptionalStoreDoesNotHoldUpTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders", "cold")
		first, second := w.sample()
		w.apply(first)
		w.places["cold"].SetFault(func(step string) error {
			if step == "stage.write" {
				time.Sleep(time.Minute)
			}
			return nil
		})
		w.apply(second)
		w.serves(second, "hot", "orders")
		w.serves(first, "cold")
		// Alone, it has all the time that it needs.
		w.apply(second)
		w.serves(second)
	})
}

func TestOptionalStoreWithItsOwnTrouble(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders", "cold")
	first, second := w.sample()
	c, _ := w.h.at(first)
	w.apply(first)
	sideways := w.h.commit(first, c.content.with("prices", "a", "6"))
	w.applyTo("cold", sideways)
	res := w.apply(second)
	w.serves(second, "hot", "orders")
	w.serves(sideways, "cold")
	if err := res.Stores[2].Err; !errors.Is(err, applier.ErrDiverged) {
		t.Errorf("cold: error %v, want %v", err, applier.ErrDiverged)
	}
	w.release(applier.Request{Target: second, AllowDiverged: true})
	w.serves(second)
}

package applier_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
)

// activating matches all that activation does.
func activating(step string) bool { return strings.HasPrefix(step, "activate") }

func TestRequiredStoreFailsAndTheOthersGoBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders", "cold")
		w.member("orders", func(m *applier.Member) { m.Wave = 2 })
		first, second := w.sample()
		w.apply(first)
		mend := w.fail("orders", activating)
		start := time.Now()
		res, err := w.engine().Apply(t.Context(), applier.Request{Target: second, By: "ann"})
		mend()
		if err == nil || errors.Is(err, applier.ErrPartial) || !strings.Contains(err.Error(), "taken back") {
			t.Errorf("error %v, want a clear one that is not %v", err, applier.ErrPartial)
		}
		if took := time.Since(start); took < applier.DefaultDeadline || took > applier.DefaultDeadline+2*time.Second {
			t.Errorf("it took %v, want the deadline of %v", took, applier.DefaultDeadline)
		}
		w.serves(first)
		w.unstaged("hot", "orders", "cold")
		want := map[string]applier.Outcome{"hot": applier.OutcomeBack, "orders": applier.OutcomeBehind, "cold": applier.OutcomeBack}
		for store, outcome := range w.outcomes(res) {
			if outcome != want[store] {
				t.Errorf("%s: outcome %s, want %s", store, outcome, want[store])
			}
		}
		m := w.marker("hot")
		if m.Kind != applier.KindBack || m.Seq != 3 || w.marker("cold").Origin != m.Release {
			t.Errorf("the lead's marker: %+v", m)
		}
		w.apply(second) // forward again, once the store is mended
		w.serves(second)
	})
}

func TestRequiredStoreFailsAndTheOthersStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders")
		first, second := w.sample()
		w.apply(first)
		mend := w.fail("orders", activating)
		stay := func(c *applier.Config) { c.OnFailure = applier.FailureStay }
		_, err := w.engine(stay).Apply(t.Context(), applier.Request{Target: second})
		if !errors.Is(err, applier.ErrPartial) {
			t.Errorf("error %v, want %v", err, applier.ErrPartial)
		}
		// Again, too early, and with a policy that cannot take back what was live before.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = w.engine().Apply(ctx, applier.Request{Target: second})
		if !errors.Is(err, applier.ErrPartial) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want %v and that it was interrupted", err, applier.ErrPartial)
		}
		if err != nil && !strings.Contains(err.Error(), "the lead served it before this run") {
			t.Errorf("error %v does not say why it was not taken back", err)
		}
		mend()
		w.serves(second, "hot")
		w.serves(first, "orders")
		w.apply(second)
		w.serves(second)
		w.sameOrigin("hot", "orders")
	})
}

func TestWhatCannotGoBackStays(t *testing.T) {
	tests := map[string]func(w *world, first string) string{
		"first release": func(_ *world, first string) string { return first },
		"a store that is new": func(w *world, first string) string {
			hot := w.members[0]
			w.members = w.members[1:]
			w.apply(first)
			w.members = append([]applier.Member{hot}, w.members...)
			c, _ := w.h.at(first)
			return w.h.commit(first, c.content.with("prices", "a", "2"))
		},
		"the way back cannot be planned": func(w *world, first string) string {
			w.apply(first)
			c, _ := w.h.at(first)
			w.h.layout = textLayout() // replaced, so that the changes do not say what was there
			return w.h.commit(first, c.content)
		},
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 1, "hot", "orders")
				first, _ := w.sample()
				target := prepare(w, first)
				w.places["orders"].SetFault(func(step string) error {
					if !activating(step) {
						return nil
					}
					w.h.broken = errors.New("the repository is gone")
					return errors.New("out of order")
				})
				_, err := w.engine().Apply(t.Context(), applier.Request{Target: target})
				w.mend()
				if !errors.Is(err, applier.ErrPartial) {
					t.Errorf("error %v, want %v", err, applier.ErrPartial)
				}
				w.serves(target, "hot")
				w.h.broken = nil
				w.apply(target)
				w.serves(target)
			})
		})
	}
}

func TestReplacedDatasetGoesBackByPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders")
		first, _ := w.sample()
		w.apply(first)
		c, _ := w.h.at(first)
		w.h.layout = textLayout()
		next := w.h.commit(first, c.content.with("prices", "a", "8").with("prices", "b", ""))
		mend := w.fail("orders", activating)
		if _, err := w.engine().Apply(t.Context(), applier.Request{Target: next}); err == nil {
			t.Error("no error")
		}
		mend()
		w.serves(first)
		if diff := cmp.Diff(priceLayout(), w.marker("hot").Datasets["prices"].Layout); diff != "" {
			t.Errorf("layout (-want +got):\n%s", diff)
		}
	})
}

func TestInterruptedBackIsFinishedByAnyCommand(t *testing.T) {
	for _, again := range []string{"the base", "the failed target", "a fix"} {
		t.Run(again, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 1, "hot", "orders", "cold")
				w.member("cold", func(m *applier.Member) { m.Required, m.Wave = true, 2 })
				first, second := w.sample()
				w.apply(first)
				// The lead goes back; orders, which has the release, dies before it can.
				w.fail("cold", activating)
				var back atomic.Bool
				w.places["orders"].SetFault(func(string) error {
					if back.Load() {
						return errors.New("out of order")
					}
					return nil
				})
				e := w.engine(holding("cold", func(m string) {
					if m == "activate" {
						back.Store(true)
					}
				}))
				if _, err := e.Apply(t.Context(), applier.Request{Target: second}); !errors.Is(err, applier.ErrPartial) {
					t.Errorf("error %v, want %v", err, applier.ErrPartial)
				}
				w.mend()
				w.serves(first, "hot", "cold")
				w.serves(second, "orders")
				c, _ := w.h.at(first)
				target := map[string]string{
					"the base": first, "the failed target": second,
					"a fix": w.h.commit(first, c.content.with("prices", "a", "1.1")),
				}[again]
				w.apply(target)
				w.serves(target)
			})
		})
	}
}

func TestFollowerThatFallsSilentIsTakenBackToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders")
		first, second := w.sample()
		w.apply(first)
		var since time.Time
		w.places["orders"].SetFault(func(step string) error {
			if step == "activate.after" && since.IsZero() { // it is live, and nobody hears of it
				since = time.Now()
			}
			if !since.IsZero() && time.Since(since) < applier.DefaultDeadline {
				return errors.New("no route to host")
			}
			return nil
		})
		res, err := w.engine().Apply(t.Context(), applier.Request{Target: second})
		w.mend()
		if err == nil || errors.Is(err, applier.ErrPartial) {
			t.Errorf("error %v", err)
		}
		w.serves(first)
		if got := w.outcomes(res)["orders"]; got != applier.OutcomeBack {
			t.Errorf("outcome of orders: %s", got)
		}
	})
}

func TestLostReplyOnTheWayBack(t *testing.T) {
	for _, store := range []string{"hot", "cold"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, 1, "hot", "orders", "cold")
			w.member("cold", func(m *applier.Member) { m.Required = true })
			first, second := w.sample()
			w.apply(first)
			w.fail("orders", activating)
			activations := 0
			w.fail(store, func(step string) bool {
				if step == "activate.after" {
					activations++
				}
				return step == "activate.after" && activations == 2
			})
			if _, err := w.engine().Apply(t.Context(), applier.Request{Target: second}); err == nil || errors.Is(err, applier.ErrPartial) {
				t.Errorf("error %v", err)
			}
			w.mend()
			w.serves(first)
			if m := w.marker(store); m.Seq != 3 {
				t.Errorf("%s is at sequence %d, want 3: forward and back once", store, m.Seq)
			}
		})
	}
}

package applier_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
)

// activating matches all that activation does.
func activating(step string) bool { return strings.HasPrefix(step, "activate") }

func TestScheduledReleaseStagesNowAndActivatesThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders")
		first, second := w.sample()
		w.apply(first)
		midnight := time.Now().Add(8 * time.Hour) // far beyond the lease
		w.release(applier.Request{Target: second, At: midnight})
		w.serves(second)
		if at := w.events.when("orders", applier.StepStage); !at.Before(midnight.Add(-7 * time.Hour)) {
			t.Errorf("staged at %v, want at once", at)
		}
		for _, store := range []string{"hot", "orders"} {
			if at := w.events.when(store, applier.StepActivate); at.Before(midnight) || at.After(midnight.Add(time.Second)) {
				t.Errorf("%s activated at %v, want %v", store, at, midnight)
			}
		}
		if at := w.marker("hot").At; !at.Equal(midnight) {
			t.Errorf("the marker says %v, want %v", at, midnight)
		}
	})
}

func TestInterruptedWhileScheduled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders")
		first, second := w.sample()
		w.apply(first)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		res, err := w.engine().Apply(ctx, applier.Request{Target: second, At: time.Now().Add(2 * time.Hour)})
		if !errors.Is(err, context.DeadlineExceeded) || res.Changed {
			t.Errorf("changed %v, error %v", res.Changed, err)
		}
		w.serves(first)
		w.unstaged("hot", "orders")
	})
}

// gated returns a world of three waves with a gate of an hour before each.
func gated(t *testing.T) (*world, func(*applier.Config)) {
	w := newWorld(t, 1, "hot", "orders", "cold")
	w.member("orders", func(m *applier.Member) { m.Wave = 2 })
	w.member("cold", func(m *applier.Member) { m.Wave = 3; m.Required = true })
	return w, func(c *applier.Config) {
		c.Gates = []applier.Gate{
			{BeforeWave: 3, Wait: time.Hour}, {BeforeWave: 1, Wait: time.Hour}, {BeforeWave: 2, Wait: time.Hour},
		}
	}
}

func TestGatesHoldTheWaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, gates := gated(t)
		first, _ := w.sample()
		start := time.Now()
		if _, err := w.engine(gates).Apply(t.Context(), applier.Request{Target: first}); err != nil {
			t.Fatal(err)
		}
		w.serves(first)
		for store, hours := range map[string]time.Duration{"hot": 1, "orders": 2, "cold": 3} {
			if got := w.events.when(store, applier.StepActivate).Sub(start).Truncate(time.Minute); got != hours*time.Hour {
				t.Errorf("%s activated after %v, want %v", store, got, hours*time.Hour)
			}
		}
	})
}

func TestLeadIsCheckedBeforeEachWave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, gates := gated(t)
		first, second := w.sample()
		w.apply(first)
		c, _ := w.h.at(second)
		fix := w.h.commit(second, c.content.with("prices", "a", "1.2"))
		go func() {
			time.Sleep(150 * time.Minute) // orders is live, cold is still held
			w.apply(fix)
		}()
		_, err := w.engine(gates).Apply(t.Context(), applier.Request{Target: second})
		if !errors.Is(err, applier.ErrConflict) {
			t.Errorf("error %v, want %v", err, applier.ErrConflict)
		}
		w.serves(fix)
		w.unstaged("hot", "orders", "cold")
	})
}

func TestInterruptedAtAGateGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, gates := gated(t)
		first, _ := w.sample()
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Minute) // the lead is live
		defer cancel()
		start := time.Now()
		res, err := w.engine(gates).Apply(ctx, applier.Request{Target: first})
		if !errors.Is(err, context.DeadlineExceeded) || !res.Changed {
			t.Errorf("changed %v, error %v", res.Changed, err)
		}
		w.serves(first)
		if took := time.Since(start); took > 91*time.Minute {
			t.Errorf("it went on waiting, for %v", took)
		}
	})
}

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
				back := false
				w.places["orders"].SetFault(func(string) error {
					if back {
						return errors.New("out of order")
					}
					return nil
				})
				e := w.engine(holding("cold", func(m string) { back = back || m == "activate" }))
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

func TestLostRepliesAreNoFailures(t *testing.T) {
	for _, step := range []string{"activate.after", "activate.before", "activate.partition:1"} {
		for _, store := range []string{"hot", "orders"} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 2, "hot", "orders")
				first, second := w.sample()
				w.apply(first)
				w.fail(store, once(step))
				w.apply(second)
				w.mend()
				w.serves(second)
				if m := w.marker(store); m.Seq != 2 {
					t.Errorf("%s at %s: sequence %d, want 2: released once", store, step, m.Seq)
				}
			})
		}
	}
}

func TestLeadThatFallsSilent(t *testing.T) {
	for name, test := range map[string]struct {
		silent  time.Duration
		partial bool
	}{
		"until the deadline": {applier.DefaultDeadline, false},
		"for long":           {time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 1, "hot", "orders")
				first, second := w.sample()
				w.apply(first)
				var since time.Time
				w.places["hot"].SetFault(func(step string) error {
					if step == "activate.after" && since.IsZero() { // it is live, and nobody hears of it
						since = time.Now()
					}
					if !since.IsZero() && time.Since(since) < test.silent {
						return errors.New("no route to host")
					}
					return nil
				})
				_, err := w.engine().Apply(t.Context(), applier.Request{Target: second})
				if errors.Is(err, applier.ErrPartial) != test.partial || (err != nil) != test.partial {
					t.Errorf("error %v", err)
				}
				w.mend()
				w.apply(second)
				w.serves(second)
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

func TestReplyThatComesTooLateIsNoFailure(t *testing.T) {
	for _, store := range []string{"hot", "orders"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, 1, "hot", "orders")
			first, second := w.sample()
			w.apply(first)
			w.places[store].SetFault(func(step string) error {
				if step == "activate.after" {
					time.Sleep(applier.DefaultDeadline + time.Second)
					return context.DeadlineExceeded
				}
				return nil
			})
			w.apply(second)
			w.serves(second)
			if m := w.marker("hot"); m.Kind != applier.KindApply {
				t.Errorf("%s was late, and hot serves a release of kind %s", store, m.Kind)
			}
		})
	}
}

func TestLeadThatRefusesIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders")
		first, second := w.sample()
		w.apply(first)
		w.fail("hot", activating)
		res, err := w.engine().Apply(t.Context(), applier.Request{Target: second})
		if err == nil || !strings.Contains(err.Error(), "store hot: nothing was released") || res.Changed {
			t.Errorf("changed %v, error %v", res.Changed, err)
		}
		w.serves(first)
		w.unstaged("hot", "orders")
	})
}

func TestLostStageIsStagedAgain(t *testing.T) {
	for _, store := range []string{"hot", "orders"} {
		w := newWorld(t, 1, "hot", "orders")
		first, second := w.sample()
		w.apply(first)
		gone := false
		e := w.engine(holding(store, func(m string) {
			if m != "activate" || gone {
				return
			}
			gone = true // somebody cleaned up
			for _, s := range w.state(store).Staged {
				if err := open(store, w.places[store]).Discard(t.Context(), applier.Release{ID: s.Release, Attempt: s.Attempt}); err != nil {
					t.Error(err)
				}
			}
		}))
		if _, err := e.Apply(t.Context(), applier.Request{Target: second}); err != nil {
			t.Fatal(err)
		}
		w.serves(second)
		w.unstaged("hot", "orders")
	}
}

func TestSlowActivationMayTakeAsLongAsStaging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders")
		first, _ := w.sample()
		for _, place := range w.places {
			place.SetFault(func(step string) error {
				if step == "stage.seal:0" || step == "activate.partition:0" {
					time.Sleep(time.Minute) // a very large release
				}
				return nil
			})
		}
		w.apply(first)
		w.serves(first)
	})
}

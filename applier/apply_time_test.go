package applier_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
)

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
			if at := w.events.when(store, applier.StepStage); !at.Equal(start) {
				t.Errorf("%s was staged again at %v: the lease does not outlast the gates", store, at)
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
		for i, m := range w.members {
			w.members[i].Store = slow{m.Store}
		}
		w.apply(first)
		w.serves(first)
	})
}

// slow is a store that takes a minute for everything, and gives up when its context ends.
type slow struct{ applier.Store }

func (s slow) Stage(ctx context.Context, r applier.Release, changes iter.Seq2[planner.Change, error]) (applier.Receipt, error) {
	if err := s.wait(ctx); err != nil {
		return applier.Receipt{}, err
	}
	return s.Store.Stage(ctx, r, changes)
}

func (s slow) Activate(ctx context.Context, r applier.Release) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	return s.Store.Activate(ctx, r)
}

func (slow) wait(ctx context.Context) error {
	select {
	case <-time.After(time.Minute):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

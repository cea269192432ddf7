package applier_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
)

// held is a store that lets a test act before one of its methods runs, on behalf of one
// process and not of the others.
type held struct {
	applier.Store
	before func(method string)
}

func (h held) Activate(ctx context.Context, r applier.Release) error {
	h.before("activate")
	return h.Store.Activate(ctx, r)
}

func (h held) Stage(ctx context.Context, r applier.Release, changes iter.Seq2[planner.Change, error]) (applier.Receipt, error) {
	h.before("stage")
	return h.Store.Stage(ctx, r, changes)
}

// holding makes an engine's store act before its methods run.
func holding(store string, before func(method string)) func(*applier.Config) {
	return func(c *applier.Config) {
		for i, m := range c.Members {
			if m.Name == store {
				c.Members[i].Store = held{m.Store, before}
			}
		}
	}
}

// jitter makes every step of every store take a random time.
func (w *world) jitter(seed uint64) {
	var mu sync.Mutex
	rnd := rand.New(rand.NewPCG(seed, 1))
	for _, place := range w.places {
		place.SetFault(func(string) error {
			mu.Lock()
			d := time.Duration(rnd.IntN(1000)) * time.Microsecond
			mu.Unlock()
			time.Sleep(d)
			return nil
		})
	}
}

// acceptable are the errors of a run that lost to another.
func acceptable(err error) bool {
	return err == nil || errors.Is(err, applier.ErrConflict) ||
		errors.Is(err, applier.ErrSuperseded) || errors.Is(err, applier.ErrDiverged)
}

func TestTwoAppliersAtOnce(t *testing.T) {
	others := []func(w *world, first, second string) string{
		func(_ *world, _, second string) string { return second }, // the same commit
		func(w *world, first, _ string) string { // a sibling
			return w.h.commit(first, content{}.with("prices", "a", "77").with("rules", "x", "1"))
		},
		func(w *world, _, second string) string { // the one after
			return w.h.commit(second, content{}.with("prices", "z", "5"))
		},
	}
	rounds := 120
	if testing.Short() {
		rounds = 30
	}
	for round := range rounds {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 1+round%2, "hot", "orders")
				first, second := w.sample()
				w.apply(first)
				other := others[round%3](w, first, second)
				w.jitter(uint64(round))
				w.race(uint64(round), second, other)
			})
		})
	}
}

// race applies two commits at once and fails the test unless one of them owns the
// release everywhere in the end.
func (w *world) race(seed uint64, targets ...string) {
	w.t.Helper()
	errs := make([]error, len(targets))
	var wg sync.WaitGroup
	head := rand.New(rand.NewPCG(seed, 2))
	for i, target := range targets {
		e := w.engine()
		start := time.Duration(head.IntN(8)) * time.Millisecond
		wg.Go(func() {
			time.Sleep(start)
			_, errs[i] = e.Apply(w.t.Context(), applier.Request{Target: target, By: fmt.Sprint(i)})
		})
	}
	wg.Wait()
	w.mend()
	for _, err := range errs {
		if !acceptable(err) {
			w.t.Errorf("a run ended with %v", err)
		}
	}
	live := w.marker("hot").Commit
	if !slices.Contains(targets, live) {
		w.t.Fatalf("neither won; errors: %v", errs)
	}
	w.serves(live)
	w.sameOrigin("hot", "orders")
	if w.parts == 1 {
		w.unstaged("hot", "orders")
	}
	// Whoever won, the next release finds stores that agree with themselves. What a
	// loser could not throw away, because its release was half live, has expired then.
	time.Sleep(applier.DefaultLease)
	next := w.h.commit(live, content{}.with("prices", "n", "1"))
	w.apply(next)
	w.serves(next)
	w.unstaged("hot", "orders")
}

func TestSleeperLosesToAReleaseAndItsRollback(t *testing.T) {
	for _, method := range []string{"stage", "activate"} {
		t.Run(method, func(t *testing.T) {
			w := newWorld(t, 1, "hot", "orders")
			first, second := w.sample()
			w.apply(first)
			c, _ := w.h.at(first)
			other := w.h.commit(first, c.content.with("prices", "a", "5"))
			revert := w.h.commit(other, c.content)

			var nap sync.Once
			sleeper := w.engine(holding("hot", func(m string) {
				if m == method {
					nap.Do(func() {
						w.apply(other)
						w.apply(revert) // the data is again what the sleeper planned from
					})
				}
			}))
			res, err := sleeper.Apply(t.Context(), applier.Request{Target: second})
			if !errors.Is(err, applier.ErrConflict) || res.Changed {
				t.Errorf("the sleeper changed something: %v, error %v", res.Changed, err)
			}
			w.serves(revert)
			w.unstaged("hot", "orders")
		})
	}
}

func TestSleeperBetweenLeadAndFollowerStops(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(first)
	c, _ := w.h.at(second)
	third := w.h.commit(second, c.content.with("prices", "a", "5"))
	var nap sync.Once
	sleeper := w.engine(holding("orders", func(m string) {
		if m == "activate" {
			nap.Do(func() { w.apply(third) })
		}
	}))
	_, err := sleeper.Apply(t.Context(), applier.Request{Target: second})
	if !errors.Is(err, applier.ErrConflict) || errors.Is(err, applier.ErrPartial) {
		t.Errorf("error %v, want %v alone", err, applier.ErrConflict)
	}
	w.serves(third)
	w.unstaged("hot", "orders")
}

func TestNothingIsActivatedOnceTheLeadIsLost(t *testing.T) {
	// Somebody takes the lead while we hold before the last wave, and gets no further.
	synctest.Test(t, func(t *testing.T) {
		w, gates := gated(t)
		first, second := w.sample()
		w.apply(first)
		third := w.h.commit(second, content{}.with("prices", "a", "5"))
		go func() {
			time.Sleep(150 * time.Minute) // orders is live, cold is still held
			w.applyTo("hot", third)
		}()
		_, err := w.engine(gates).Apply(t.Context(), applier.Request{Target: second})
		if !errors.Is(err, applier.ErrConflict) {
			t.Errorf("error %v, want %v", err, applier.ErrConflict)
		}
		w.serves(third, "hot")
		w.serves(second, "orders")
		w.serves(first, "cold")
		w.unstaged("hot", "orders", "cold")
		if at := w.events.when("hot", applier.StepBack); !at.IsZero() {
			t.Error("it tried to take back what is somebody else's")
		}
	})
}

func TestFollowerThatMovedIsLeftAloneOnceTheLeadIsLost(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, _ := w.sample()
	w.apply(first)
	middle := w.h.commit(first, content{}.with("prices", "a", "2"))
	second := w.h.commit(middle, content{}.with("prices", "a", "3"))
	third := w.h.commit(second, content{}.with("prices", "a", "4"))
	var nap sync.Once
	sleeper := w.engine(holding("orders", func(m string) {
		if m == "activate" {
			nap.Do(func() {
				w.applyTo("hot", third)
				w.applyTo("orders", middle)
			})
		}
	}))
	if _, err := sleeper.Apply(t.Context(), applier.Request{Target: second}); !errors.Is(err, applier.ErrConflict) {
		t.Errorf("error %v, want %v", err, applier.ErrConflict)
	}
	w.serves(third, "hot")
	w.serves(middle, "orders")
}

// applyTo releases a commit to one store alone, as a run that got no further does.
func (w *world) applyTo(store, target string) {
	w.t.Helper()
	alone := w.engine(func(c *applier.Config) {
		c.Members = slices.DeleteFunc(c.Members, func(m applier.Member) bool { return m.Name != store })
		c.Members[0].Required = true
	})
	if _, err := alone.Apply(w.t.Context(), applier.Request{Target: target}); err != nil {
		w.t.Errorf("apply %s to %s: %v", target, store, err)
	}
}

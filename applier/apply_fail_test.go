package applier_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/promoctl/promoctl/applier"
)

// counter counts the steps of all stores of a world, in the order in which they happen,
// and lets a test act at one of them.
type counter struct {
	mu sync.Mutex
	n  int
}

// watch has act called at each step with its number, counted over all stores.
func (w *world) watch(act func(n int, store, step string) error) *counter {
	c := &counter{}
	for name, place := range w.places {
		place.SetFault(func(step string) error {
			c.mu.Lock()
			n := c.n
			c.n++
			c.mu.Unlock()
			return act(n, name, step)
		})
	}
	return c
}

func (w *world) mend() {
	for _, place := range w.places {
		place.SetFault(nil)
	}
}

// eachStep runs a test for each step of a release from one commit to the next: the
// n-th run is told to do its worst at step n, and returns how many steps there were.
func eachStep(t *testing.T, name string, stores []string, run func(t *testing.T, w *world, first, second string, n int) int) {
	for _, partitions := range []int{1, 2} {
		for n, more := 0, true; more; n++ {
			t.Run(fmt.Sprintf("%s/partitions=%d/step=%d", name, partitions, n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, partitions, stores...)
					first, second := w.sample()
					w.apply(first)
					more = n < run(t, w, first, second, n)
				})
			})
		}
	}
}

func TestKilledAtAnyStepIsFinishedByTheSameCommand(t *testing.T) {
	stores := []string{"hot", "orders"}
	eachStep(t, "kill", stores, func(t *testing.T, w *world, first, second string, n int) int {
		// A process that is killed reaches nothing any more, whatever it tries.
		c := w.watch(func(i int, _, _ string) error {
			if i >= n {
				return errors.New("killed")
			}
			return nil
		})
		_, err := w.engine().Apply(t.Context(), applier.Request{Target: second, By: "ann"})
		w.mend()
		if steps := c.n; err == nil {
			w.serves(second)
			return steps
		}
		if w.state("hot").Unfinished == nil && w.state("orders").Unfinished == nil {
			w.whole(first, second, stores...)
		}
		w.apply(second)
		w.serves(second)
		w.sameOrigin("hot", "orders")
		return c.n
	})
}

func TestOneFailureAtAnyStep(t *testing.T) {
	stores := []string{"hot", "orders"}
	eachStep(t, "hiccup", stores, func(t *testing.T, w *world, first, second string, n int) int {
		c := w.watch(func(i int, _, _ string) error {
			if i == n {
				return errors.New("hiccup")
			}
			return nil
		})
		res, err := w.engine().Apply(t.Context(), applier.Request{Target: second})
		w.mend()
		if res.Changed {
			w.serves(second) // once the lead is live, a hiccup is got over
			if err != nil {
				t.Errorf("live everywhere, and yet: %v", err)
			}
			return c.n
		}
		w.serves(first)
		if err == nil {
			t.Error("nothing changed and no error")
		}
		w.apply(second)
		w.serves(second)
		return c.n
	})
}

func TestStoreThatDiesAtAnyStep(t *testing.T) {
	stores := []string{"hot", "orders"}
	for _, dead := range stores {
		eachStep(t, "dead "+dead, stores, func(t *testing.T, w *world, first, second string, n int) int {
			c := w.watch(func(i int, store, _ string) error {
				if i >= n && store == dead {
					return errors.New("connection refused")
				}
				return nil
			})
			_, err := w.engine().Apply(t.Context(), applier.Request{Target: second})
			w.mend()
			if err == nil {
				w.serves(second)
				return c.n
			}
			if dead == "orders" {
				w.serves(first, "hot") // the lead was never released to, or taken back
			}
			if strings.Contains(err.Error(), "readers see what they saw before") {
				w.serves(first)
			}
			w.apply(second)
			w.serves(second)
			return c.n
		})
	}
}

func TestInterruptedAtAnyStep(t *testing.T) {
	stores := []string{"hot", "orders"}
	eachStep(t, "cancel", stores, func(t *testing.T, w *world, first, second string, n int) int {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := w.watch(func(i int, _, _ string) error {
			if i == n {
				cancel()
			}
			return nil
		})
		res, err := w.engine().Apply(ctx, applier.Request{Target: second})
		w.mend()
		switch {
		case n >= c.n && err != nil:
			t.Errorf("nobody interrupted, and yet: %v", err)
		case n < c.n && !errors.Is(err, context.Canceled):
			t.Errorf("error %v, want %v", err, context.Canceled)
		case res.Changed:
			w.serves(second)
		default:
			w.serves(first)
			w.unstaged(stores...)
		}
		return c.n
	})
}

// sameOrigin fails the test unless all stores serve the same release of the lead, and
// say the same of it.
func (w *world) sameOrigin(lead string, others ...string) {
	w.t.Helper()
	for _, store := range others {
		if got, want := w.marker(store).Origin, w.marker(lead).Release; got != want {
			w.t.Fatalf("store %s serves a release of origin %s, the lead %s", store, got, want)
		}
		if got, want := w.marker(store).Plan, w.marker(lead).Plan; got != want {
			w.t.Fatalf("store %s says its plan was %s, the lead %s", store, got.Short(), want.Short())
		}
	}
}

func TestRequiredStoreDownStopsBeforeStaging(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(first)
	mend := w.fail("orders", only("live"))
	res, err := w.engine().Apply(t.Context(), applier.Request{Target: second})
	if err == nil || !strings.Contains(err.Error(), "store orders") {
		t.Errorf("error %v does not name the store", err)
	}
	if got := w.outcomes(res)["orders"]; got != applier.OutcomeUnknown {
		t.Errorf("outcome of the store that is down: %s", got)
	}
	mend()
	w.serves(first)
	for _, step := range w.events.ended("hot")[len(w.events.ended("hot"))-1:] {
		if step != applier.StepLive {
			t.Errorf("the other store got as far as %s", step)
		}
	}
}

func TestFailedStagingLeavesNothing(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(first)
	w.places["orders"].SetRoom(1)
	_, err := w.engine().Apply(t.Context(), applier.Request{Target: second})
	if err == nil || !strings.Contains(err.Error(), "store orders: stage:") || strings.Contains(err.Error(), "hot") {
		t.Errorf("error %v, want one of orders alone", err)
	}
	w.places["orders"].SetRoom(-1)
	w.serves(first)
	w.unstaged("hot", "orders")
}

func TestFailureOfThePlanner(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(first)
	w.h.broken = errors.New("object not found")
	if _, err := w.engine().Apply(t.Context(), applier.Request{Target: second}); !errors.Is(err, w.h.broken) {
		t.Errorf("error %v, want %v", err, w.h.broken)
	}
	w.serves(first)
}

package applier_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/promoctl/promoctl/applier"
)

// late is a store whose activation is reported as failed and arrives later.
type late struct {
	applier.Store
	by time.Duration
}

func (l late) Activate(_ context.Context, r applier.Release) error {
	go func() {
		time.Sleep(l.by)
		_ = l.Store.Activate(context.Background(), r)
	}()
	return errors.New("connection reset")
}

func TestActivationThatArrivesLateFindsNothing(t *testing.T) {
	for _, store := range []string{"hot", "orders"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, 1, "hot", "orders", "cold")
			w.member("cold", func(m *applier.Member) { m.Required = true })
			first, second := w.sample()
			w.apply(first)
			w.places["cold"].SetFault(func(step string) error {
				if step == "stage.seal:0" {
					time.Sleep(5 * time.Second) // so that there is time to arrive on the way back
				}
				return nil
			})
			e := w.engine(func(c *applier.Config) {
				for i, m := range c.Members {
					if m.Name == store {
						c.Members[i].Store = late{m.Store, applier.DefaultDeadline + time.Second}
					}
				}
			})
			if _, err := e.Apply(t.Context(), applier.Request{Target: second}); err == nil {
				t.Error("no error")
			}
			w.serves(first)
			time.Sleep(time.Minute)
			w.serves(first)
		})
	}
}

func TestSameReleaseByAnotherRunIsDone(t *testing.T) {
	for _, method := range []string{"stage", "activate"} {
		for _, store := range []string{"hot", "orders"} {
			w := newWorld(t, 1, "hot", "orders")
			first, second := w.sample()
			w.apply(first)
			var nap sync.Once
			e := w.engine(holding(store, func(m string) {
				if m == method {
					nap.Do(func() { w.apply(second) })
				}
			}))
			if _, err := e.Apply(t.Context(), applier.Request{Target: second}); err != nil {
				t.Errorf("asleep before %s of %s: %v", method, store, err)
			}
			w.serves(second)
			w.unstaged("hot", "orders")
			if m := w.marker(store); m.Seq != 2 {
				t.Errorf("%s is at sequence %d, want 2", store, m.Seq)
			}
		}
	}
}

func TestFollowerBroughtAlongByAnotherRunIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders", "cold")
		w.member("cold", func(m *applier.Member) { m.Required, m.Wave = true, 2 })
		first, second := w.sample()
		w.apply(first)
		third := w.h.commit(second, content{}.with("prices", "a", "5"))
		w.fail("cold", activating)
		var nap sync.Once
		e := w.engine(holding("orders", func(m string) {
			if m == "activate" {
				nap.Do(func() { // another run of ours, from another base
					w.applyTo("orders", second)
					other := w.engine(func(c *applier.Config) { c.Members = c.Members[:2] })
					if _, err := other.Apply(t.Context(), applier.Request{Target: third}); err != nil {
						t.Error(err)
					}
				})
			}
		}))
		if _, err := e.Apply(t.Context(), applier.Request{Target: third}); err == nil || errors.Is(err, applier.ErrPartial) {
			t.Errorf("error %v", err)
		}
		w.mend()
		w.serves(first)
	})
}

func TestFollowerThatDivergedUnderUsIsNotOverwritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders")
		first, second := w.sample()
		w.apply(first)
		sideways := w.h.commit(first, content{}.with("prices", "a", "5"))
		var nap sync.Once
		e := w.engine(holding("orders", func(m string) {
			if m == "activate" {
				nap.Do(func() { w.applyTo("orders", sideways) })
			}
		}))
		start := time.Now()
		if _, err := e.Apply(t.Context(), applier.Request{Target: second}); !errors.Is(err, applier.ErrDiverged) {
			t.Errorf("error %v, want %v", err, applier.ErrDiverged)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %v to see that trying again is no use", took)
		}
		w.serves(first, "hot")
		w.serves(sideways, "orders")
	})
}

// silent is a lead whose activation arrives just after its marker was read for the last time.
type silent struct {
	applier.Store
	after  time.Time
	missed *applier.Release
}

func (s *silent) Activate(_ context.Context, r applier.Release) error {
	s.missed = &r
	return errors.New("connection reset")
}

func (s *silent) Live(ctx context.Context) (applier.State, error) {
	state, err := s.Store.Live(ctx)
	if s.missed != nil && !time.Now().Before(s.after) {
		_ = s.Store.Activate(context.WithoutCancel(ctx), *s.missed)
	}
	return state, err
}

func TestLastLookAtTheLeadIsFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders")
		first, second := w.sample()
		w.apply(first)
		e := w.engine(func(c *applier.Config) {
			c.Members[0].Store = &silent{Store: c.Members[0].Store, after: time.Now().Add(applier.DefaultDeadline)}
		})
		if _, err := e.Apply(t.Context(), applier.Request{Target: second}); err == nil {
			t.Error("no error")
		}
		w.serves(first)
	})
}

func TestFollowerThatMovedIsPlannedAnew(t *testing.T) {
	for _, partitions := range []int{1, 2} {
		w := newWorld(t, partitions, "hot", "orders")
		first, second := w.sample()
		w.apply(first)
		c, _ := w.h.at(second)
		third := w.h.commit(second, c.content.with("prices", "a", "5").with("rules", "r", ""))
		// Somebody else who owned the lead before us is late on the follower.
		var once sync.Once
		ours := w.engine(holding("orders", func(m string) {
			if m == "activate" {
				once.Do(func() { w.applyTo("orders", second) })
			}
		}))
		if _, err := ours.Apply(t.Context(), applier.Request{Target: third}); err != nil {
			t.Fatal(err)
		}
		w.serves(third)
		w.sameOrigin("hot", "orders")
		w.unstaged("hot", "orders")
		if m := w.marker("orders"); m.Seq != 3 {
			t.Errorf("orders is at sequence %d, want 3: the late one's and ours", m.Seq)
		}
	}
}

func TestFailedReleaseOfALostLeadIsNotTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders")
		first, second := w.sample()
		w.apply(first)
		c, _ := w.h.at(second)
		third := w.h.commit(second, c.content.with("prices", "a", "5"))
		w.fail("orders", func(step string) bool { return strings.HasPrefix(step, "activate") })
		stages := 0
		ours := w.engine(holding("hot", func(m string) {
			if stages++; m == "stage" && stages > 2 { // the way back
				w.mend()
				w.apply(third)
			}
		}))
		_, err := ours.Apply(t.Context(), applier.Request{Target: second})
		if !errors.Is(err, applier.ErrConflict) {
			t.Errorf("error %v, want %v", err, applier.ErrConflict)
		}
		w.serves(third)
		w.unstaged("hot", "orders")
	})
}

func TestUnfinishedPartitionIsFinishedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2, "hot", "orders")
		first, second := w.sample()
		w.apply(first)
		c, _ := w.h.at(second)
		third := w.h.commit(second, c.content.with("prices", "b", "5"))
		w.fail("hot", func(step string) bool { return step == "activate.partition:1" })
		_, err := w.engine().Apply(t.Context(), applier.Request{Target: second})
		if !errors.Is(err, applier.ErrPartial) {
			t.Errorf("error %v, want %v", err, applier.ErrPartial)
		}
		w.mend()
		if w.state("hot").Unfinished == nil {
			t.Fatal("the lead is not half-way")
		}
		w.serves(first, "orders")
		time.Sleep(time.Hour) // a partly activated stage outlives its lease
		w.apply(third)
		w.serves(third)
		if got := w.state("hot").History[0].Commit; got != second {
			t.Errorf("the release before is of %s, want the one that was finished", got)
		}
	})
}

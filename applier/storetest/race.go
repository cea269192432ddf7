package storetest

import (
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/promoctl/promoctl/applier"
)

func raceChecks() []check {
	return []check{
		{"the sleeper that wakes after a release and its rollback loses", sleeper},
		{"two appliers at once: exactly one wins, 100 times", race},
		{"two appliers of the same release: both are done and it is live once", raceOfEquals},
		{"one handle may be used by many at once", sharedHandle},
	}
}

func sleeper(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	same := r.move(sale(20, 2)) // what the other will release as well
	other := r.move(sale(20, 3))
	r.stage(r.open(), same)
	r.stage(r.open(), other)
	winner := r.release(sale(20, 2))
	if winner.ID != same.ID {
		t.Fatalf("the same release has IDs %s and %s", winner.ID, same.ID)
	}
	r.release(sale(20, 1)) // the commit and the data of before
	for what, m := range map[string]Move{"the same target": same, "another target": other} {
		r.wants(what, r.open().Activate(t.Context(), m.Release), applier.ErrConflict)
		r.expect("after the sleeper with " + what)
		late := m.Again()
		_, err := r.open().Stage(t.Context(), late.Release, late.Seq())
		r.wants(what+", staged late", err, applier.ErrConflict)
		r.must("discard", r.open().Discard(t.Context(), m.Release))
		r.expect("after the sleeper was discarded")
	}
	r.release(sale(20, 4))
	r.expect("after the next release")
}

// outcome is how one of two racing releases ended.
type outcome struct {
	move Move
	err  error
}

// run starts both at once and returns how they ended.
func (r *rig) run(stores [2]applier.Store, moves [2]Move, stagedBefore bool) [2]outcome {
	start := make(chan struct{})
	ends := [2]chan outcome{make(chan outcome, 1), make(chan outcome, 1)}
	for i := range moves {
		go func() {
			<-start
			ends[i] <- outcome{moves[i], r.try(stores[i], moves[i], stagedBefore)}
		}()
	}
	close(start)
	return [2]outcome{<-ends[0], <-ends[1]}
}

// try releases m, and returns the error instead of failing the test.
func (r *rig) try(store applier.Store, m Move, stagedBefore bool) error {
	if !stagedBefore {
		if _, err := store.Stage(r.Context(), m.Release, m.Seq()); err != nil {
			return fmt.Errorf("stage: %w", err)
		}
	}
	return store.Activate(r.Context(), m.Release)
}

func race(t testing.TB, s Suite) {
	r := serving(t, s, sale(8, 1))
	stores := [2]applier.Store{r.open(), r.open()}
	rounds := short(testing.Short(), 100, 20)
	for round := range rounds {
		moves := [2]Move{r.move(sale(8, 2*round)), r.move(sale(8, 2*round+1))}
		stagedBefore := round%2 == 0
		if stagedBefore {
			r.stage(stores[0], moves[0])
			r.stage(stores[1], moves[1])
		}
		ends := r.run(stores, moves, stagedBefore)
		if !r.oneWins(fmt.Sprintf("round %d", round), ends) {
			return
		}
		if round%10 == 9 || round == rounds-1 {
			r.expect(fmt.Sprintf("after round %d", round))
		}
	}
	if r.live.Seq != uint64(rounds)+1 {
		t.Errorf("sequence %d after %d rounds", r.live.Seq, rounds)
	}
}

// oneWins checks that one release is live and the other lost, and throws that away.
func (r *rig) oneWins(when string, ends [2]outcome) bool {
	r.Helper()
	winner, loser := ends[0], ends[1]
	if winner.err != nil {
		winner, loser = loser, winner
	}
	if winner.err != nil || !errors.Is(loser.err, applier.ErrConflict) {
		r.Errorf("%s: errors %v and %v, want one winner and one ErrConflict", when, ends[0].err, ends[1].err)
		return false
	}
	r.became(winner.move)
	r.must("discard the loser", r.store.Discard(r.Context(), loser.move.Release))
	if got := r.state(r.store).Live; !got.Equal(r.live) {
		r.Errorf("%s: the live marker is not the winner's: %v", when, got)
		return false
	}
	return true
}

func raceOfEquals(t testing.TB, s Suite) {
	r := serving(t, s, sale(8, 1))
	stores := [2]applier.Store{r.open(), r.open()}
	for round := range short(testing.Short(), 20, 5) {
		m := r.move(sale(8, 2+round))
		moves := [2]Move{m, m.Again()}
		r.stage(stores[0], moves[0])
		r.stage(stores[1], moves[1])
		for _, end := range r.run(stores, moves, true) {
			r.must("activate", end.err)
		}
		r.became(m)
		r.expect(fmt.Sprintf("after round %d", round))
		for _, m := range moves {
			r.must("discard", r.store.Discard(t.Context(), m.Release))
		}
	}
}

// sharedHandle stages several releases through one handle at once, while others read,
// and activates one of them.
func sharedHandle(t testing.TB, s Suite) {
	r := serving(t, s, sale(30, 1))
	moves := []Move{r.move(sale(30, 2)), r.move(sale(30, 3)), r.move(sale(30, 4)), r.move(sale(30, 5))}
	var all errgroup.Group
	for _, m := range moves {
		all.Go(func() error {
			_, err := r.store.Stage(t.Context(), m.Release, m.Seq())
			return err
		})
		all.Go(func() error {
			_, err := r.store.Live(t.Context())
			return err
		})
		if scanner, ok := r.store.(applier.Scanner); ok {
			all.Go(func() error {
				_, _, err := scanAll(t.Context(), scanner, "prices", priceLayout())
				return err
			})
		}
	}
	r.must("stage, read and scan at once", all.Wait())
	r.expect("staged")
	if n := len(r.state(r.store).Staged); n != len(moves) {
		t.Errorf("%d stages, want %d", n, len(moves))
	}
	for _, m := range moves[1:] {
		all.Go(func() error { return r.store.Discard(t.Context(), m.Release) })
	}
	all.Go(func() error { return r.store.Activate(t.Context(), moves[0].Release) })
	r.must("discard and activate at once", all.Wait())
	r.became(moves[0])
	r.expect("activated")
}

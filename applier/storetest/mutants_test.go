package storetest

import (
	"flag"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/promoctl/promoctl/applier/memstore"
)

func TestMain(m *testing.M) {
	// The property is made to fail here: keep no record of it, and do not shrink.
	flag.Parse()
	for name, value := range map[string]string{"rapid.nofailfile": "true", "rapid.shrinktime": "0s"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

// mutant is a store that breaks the contract in one way, and the checks that must see it.
type mutant struct {
	name       string
	partitions int // 1 if zero
	breakage   func(f *faulty)
	seenBy     []string
}

func (m mutant) suite() Suite {
	partitions := max(1, m.partitions)
	return Suite{Partitions: partitions, New: func(testing.TB) Place {
		return &memory{Place: memstore.NewPlace(partitions), breakage: m.breakage}
	}}
}

// TestSuiteSeesMutants proves that the suite can fail: for each broken store the
// checks that are about it fail.
func TestSuiteSeesMutants(t *testing.T) {
	byName := map[string]check{}
	for _, c := range checks() {
		if _, twice := byName[c.name]; twice {
			t.Errorf("two checks are named %q", c.name)
		}
		byName[c.name] = c
	}
	for _, m := range mutants() {
		t.Run(m.name, func(t *testing.T) {
			for _, name := range m.seenBy {
				c, ok := byName[name]
				if !ok {
					t.Errorf("there is no check %q", name)
					continue
				}
				r := record(t, c, m.suite())
				if !r.Failed() {
					t.Errorf("%q does not see it; it said %q", name, r.notes)
					continue
				}
				t.Logf("%q sees it: %.300s", name, r.notes[0])
			}
		})
	}
}

// TestEveryCheckCanFail demands a mutant for each check.
func TestEveryCheckCanFail(t *testing.T) {
	var seen []string
	for _, m := range mutants() {
		seen = append(seen, m.seenBy...)
	}
	for _, c := range checks() {
		if !slices.Contains(seen, c.name) {
			t.Errorf("no mutant is seen by %q", c.name)
		}
	}
}

// TestNoMutantNoFailure is the control: the same machinery with nothing broken, and
// more partitions than memstore's own run has.
func TestNoMutantNoFailure(t *testing.T) {
	sound := mutant{partitions: 3, breakage: func(*faulty) {}}
	for _, c := range checks() {
		if r := record(t, c, sound.suite()); r.Failed() {
			t.Errorf("%q fails on a sound store: %q", c.name, r.notes)
		}
	}
}

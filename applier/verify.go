package applier

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// VerifyReport says how live records compare with a commit.
type VerifyReport struct {
	Stores []StoreVerify // in the order of the pipeline file
}

// Clean reports whether every record of every store is what it should be, and every
// marker tells the truth about them.
func (v *VerifyReport) Clean() bool {
	return !slices.ContainsFunc(v.Stores, func(s StoreVerify) bool { return !s.Clean() })
}

// StoreVerify is the comparison of one store. If Err is set the rest is incomplete.
type StoreVerify struct {
	Store    string
	Marker   Marker          // of the state that was compared
	Commit   string          // that it was compared with; empty: never released to
	Datasets []DatasetVerify // sorted by name
	Drift    DriftError      // the first MaxDrift records that differ, by dataset and key, and how many do
	Err      error
}

// Clean reports whether the store holds exactly the commit's records.
func (s *StoreVerify) Clean() bool {
	return s.Err == nil && s.Drift.Total == 0 &&
		!slices.ContainsFunc(s.Datasets, func(d DatasetVerify) bool { return !d.DigestOK() })
}

// DatasetVerify counts how the records of one dataset compare.
type DatasetVerify struct {
	Name      string
	Missing   int             // in the commit, not in the store
	Extra     int             // in the store, not in the commit
	Different int             // in both, and not equal
	Counted   spec.DataDigest // what the store holds, counted record by record
	Claimed   spec.DataDigest // what its marker says it holds
}

// DigestOK reports whether the marker tells the truth about the dataset.
func (d DatasetVerify) DigestOK() bool { return d.Counted == d.Claimed }

// verifyTries is how often the comparison of a store starts anew because a release
// became live while it was read.
const verifyTries = 3

// Verify compares the live records of stores, one by one, with a commit: all stores if
// none is named, and each with its own live commit if commit is empty. Stores are read
// at once, each as one consistent state. What goes wrong with one store is in its
// StoreVerify; the error is for names that no store has.
func (e *Engine) Verify(ctx context.Context, commit string, stores []string) (*VerifyReport, error) {
	members, err := e.named(stores)
	if err != nil {
		return nil, err
	}
	report := &VerifyReport{Stores: make([]StoreVerify, len(members))}
	var wg sync.WaitGroup
	for i, m := range members {
		wg.Go(func() {
			s := e.begin(StepVerify, m.Name, Release{})
			v := e.verifyStore(ctx, m, commit)
			s.event.Release, s.event.Commit, s.event.Seq = v.Marker.Release, v.Commit, v.Marker.Seq
			s.event.Drift = v.Drift.Total
			s.end(v.Err)
			report.Stores[i] = v
		})
	}
	wg.Wait()
	return report, nil
}

// named returns the members of those names, in the order of the pipeline file.
func (e *Engine) named(stores []string) ([]Member, error) {
	for _, name := range stores {
		if !slices.ContainsFunc(e.members, func(m Member) bool { return m.Name == name }) {
			return nil, fmt.Errorf("verify: there is no store %q", name)
		}
	}
	return slices.DeleteFunc(slices.Clone(e.members), func(m Member) bool {
		return len(stores) > 0 && !slices.Contains(stores, m.Name)
	}), nil
}

func (e *Engine) verifyStore(ctx context.Context, m Member, commit string) StoreVerify {
	var v StoreVerify
	for range verifyTries {
		v = StoreVerify{Store: m.Name, Commit: commit}
		if v.Err = e.verifyOnce(ctx, m, &v); !isLost(v.Err) {
			break
		}
	}
	return v
}

// verifyOnce compares one store. It returns ErrConflict if the store moved meanwhile.
func (e *Engine) verifyOnce(ctx context.Context, m Member, v *StoreVerify) error {
	state, err := e.read(ctx, m)
	if err != nil {
		return err
	}
	v.Marker = state.Live
	if state.Unfinished != nil {
		return fmt.Errorf("a part of it serves release %s of commit %s; run promoctl apply to finish it first",
			state.Unfinished.ID, state.Unfinished.Target.Commit)
	}
	if v.Commit == "" {
		v.Commit = state.Live.Commit
	}
	if state.Live.IsZero() {
		return errors.New("nothing was released to it yet")
	}
	scanner, ok := m.Store.(Scanner)
	if !ok {
		return errors.New("its driver cannot list live records")
	}
	whole, err := e.planner.StorePlan(ctx, m.Name, "", v.Commit)
	if err != nil {
		return fmt.Errorf("plan the whole content of %s: %w", v.Commit, err)
	}
	wanted := byDataset(whole.Changes)
	for _, name := range verifyNames(state.Live, whole) {
		d, err := v.compare(ctx, scanner, name, whole.Datasets[name].Target, wanted[name])
		if err != nil {
			return fmt.Errorf("dataset %s: %w", name, err)
		}
		v.Datasets = append(v.Datasets, d)
	}
	return nil
}

func verifyNames(live Marker, whole *planner.StorePlan) []string {
	names := slices.Collect(maps.Keys(live.Datasets))
	for name := range whole.Datasets {
		if _, ok := live.Datasets[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// compare compares one dataset. Layout is that of the commit, for datasets that the
// store does not hold; those it holds are read as it says it holds them.
func (v *StoreVerify) compare(ctx context.Context, scanner Scanner, name string, layout *spec.Layout, wanted []planner.Change) (DatasetVerify, error) {
	held, ok := v.Marker.Datasets[name]
	d := DatasetVerify{Name: name, Claimed: held.Data}
	if ok {
		layout = &held.Layout
	}
	if layout == nil {
		return d, nil
	}
	marker, live, err := scanner.Scan(ctx, name, *layout)
	if err != nil {
		return d, fmt.Errorf("scan: %w", err)
	}
	if !marker.Equal(v.Marker) {
		return d, fmt.Errorf("scan: %w", ErrConflict)
	}
	d.Counted, err = compareRecords(wanted, live, func(want, found *spec.Record) {
		switch {
		case found == nil:
			d.Missing++
		case want == nil:
			d.Extra++
		default:
			d.Different++
		}
		v.Drift.Add(Drift{Dataset: name, Key: recordKey(want, found), Want: want, Found: found})
	})
	return d, err
}

func recordKey(want, found *spec.Record) spec.Key {
	if want != nil {
		return want.Key
	}
	return found.Key
}

package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/promoctl/promoctl/applier"
)

func atomicChecks() []check {
	return []check{
		{"Activate makes all of it live or none, as any reader sees it", readersSeeOneRelease},
		{"Scan is consistent with its marker while releases go live", scansAreConsistent},
		{"Live names one whole release at any moment", liveIsWhole},
	}
}

// watcher looks at a place in a loop, while releases alternate.
type watcher struct {
	looked chan struct{} // one for each look, dropped when nobody waits
	faults []string
}

// alternate releases two contents in turn and has look called all the time until the
// end. Look returns what is wrong, or "".
func (r *rig) alternate(a, b Content, look func(ctx context.Context) string) {
	r.Helper()
	w := &watcher{looked: make(chan struct{})}
	ctx, stop := context.WithCancel(r.Context())
	var done sync.WaitGroup
	done.Go(func() { w.watch(ctx, look) })
	defer func() {
		stop()
		done.Wait()
		for _, f := range w.faults {
			r.Errorf("%s", f)
		}
	}()
	for range short(testing.Short(), 12, 4) {
		r.release(b)
		<-w.looked
		r.release(a)
		<-w.looked
	}
}

func (w *watcher) watch(ctx context.Context, look func(ctx context.Context) string) {
	for ctx.Err() == nil {
		fault := look(ctx)
		if ctx.Err() != nil {
			return
		}
		if fault != "" && len(w.faults) < 5 {
			w.faults = append(w.faults, fault)
		}
		select {
		case w.looked <- struct{}{}:
		default:
		}
	}
}

func readersSeeOneRelease(t testing.TB, s Suite) {
	a, b := sale(200, 1), sale(200, 2)
	r := serving(t, s, a)
	r.alternate(a, b, func(ctx context.Context) string {
		got, err := r.place.Read(ctx, "prices", priceLayout())
		if err != nil {
			return fmt.Sprintf("a reader gets an error: %v", err)
		}
		return torn(got, a["prices"].Records, b["prices"].Records, s.Partitions)
	})
	r.expect("at the end")
}

// torn says how records are not those of one release. In a store with partitions each
// record must be one of either release.
func torn(got, a, b Records, partitions int) string {
	fromA, fromB := 0, 0
	for k, v := range got {
		switch v {
		case a[k]:
			fromA++
		case b[k]:
			fromB++
		default:
			return fmt.Sprintf("a reader sees %s as %s, which no release has", k, v)
		}
	}
	whole := fromA == len(a) && fromB == 0 || fromB == len(b) && fromA == 0
	if partitions == 1 && !whole {
		return fmt.Sprintf("a reader sees %d of %d records of one release and %d of %d of the other",
			fromA, len(a), fromB, len(b))
	}
	return ""
}

func scansAreConsistent(t testing.TB, s Suite) {
	a, b := sale(200, 1), sale(200, 2)
	r := serving(t, s, a)
	scanner, ok := r.open().(applier.Scanner)
	if !ok {
		t.Skip("the store does not scan")
	}
	r.alternate(a, b, func(ctx context.Context) string {
		marker, got, err := scanAll(ctx, scanner, "prices", priceLayout())
		if err != nil {
			return fmt.Sprintf("scan: %v", err)
		}
		said, counted := marker.Datasets["prices"].Data, got.Digest()
		if s.Partitions == 1 && said != counted {
			return fmt.Sprintf("the marker of the scan says %v, its records are %v", said, counted)
		}
		return ""
	})
	r.expect("at the end")
}

func liveIsWhole(t testing.TB, s Suite) {
	a, b := sale(60, 1), sale(60, 2)
	r := serving(t, s, a)
	watching := r.open()
	var last uint64
	r.alternate(a, b, func(ctx context.Context) string {
		st, err := watching.Live(ctx)
		switch {
		case err != nil:
			return fmt.Sprintf("live: %v", err)
		case st.Live.Seq < last:
			return fmt.Sprintf("sequence %d is live after %d", st.Live.Seq, last)
		case len(st.History) > 0 && st.History[0].Seq+1 != st.Live.Seq:
			return fmt.Sprintf("history starts with sequence %d, live is %d", st.History[0].Seq, st.Live.Seq)
		case s.Partitions == 1 && st.Unfinished != nil:
			return fmt.Sprintf("a store with one partition has an unfinished release %s", st.Unfinished.ID)
		}
		last = st.Live.Seq
		return ""
	})
	r.expect("at the end")
}

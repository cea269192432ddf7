package applier_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
)

func TestVerifyCleanStores(t *testing.T) {
	for _, partitions := range []int{1, 2} {
		w := newWorld(t, partitions, "hot", "orders")
		_, second := w.sample()
		w.apply(second)
		report, err := w.engine().Verify(t.Context(), "", nil)
		if err != nil || !report.Clean() || len(report.Stores) != 2 {
			t.Fatalf("error %v, report %+v", err, report)
		}
		s := report.Stores[1]
		if s.Commit != second || len(s.Datasets) != 2 || s.Datasets[0].Counted.Count != 3 {
			t.Errorf("orders: %+v", s)
		}
	}
}

func TestVerifyFindsEveryDifference(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(second) // a c d
	w.tamper("orders", "a", "666")
	w.tamper("orders", "c", "")
	w.tamper("orders", "b", "2")
	w.tamper("orders", "z", "9")

	report, err := w.engine().Verify(t.Context(), "", []string{"orders"})
	if err != nil || len(report.Stores) != 1 || report.Clean() {
		t.Fatalf("error %v, report %+v", err, report)
	}
	s := report.Stores[0]
	d := s.Datasets[0]
	if d.Missing != 1 || d.Extra != 2 || d.Different != 1 || s.Drift.Total != 4 || d.DigestOK() {
		t.Errorf("prices: %+v, %d differ", d, s.Drift.Total)
	}
	var got []string
	for _, r := range s.Drift.Records {
		line := string(r.Key)
		for _, side := range []any{r.Want != nil, r.Found != nil} {
			line += map[any]string{true: " there", false: " gone"}[side]
		}
		got = append(got, line)
	}
	want := []string{"a there there", "b gone there", "c there gone", "z gone there"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("drift (-want +got):\n%s", diff)
	}

	// Against another commit the good stores differ too, and their markers are still true.
	report, err = w.engine().Verify(t.Context(), first, []string{"hot"})
	if err != nil || report.Clean() || report.Stores[0].Drift.Total != 3 || !report.Stores[0].Datasets[0].DigestOK() {
		t.Errorf("hot against the first commit: error %v, %+v", err, report.Stores[0])
	}
}

func TestVerifyWhatCannotBe(t *testing.T) {
	w := newWorld(t, 2, "hot", "orders", "cold")
	first, second := w.sample()
	if report, _ := w.engine().Verify(t.Context(), "", []string{"hot"}); report.Clean() {
		t.Error("a store that was never released to is clean")
	}
	w.apply(first)
	w.fail("orders", only("live"))
	w.fail("cold", once("scan.record"))
	report, err := w.engine().Verify(t.Context(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, wantErr := range []bool{false, true, true} {
		if s := report.Stores[i]; (s.Err != nil) != wantErr {
			t.Errorf("%s: error %v", s.Store, s.Err)
		}
	}
	if _, err := w.engine().Verify(t.Context(), "", []string{"nowhere"}); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("an unknown store: error %v", err)
	}
	w.mend()
	w.fail("cold", only("activate.partition:1"))
	synctest.Test(t, func(t *testing.T) { w.apply(second) })
	w.mend()
	report, _ = w.engine().Verify(t.Context(), "", []string{"cold"})
	if err := report.Stores[0].Err; err == nil || !strings.Contains(err.Error(), "a part of it serves release") {
		t.Errorf("half a release: error %v", err)
	}
}

func TestVerifyStartsAnewWhenTheStoreMoves(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(first)
	moved := false
	w.places["hot"].SetFault(func(step string) error {
		if step == "scan.before" && !moved {
			moved = true
			w.apply(second)
		}
		return nil
	})
	report, err := w.engine().Verify(t.Context(), "", []string{"hot"})
	if err != nil || !report.Clean() || report.Stores[0].Commit != second {
		t.Errorf("error %v, report %+v", err, report)
	}
}

func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders", "cold")
		first, second := w.sample()
		w.apply(first)
		w.fail("cold", always)
		w.apply(second)
		released := w.marker("hot").At
		w.places["cold"].SetFault(func(string) error { time.Sleep(time.Hour); return nil }) // does not even notice the context
		w.fail("orders", only("live"))

		start := time.Now()
		status := w.engine().Status(t.Context())
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
		if s := status[0]; !s.Lead || s.Err != nil || s.State.Live.Commit != second || len(s.State.History) != 1 {
			t.Errorf("hot: %+v", s)
		}
		if s := status[1]; s.Err == nil || s.Took != 0 {
			t.Errorf("orders: %+v", s)
		}
		if s := status[2]; s.Err == nil || !strings.Contains(s.Err.Error(), "no answer within 1.5s") || !s.Behind.Equal(released) {
			t.Errorf("cold: %+v", s)
		}
		time.Sleep(time.Hour) // until the stuck call returns
	})
}

func TestForeignStoreIsRefused(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, second := w.sample()
	w.apply(first)
	other := applier.Identity{Pipeline: "another"}
	stranger := w.engine(func(c *applier.Config) {
		c.Identity = other
		for i, m := range c.Members {
			c.Members[i].Store = openAs(m.Name, w.places[m.Name], other)
		}
	})
	if _, err := stranger.Apply(t.Context(), applier.Request{Target: second}); !errors.Is(err, applier.ErrForeign) {
		t.Errorf("error %v, want %v", err, applier.ErrForeign)
	}
	if err := w.places["orders"].SetFormat(applier.MarkerFormat + 1); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine().Apply(t.Context(), applier.Request{Target: second}); !errors.Is(err, applier.ErrFormat) {
		t.Errorf("error %v, want %v", err, applier.ErrFormat)
	}
	if err := w.places["orders"].SetFormat(applier.MarkerFormat); err != nil {
		t.Fatal(err)
	}
	w.serves(first)
}

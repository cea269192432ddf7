package applier_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
)

func TestNewRefusesWhatIsMissing(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	tests := map[string]func(*applier.Config){
		"no pipeline name":            func(c *applier.Config) { c.Identity.Pipeline = "" },
		"no planner":                  func(c *applier.Config) { c.Planner = nil },
		"no recorder":                 func(c *applier.Config) { c.Recorder = nil },
		"no store is required":        func(c *applier.Config) { c.Members = nil },
		"a store without a name":      func(c *applier.Config) { c.Members[0].Name = "" },
		"store orders: no driver":     func(c *applier.Config) { c.Members[1].Store = nil },
		"store hot: named twice":      func(c *applier.Config) { c.Members[1].Name = "hot" },
		`onFailure is "explode"`:      func(c *applier.Config) { c.OnFailure = "explode" },
		"deadline, lease and store t": func(c *applier.Config) { c.Deadline = -1 },
	}
	for want, spoil := range tests {
		cfg := applier.Config{Identity: identity, Members: append([]applier.Member{}, w.members...), Planner: w.h, Recorder: w.events}
		spoil(&cfg)
		if _, err := applier.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that says %q", err, want)
		}
	}
}

func TestLeadIsTheFirstRequiredStoreOfTheLowestWave(t *testing.T) {
	w := newWorld(t, 1, "cold", "hot", "orders")
	w.member("hot", func(m *applier.Member) { m.Wave = 2 })
	first, _ := w.sample()
	res := w.apply(first)
	for _, s := range res.Stores {
		if s.Lead != (s.Store == "orders") {
			t.Errorf("%s: lead %v", s.Store, s.Lead)
		}
	}
	w.serves(first)
	w.sameOrigin("orders", "hot", "cold")
}

func TestEventsTellTheRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, "hot", "orders")
		c := content{}
		for i := range 2500 {
			c = addTo(c, i)
		}
		first := w.h.commit("", c)
		w.places["hot"].SetFault(func(step string) error {
			if step == "stage.seal:0" {
				time.Sleep(time.Second)
			}
			return nil
		})
		w.apply(first)

		want := []applier.Step{applier.StepLive, applier.StepPlan, applier.StepStage, applier.StepActivate}
		if diff := cmp.Diff(want, w.events.ended("hot")); diff != "" {
			t.Errorf("steps of hot (-want +got):\n%s", diff)
		}
		var counts []int
		for _, ev := range w.events.all {
			if ev.Store != "hot" || ev.Step != applier.StepStage {
				continue
			}
			counts = append(counts, ev.Count)
			if ev.Commit != first || ev.Seq != 1 || ev.Release != w.marker("hot").Release {
				t.Errorf("event %+v", ev)
			}
			if ev.Done && (ev.Took != time.Second || ev.Total != 2500) {
				t.Errorf("last event %+v", ev)
			}
		}
		if diff := cmp.Diff([]int{0, 1000, 2000, 2500}, counts); diff != "" {
			t.Errorf("progress (-want +got):\n%s", diff)
		}
	})
}

func TestFailedStepsAreRecordedAsFailed(t *testing.T) {
	w := newWorld(t, 1, "hot", "orders")
	first, _ := w.sample()
	w.fail("orders", only("stage.seal:0"))
	if _, err := w.engine().Apply(t.Context(), applier.Request{Target: first}); err == nil {
		t.Fatal("no error")
	}
	var failed []applier.Step
	for _, ev := range w.events.all {
		if ev.Err != "" {
			failed = append(failed, ev.Step)
		}
	}
	if diff := cmp.Diff([]applier.Step{applier.StepStage}, failed[:1]); diff != "" {
		t.Errorf("failed steps (-want +got):\n%s", diff)
	}
	if steps := w.events.ended("orders"); steps[len(steps)-1] != applier.StepDiscard {
		t.Errorf("orders ended with %v", steps)
	}
}

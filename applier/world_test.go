package applier_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/memstore"
	"github.com/promoctl/promoctl/spec"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var identity = applier.Identity{Pipeline: "sale", Env: "production"}

// world is a repository and the stores that it is released to: hot leads, orders
// follows, cold is optional.
type world struct {
	t       tester
	h       *history
	places  map[string]*memstore.Place
	members []applier.Member
	events  *events
	parts   int // of each store
}

// tester is what a world needs of a testing.T or a rapid.T.
type tester interface {
	Helper()
	Context() context.Context
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// newWorld returns a world with the named stores, each with so many partitions.
func newWorld(t tester, partitions int, stores ...string) *world {
	w := &world{t: t, h: newHistory(), places: make(map[string]*memstore.Place), events: &events{}, parts: partitions}
	for _, name := range stores {
		place := memstore.NewPlace(partitions)
		w.places[name] = place
		w.members = append(w.members, applier.Member{
			Name: name, Required: name != "cold", Wave: 1, Store: open(name, place),
		})
	}
	return w
}

func open(name string, place *memstore.Place) *memstore.Store {
	return openAs(name, place, identity)
}

func openAs(name string, place *memstore.Place, id applier.Identity) *memstore.Store {
	return memstore.New(applier.StoreConfig{Name: name, Identity: id, Create: true}, place)
}

// engine returns an engine on the world's stores, as another process would have it.
func (w *world) engine(options ...func(*applier.Config)) *applier.Engine {
	w.t.Helper()
	cfg := applier.Config{Identity: identity, Members: slices.Clone(w.members), Planner: w.h, Recorder: w.events}
	for _, o := range options {
		o(&cfg)
	}
	e, err := applier.New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// member changes the settings of one store.
func (w *world) member(name string, change func(*applier.Member)) {
	for i := range w.members {
		if w.members[i].Name == name {
			change(&w.members[i])
		}
	}
}

// apply releases a commit with a new engine and fails the test if that fails.
func (w *world) apply(target string) *applier.Result {
	w.t.Helper()
	return w.release(applier.Request{Target: target, By: "ann"})
}

func (w *world) release(req applier.Request) *applier.Result {
	w.t.Helper()
	res, err := w.engine().Apply(w.t.Context(), req)
	if err != nil {
		w.t.Fatalf("apply %s: %v", req.Target, err)
	}
	return res
}

// sample returns a world's first two commits: the second updates, creates and deletes.
func (w *world) sample() (first, second string) {
	c := content{}.with("prices", "a", "1").with("prices", "b", "2").with("prices", "c", "3").with("rules", "r", "9")
	first = w.h.commit("", c)
	second = w.h.commit(first, c.with("prices", "a", "1.5").with("prices", "b", "").with("prices", "d", "4").with("rules", "s", "8"))
	return first, second
}

// marker returns what a store serves.
func (w *world) marker(store string) applier.Marker {
	w.t.Helper()
	return w.state(store).Live
}

func (w *world) state(store string) applier.State {
	w.t.Helper()
	state, err := open(store, w.places[store]).Live(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return state
}

// holds returns what readers of a store see, by dataset.
func (w *world) holds(store string) content {
	w.t.Helper()
	out := make(content)
	for _, dataset := range []string{"prices", "rules"} {
		records, err := w.places[store].Read(w.t.Context(), dataset)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(records) > 0 {
			out[dataset] = records
		}
	}
	return out
}

// want returns what a store should hold of a commit; nothing for no commit.
func (w *world) want(store, hash string) content {
	w.t.Helper()
	c, err := w.h.at(hash)
	if err != nil {
		w.t.Fatal(err)
	}
	out := make(content)
	for _, dataset := range c.routes[store] {
		if len(c.content[dataset]) > 0 {
			out[dataset] = c.content[dataset]
		}
	}
	return out
}

// serves fails the test unless the stores serve exactly the commit, with markers whose
// digests are those of a recount. Without names it looks at all stores.
func (w *world) serves(hash string, stores ...string) {
	w.t.Helper()
	if len(stores) == 0 {
		stores = slices.Sorted(maps.Keys(w.places))
	}
	for _, store := range stores {
		if diff := w.difference(store, hash); diff != "" {
			w.t.Fatalf("store %s: %s", store, diff)
		}
	}
}

// difference says how a store differs from serving exactly a commit; empty: it does not.
func (w *world) difference(store, hash string) string {
	w.t.Helper()
	m, held := w.marker(store), w.holds(store)
	if m.Commit != hash {
		return fmt.Sprintf("marker is at commit %q, want %q", m.Commit, hash)
	}
	if diff := cmp.Diff(w.want(store, hash), held); diff != "" {
		return "records (-want +got):\n" + diff
	}
	for name, d := range m.Datasets {
		if counted := count(held[name]); d.Data != counted {
			return fmt.Sprintf("digest of %s is %v, counted %v", name, d.Data, counted)
		}
	}
	return ""
}

func count(records map[spec.Key]string) spec.DataDigest {
	var d spec.DataDigest
	for key, text := range records {
		d = d.Add(spec.RecordDigest(key, []byte(text)))
	}
	return d
}

// whole fails the test unless each store serves one of the commits as a whole, and no
// follower is ahead of the lead, the first store named.
func (w *world) whole(base, target string, stores ...string) {
	w.t.Helper()
	for _, store := range stores {
		atBase, atTarget := w.difference(store, base), w.difference(store, target)
		if atBase != "" && atTarget != "" {
			w.t.Fatalf("store %s serves neither commit:\nbase: %s\ntarget: %s", store, atBase, atTarget)
		}
		if atTarget == "" && w.difference(stores[0], target) != "" {
			w.t.Fatalf("store %s serves the target and the lead does not", store)
		}
	}
}

// unstaged fails the test if anything is left staged.
func (w *world) unstaged(stores ...string) {
	w.t.Helper()
	for _, store := range stores {
		if staged := w.state(store).Staged; len(staged) > 0 {
			w.t.Fatalf("store %s: left staged: %+v", store, staged)
		}
	}
}

func (w *world) outcomes(res *applier.Result) map[string]applier.Outcome {
	out := make(map[string]applier.Outcome)
	for _, s := range res.Stores {
		out[s.Store] = s.Outcome
	}
	return out
}

// fail makes every step of a store that matches fail, until it is mended.
func (w *world) fail(store string, matches func(step string) bool) (mend func()) {
	w.places[store].SetFault(func(step string) error {
		if matches(step) {
			return errors.New("out of order")
		}
		return nil
	})
	return func() { w.places[store].SetFault(nil) }
}

func always(string) bool { return true }

// only matches the steps named.
func only(steps ...string) func(string) bool {
	return func(step string) bool { return slices.Contains(steps, step) }
}

// once matches a step the first time that it is reached.
func once(step string) func(string) bool {
	var mu sync.Mutex
	seen := false
	return func(s string) bool {
		mu.Lock()
		defer mu.Unlock()
		if s != step || seen {
			return false
		}
		seen = true
		return true
	}
}

// events is a recorder that remembers.
type events struct {
	mu  sync.Mutex
	all []applier.Event
}

func (e *events) Record(ev applier.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, ev)
}

// ended returns the steps of a store that ended, in order.
func (e *events) ended(store string) []applier.Step {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []applier.Step
	for _, ev := range e.all {
		if ev.Store == store && ev.Done {
			out = append(out, ev.Step)
		}
	}
	return out
}

// when returns the time at which a step of a store ended last.
func (e *events) when(store string, step applier.Step) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	var at time.Time
	for _, ev := range e.all {
		if ev.Store == store && ev.Step == step && ev.Done {
			at = ev.At
		}
	}
	return at
}

// addTo writes the i-th price into c itself.
func addTo(c content, i int) content {
	if c["prices"] == nil {
		c["prices"] = make(map[spec.Key]string)
	}
	key := spec.Key(fmt.Sprintf("sku-%05d", i))
	c["prices"][key] = record(key, "1")
	return c
}

package planner_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/plantest"
	"github.com/promoctl/promoctl/spec"
)

// state is what a random commit holds, as the test knows it without reading it.
type state struct {
	variant int            // of the pipeline file
	values  map[string]int // by id
	files   map[string]string
	style   map[string]int // order, comments and so on, of a file
}

var variants = []struct {
	pipeline, schema string
	key              string
	taken            bool // by the store hot
}{
	{things, thingSchema, "id", true},
	{strings.Replace(things, "stores: [hot]", "stores: [cold]", 1), thingSchema, "id", false},
	{things, strings.Replace(thingSchema, `"name": {`, `"color": {"type": "string"}, "name": {`, 1), "id", true},
	{strings.Replace(things, "key: [id]", "key: [name]", 1), thingSchema, "name", true},
	{strings.Replace(things, `"things/*.yaml"`, `"things/**", "!**/*.md"`, 1), thingSchema, "id", true},
}

func drawState(t *rapid.T, label string) state {
	s := state{
		variant: rapid.IntRange(0, len(variants)-1).Draw(t, label+" variant"),
		values:  map[string]int{}, files: map[string]string{}, style: map[string]int{},
	}
	files := []string{"things/a.yaml", "things/b.yaml", "things/c.yaml"}
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}), 0, 6, rapid.ID[string]).Draw(t, label+" ids") {
		s.values[id] = rapid.IntRange(1, 3).Draw(t, label+" value")
		s.files[id] = rapid.SampledFrom(files).Draw(t, label+" file")
	}
	for _, file := range files {
		s.style[file] = rapid.IntRange(0, 3).Draw(t, label+" style")
	}
	return s
}

// edits writes the state as a whole commit.
func (s state) edits() []plantest.Edit {
	text := map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(s.values)) {
		file := s.files[id]
		line := fmt.Sprintf("- {id: %s, name: N%s, size: %d}\n", id, id, s.values[id])
		if s.style[file] == 1 {
			line = fmt.Sprintf("# %s\n- size: %d.00\n  id: \"%s\"\n  name: N%s\n", id, s.values[id], id, id)
		}
		text[file] = append(text[file], line)
	}
	v := variants[s.variant]
	out := []plantest.Edit{plantest.Put("promoctl.yaml", v.pipeline), plantest.Put("thing.json", v.schema), plantest.Put("README.md", fmt.Sprint(s.style))}
	for file, lines := range text {
		if s.style[file] >= 2 {
			slices.Reverse(lines)
		}
		out = append(out, plantest.Put(file, strings.Join(lines, "")))
	}
	return out
}

// held is what the store hot holds of the state: canonical JSON by key.
func (s state) held() map[spec.Key]string {
	out := map[spec.Key]string{}
	v := variants[s.variant]
	if !v.taken {
		return out
	}
	for id, value := range s.values {
		key := id
		if v.key == "name" {
			key = "N" + id
		}
		out[spec.Key(key)] = fmt.Sprintf(`{"id":"%s","name":"N%s","size":%d}`, id, id, value)
	}
	return out
}

// applyTo does to a store's content what the plan says, strictly.
func applyTo(t *rapid.T, content map[spec.Key]string, plan *planner.StorePlan) map[spec.Key]string {
	out := maps.Clone(content)
	if plan.Datasets["things"].Replace {
		clear(out)
	}
	for i, c := range plan.Changes {
		if i > 0 && plan.Changes[i-1].Key >= c.Key {
			t.Fatalf("changes are not sorted: %s, %s", plan.Changes[i-1].Key, c.Key)
		}
		had, ok := out[c.Key]
		if ok != (c.Before != nil) || (ok && had != string(c.Before.JSON)) {
			t.Fatalf("change %s %s does not start from what is there: %q", c.Op, c.Key, had)
		}
		if delete(out, c.Key); c.After != nil {
			out[c.Key] = string(c.After.JSON)
		}
	}
	return out
}

func TestPlansLeadFromOneCommitToTheOther(t *testing.T) {
	r := plantest.New(t)
	repo := plantest.Open(t, r.Dir)
	ctx := context.Background()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawState(t, "a"), drawState(t, "b")
		from, to := r.CommitOn(nil, "a", a.edits()...), r.CommitOn(nil, "b", b.edits()...)
		p, err := planner.New(planner.Config{Repo: repo})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := p.StorePlan(ctx, "hot", from, to)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b.held(), applyTo(t, a.held(), plan)); diff != "" {
			t.Fatalf("store content (-want +got):\n%s", diff)
		}
		checkDelta(t, plan)

		whole, err := p.StorePlan(ctx, "hot", "", to)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b.held(), applyTo(t, map[spec.Key]string{}, whole)); diff != "" {
			t.Fatalf("whole content (-want +got):\n%s", diff)
		}
		checkCommitPlans(t, p, from, to)
	})
}

// checkCommitPlans checks that the way back is the inverse of the way there.
func checkCommitPlans(t *rapid.T, p *planner.Planner, from, to string) {
	there, err := p.CommitPlan(context.Background(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	back, err := p.CommitPlan(context.Background(), to, from)
	if err != nil {
		t.Fatal(err)
	}
	var inverse []planner.Change
	for _, c := range back.Changes {
		inverse = append(inverse, c.Inverse())
	}
	if diff := cmp.Diff(there.Changes, inverse); diff != "" {
		t.Fatalf("there and back (-there +inverse of back):\n%s", diff)
	}
}

// The same two trees give the same bytes: in other commits, in another planner, with
// another cache.
func TestPlansAreDeterministic(t *testing.T) {
	r := plantest.New(t)
	ctx := context.Background()
	var plans []*planner.Plan
	for i := range 3 {
		base := r.CommitOn(nil, fmt.Sprint("base ", i), plantest.Put("promoctl.yaml", guarded), plantest.Put("prices/a.yaml", price("A", "1")+price("B", "2")))
		var edits []plantest.Edit
		for n := range 20 {
			edits = append(edits, plantest.Put(fmt.Sprintf("prices/f%d.yaml", n), price(fmt.Sprint("F", n), "3")))
		}
		target := r.Commit(fmt.Sprint("target ", i), append(edits, plantest.Put("prices/a.yaml", price("B", "9")+price("A", "1")))...)
		plan, err := r.Planner(planner.Config{CacheDir: t.TempDir()}).CommitPlan(ctx, base, target)
		if err != nil {
			t.Fatal(err)
		}
		plan.Base, plan.Target = planner.Commit{}, planner.Commit{}
		plans = append(plans, plan)
	}
	for _, plan := range plans[1:] {
		if diff := cmp.Diff(plans[0], plan); diff != "" {
			t.Errorf("plans differ:\n%s", diff)
		}
	}
}

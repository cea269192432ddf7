package applier_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// TestRandomHistories applies random histories of random edits commit by commit, with
// jumps, with rollbacks, and with faults that a second run gets over. Whatever the way
// there, all stores end with exactly the records of the commit, and with the digests
// of a full recount.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, rapid.IntRange(1, 3).Draw(rt, "partitions"), "hot", "orders", "cold")
		line := []string{""}
		live := 0
		for range rapid.IntRange(1, 6).Draw(rt, "releases") {
			for range rapid.IntRange(0, 3).Draw(rt, "commits") {
				line = append(line, w.edit(rt, line[len(line)-1]))
			}
			if live == len(line)-1 {
				line = append(line, w.edit(rt, line[live]))
			}
			if live > 0 && rapid.Bool().Draw(rt, "rollback") {
				back, _ := w.h.at(line[rapid.IntRange(1, live).Draw(rt, "back to")])
				line = append(line, w.h.commit(line[len(line)-1], back.content))
				live = len(line) - 1
				w.release(applier.Request{Target: line[live], Kind: applier.KindRollback})
			} else {
				live = rapid.IntRange(live+1, len(line)-1).Draw(rt, "target")
				w.applyWithFault(rt, line[live])
			}
			w.serves(line[live])
			w.unstaged("hot", "orders", "cold")
		}
		report, err := w.engine().Verify(rt.Context(), "", nil)
		if err != nil || !report.Clean() {
			rt.Fatalf("verify: %v, %+v", err, report)
		}
	})
}

// edit commits random edits of a few records.
func (w *world) edit(rt *rapid.T, parent string) string {
	c := make(content)
	if parent != "" {
		p, _ := w.h.at(parent)
		c = p.content
	}
	for range rapid.IntRange(0, 8).Draw(rt, "edits") {
		dataset := rapid.SampledFrom([]string{"prices", "rules"}).Draw(rt, "dataset")
		key := spec.Key(rapid.StringMatching("[a-f]").Draw(rt, "key"))
		price := rapid.SampledFrom([]string{"", "1", "2", "3.5"}).Draw(rt, "price")
		c = c.with(dataset, key, price)
	}
	return w.h.commit(parent, c)
}

// applyWithFault applies a commit, sometimes with staging failing once at a random
// record; then the same command again must do.
func (w *world) applyWithFault(rt *rapid.T, target string) {
	if rapid.Bool().Draw(rt, "fault") {
		step := rapid.SampledFrom([]string{"live", "stage.write", "stage.seal:0", "activate.before", "activate.after"}).Draw(rt, "step")
		mend := w.fail(rapid.SampledFrom([]string{"hot", "orders", "cold"}).Draw(rt, "store"), once(step))
		_, _ = w.engine().Apply(w.t.Context(), applier.Request{Target: target})
		mend()
	}
	w.apply(target)
}

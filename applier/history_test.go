package applier_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// content is what a commit says: dataset, key, canonical JSON.
type content map[string]map[spec.Key]string

// with returns a copy with one record written, or deleted if price is empty.
func (c content) with(dataset string, key spec.Key, price string) content {
	out := make(content)
	for name, records := range c {
		out[name] = maps.Clone(records)
	}
	if out[dataset] == nil {
		out[dataset] = make(map[spec.Key]string)
	}
	if price == "" {
		delete(out[dataset], key)
	} else {
		out[dataset][key] = record(key, price)
	}
	return out
}

func record(key spec.Key, price string) string {
	return fmt.Sprintf(`{"price":%s,"sku":%q}`, price, string(key))
}

type commit struct {
	planner.Commit
	parent  string
	content content
	layout  spec.Layout
	routes  map[string][]string // store to datasets
}

// history is a repository in memory and the planner of these tests. It compares whole
// contents, which makes it slow and plainly right.
type history struct {
	mu       sync.Mutex
	commits  map[string]commit
	layout   spec.Layout         // of commits to come
	routes   map[string][]string // of commits to come
	findings map[string][]planner.Finding
	broken   error // what StorePlan returns
}

func newHistory() *history {
	return &history{
		commits: make(map[string]commit),
		layout:  priceLayout(),
		routes: map[string][]string{
			"hot": {"prices"}, "orders": {"prices", "rules"}, "cold": {"prices", "rules"},
		},
		findings: make(map[string][]planner.Finding),
	}
}

func priceLayout() spec.Layout {
	return spec.Layout{
		Key: []spec.KeyPart{{Name: "sku", Column: "sku", Field: true}},
		Fields: []spec.Field{
			{Name: "price", Type: spec.TypeNumber},
			{Name: "sku", Type: spec.TypeString, Required: true},
		},
	}
}

// textLayout is a layout that records held as priceLayout says are not carried over to.
func textLayout() spec.Layout {
	l := priceLayout()
	l.Fields[0].Type = spec.TypeString
	return l
}

// commit adds a commit and returns its hash.
func (h *history) commit(parent string, c content) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	sum := sha1.Sum(fmt.Appendf(nil, "%d %s", len(h.commits), parent))
	hash := hex.EncodeToString(sum[:])
	h.commits[hash] = commit{
		Commit: planner.Commit{Hash: hash, Subject: fmt.Sprintf("commit %d", len(h.commits))},
		parent: parent, content: c, layout: h.layout, routes: maps.Clone(h.routes),
	}
	return hash
}

func (h *history) at(hash string) (commit, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c, ok := h.commits[hash]
	if !ok && hash != "" {
		return c, fmt.Errorf("no commit %q", hash)
	}
	return c, nil
}

// forget removes a commit, as a rewritten history does.
func (h *history) forget(hash string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.commits, hash)
}

// recast makes a commit say something else than it did when it was released.
func (h *history) recast(hash string, change func(*commit)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.commits[hash]
	change(&c)
	h.commits[hash] = c
}

func (h *history) ancestor(old, of string) bool {
	for hash := of; hash != ""; hash = h.commits[hash].parent {
		if hash == old {
			return true
		}
	}
	return false
}

// Relate implements applier.Planner.
func (h *history) Relate(_ context.Context, live, target string) (planner.Relation, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.commits[target]; !ok {
		return 0, fmt.Errorf("no commit %q", target)
	}
	_, known := h.commits[live]
	switch {
	case !known:
		return planner.Unknown, nil
	case live == target:
		return planner.Same, nil
	case h.ancestor(live, target):
		return planner.Forward, nil
	case h.ancestor(target, live):
		return planner.Backward, nil
	}
	return planner.Diverged, nil
}

// CommitPlan implements applier.Planner.
func (h *history) CommitPlan(_ context.Context, base, target string) (*planner.Plan, error) {
	b, err := h.at(base)
	if err != nil {
		return nil, err
	}
	t, err := h.at(target)
	if err != nil {
		return nil, err
	}
	p := &planner.Plan{Base: b.Commit, Target: t.Commit}
	for _, name := range names(b.content, t.content) {
		p.Changes = append(p.Changes, difference(name, b.content[name], t.content[name])...)
	}
	if len(p.Changes) > 0 {
		p.Findings = h.findings[target]
	}
	p.Digest = digestOf(p.Changes)
	return p, nil
}

// author says who wrote a commit.
func (h *history) author(hash, who string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.commits[hash]
	c.Author = who
	h.commits[hash] = c
}

// HeldPlan implements applier.Planner.
func (h *history) HeldPlan(_ context.Context, _, target string, changes []planner.Change) (*planner.Plan, error) {
	t, err := h.at(target)
	if err != nil {
		return nil, err
	}
	p := &planner.Plan{Target: t.Commit, Changes: changes, Digest: digestOf(changes)}
	if len(changes) > 0 {
		p.Findings = h.findings[target]
	}
	return p, nil
}

// StorePlan implements applier.Planner.
func (h *history) StorePlan(ctx context.Context, store, base, target string) (*planner.StorePlan, error) {
	if h.broken != nil {
		return nil, h.broken
	}
	b, err := h.at(base)
	if err != nil {
		return nil, err
	}
	t, err := h.at(target)
	if err != nil {
		return nil, err
	}
	p := &planner.StorePlan{Store: store, Datasets: make(map[string]planner.StoreDataset)}
	for _, name := range names(b.content, t.content) {
		inBase, inTarget := slices.Contains(b.routes[store], name), slices.Contains(t.routes[store], name)
		if inBase || inTarget {
			h.storeDataset(p, name, b, t, inBase, inTarget)
		}
	}
	return p, ctx.Err()
}

func (h *history) storeDataset(p *planner.StorePlan, name string, b, t commit, inBase, inTarget bool) {
	var d planner.StoreDataset
	var before, after map[spec.Key]string
	if _, ok := b.content[name]; ok && inBase {
		d.Base, before = &b.layout, b.content[name]
	}
	if _, ok := t.content[name]; ok && inTarget {
		d.Target, after = &t.layout, t.content[name]
	}
	if d.Base == nil && d.Target == nil {
		return
	}
	if d.Base != nil && d.Target != nil && !d.Base.CarriesOver(*d.Target) {
		d.Replace, before = true, nil
	}
	changes := difference(name, before, after)
	for _, c := range changes {
		d.Delta.Include(c)
	}
	p.Datasets[name] = d
	p.Changes = append(p.Changes, changes...)
}

func names(a, b content) []string {
	all := slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b)))
	slices.Sort(all)
	return slices.Compact(all)
}

func difference(dataset string, before, after map[spec.Key]string) []planner.Change {
	keys := slices.Concat(slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(after)))
	slices.Sort(keys)
	var out []planner.Change
	for _, key := range slices.Compact(keys) {
		if c, differs := planner.MakeChange(dataset, recordOf(before, key), recordOf(after, key)); differs {
			out = append(out, c)
		}
	}
	return out
}

func recordOf(records map[spec.Key]string, key spec.Key) *spec.Record {
	text, ok := records[key]
	if !ok {
		return nil
	}
	r := spec.NewRecord(key, []byte(text))
	return &r
}

func digestOf(changes []planner.Change) spec.Digest {
	var all []string
	for _, c := range changes {
		line := fmt.Sprint(c.Dataset, c.Key, c.Op)
		for _, r := range []*spec.Record{c.Before, c.After} {
			if r != nil {
				line += r.Digest.String()
			}
		}
		all = append(all, line)
	}
	text, _ := json.Marshal(all)
	return spec.RecordDigest("plan", text)
}

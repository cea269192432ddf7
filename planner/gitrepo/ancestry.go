package gitrepo

import (
	"container/heap"
	"context"
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/promoctl/promoctl/planner"
)

// Relate says how target stands to live. It returns planner.Unknown if live is not in
// the repository, ErrShallow if the answer lies in history that was cut off, and
// ErrUnknown if target is not there.
func (r *Repo) Relate(ctx context.Context, live, target string) (planner.Relation, error) {
	a, err := parseHash(live)
	if err != nil {
		return planner.Unknown, err
	}
	b, err := parseHash(target)
	if err != nil {
		return planner.Unknown, err
	}
	newest, err := r.commit(ctx, b)
	if err != nil {
		return planner.Unknown, err
	}
	if a == b {
		return planner.Same, nil
	}
	older, err := r.commit(ctx, a)
	if errors.Is(err, ErrUnknown) {
		return planner.Unknown, nil
	}
	if err != nil {
		return planner.Unknown, err
	}
	return r.paint(ctx, older, newest)
}

// Colors of the commits that paint visits.
const (
	fromLive   = 1 << iota // an ancestor of live, or live
	fromTarget             // an ancestor of target, or target
	both       = fromLive | fromTarget
)

// paint colors the ancestors of both commits, newest first, until one commit has the
// color of the other or only common ancestors are left to visit. Commit times only
// decide how early it ends: a common ancestor is never on the way from one commit to
// the other, so that stopping at common ancestors misses nothing, whatever the clocks
// said.
func (r *Repo) paint(ctx context.Context, live, target *commit) (planner.Relation, error) {
	cut, err := r.shallowCommits()
	if err != nil {
		return planner.Unknown, err
	}
	p := painter{r: r, cut: cut, color: make(map[plumbing.Hash]uint8)}
	p.add(live, fromLive)
	p.add(target, fromTarget)
	for p.open > 0 {
		if p.color[live.hash] == both {
			return planner.Forward, nil
		}
		if p.color[target.hash] == both {
			return planner.Backward, nil
		}
		if err := p.visit(ctx); err != nil {
			return planner.Unknown, err
		}
	}
	return p.verdict(live, target)
}

// painter is the state of one paint.
type painter struct {
	r      *Repo
	cut    map[plumbing.Hash]bool // commits whose parents are not here
	color  map[plumbing.Hash]uint8
	queue  commitQueue
	open   int // queued commits that are not known to be common
	queued map[plumbing.Hash]bool
	edges  []plumbing.Hash // cut commits that were visited
}

func (p *painter) add(c *commit, color uint8) {
	if p.queued == nil {
		p.queued = make(map[plumbing.Hash]bool)
	}
	p.color[c.hash] |= color
	p.queued[c.hash] = true
	heap.Push(&p.queue, c)
	if p.color[c.hash] != both {
		p.open++
	}
}

// visit hands the color of the newest queued commit on to its parents.
func (p *painter) visit(ctx context.Context) error {
	c := heap.Pop(&p.queue).(*commit)
	color := p.color[c.hash]
	p.queued[c.hash] = false
	if color != both {
		p.open--
	}
	if p.cut[c.hash] {
		p.edges = append(p.edges, c.hash)
		return nil
	}
	for _, h := range c.parents {
		if err := p.reach(ctx, h, color); err != nil {
			return err
		}
	}
	return nil
}

// reach gives a commit a color and queues it if that is news.
func (p *painter) reach(ctx context.Context, h plumbing.Hash, color uint8) error {
	had := p.color[h]
	if had|color == had {
		return nil
	}
	if p.queued[h] {
		p.color[h] = had | color
		p.open-- // it had one color, now it has both
		return nil
	}
	parent, err := p.r.commit(ctx, h)
	if err != nil {
		return err
	}
	p.add(parent, color)
	return nil
}

// verdict is what is known when only common ancestors are left.
func (p *painter) verdict(live, target *commit) (planner.Relation, error) {
	switch {
	case p.color[live.hash] == both:
		return planner.Forward, nil
	case p.color[target.hash] == both:
		return planner.Backward, nil
	}
	for _, h := range p.edges {
		if p.color[h] != both {
			return planner.Unknown, fmt.Errorf("%w: how %s stands to %s; %s", ErrShallow,
				short(target.hash.String()), short(live.hash.String()), shallowHint)
		}
	}
	return planner.Diverged, nil
}

// commitQueue is a heap with the newest commit on top.
type commitQueue []*commit

func (q commitQueue) Len() int           { return len(q) }
func (q commitQueue) Less(i, j int) bool { return q[i].time.After(q[j].time) }
func (q commitQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *commitQueue) Push(x any) { *q = append(*q, x.(*commit)) }

// Pop implements heap.Interface.
func (q *commitQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

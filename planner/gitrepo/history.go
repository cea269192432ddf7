package gitrepo

import (
	"context"
	"fmt"
	"sort"

	"github.com/promoctl/promoctl/planner"
)

// FirstParents returns the commits from to back along first parents, newest first, up
// to the first one that from contains (from itself, where it lies on that line); that
// one is left out. An empty from goes back to the first commit. It returns ErrShallow
// if history was cut off before that.
func (r *Repo) FirstParents(ctx context.Context, from, to string) ([]planner.Commit, error) {
	line := mainline{r: r, from: from}
	if err := line.start(ctx, to); err != nil {
		return nil, fmt.Errorf("list commits: %w", err)
	}
	n, err := line.collect(ctx)
	if err != nil {
		return nil, fmt.Errorf("list commits: %w", err)
	}
	list := make([]planner.Commit, n)
	for i, c := range line.commits[:n] {
		list[i] = c.summary()
	}
	return list, nil
}

// mainline walks along first parents.
type mainline struct {
	r       *Repo
	from    string
	commits []*commit
	ended   bool // the last commit has no parent
}

func (m *mainline) start(ctx context.Context, to string) error {
	if m.from != "" {
		if _, _, err := m.r.Commit(ctx, m.from); err != nil {
			return err
		}
	}
	h, err := parseHash(to)
	if err != nil {
		return err
	}
	c, err := m.r.commit(ctx, h)
	m.commits = append(m.commits, c)
	return err
}

// collect returns how many of the commits are wanted. It looks now and then, at
// doubling distances, whether it has gone too far: where from is not on the line itself
// nothing but an ancestor of from marks the end.
func (m *mainline) collect(ctx context.Context) (int, error) {
	for look := 64; ; look *= 2 {
		n, found, err := m.extend(ctx, look)
		if err != nil || found {
			return n, err
		}
		contained, err := m.contained(ctx, len(m.commits)-1)
		if err != nil {
			return 0, err
		}
		if contained {
			return m.bisect(ctx)
		}
		if m.ended {
			return len(m.commits), nil
		}
	}
}

// extend goes on to a length. It returns the position of from if it comes by.
func (m *mainline) extend(ctx context.Context, length int) (int, bool, error) {
	for {
		last := m.commits[len(m.commits)-1]
		if last.hash.String() == m.from {
			return len(m.commits) - 1, true, nil
		}
		if m.ended = len(last.parents) == 0; m.ended || len(m.commits) >= length {
			return 0, false, nil
		}
		next, err := m.r.commit(ctx, last.parents[0])
		if err != nil {
			return 0, false, err
		}
		m.commits = append(m.commits, next)
	}
}

// contained reports whether from contains the commit at a position.
func (m *mainline) contained(ctx context.Context, i int) (bool, error) {
	if m.from == "" {
		return false, nil
	}
	rel, err := m.r.Relate(ctx, m.commits[i].hash.String(), m.from)
	return rel == planner.Same || rel == planner.Forward, err
}

// bisect returns the position of the first commit that from contains: all after it are
// contained too.
func (m *mainline) bisect(ctx context.Context) (int, error) {
	var failed error
	n := sort.Search(len(m.commits), func(i int) bool {
		contained, err := m.contained(ctx, i)
		if err != nil {
			failed = err
		}
		return contained
	})
	return n, failed
}

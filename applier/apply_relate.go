package applier

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/planner"
)

// relateAll checks that the target lies ahead of what each store serves.
func (r *run) relateAll(ctx context.Context) error {
	for _, m := range r.pending() {
		m.err = r.relate(ctx, m)
	}
	return r.sortOut(ctx)
}

// relate checks that the target lies ahead of what the store serves.
func (r *run) relate(ctx context.Context, m *move) error {
	live := m.state.Live
	if live.IsZero() {
		return nil
	}
	relation, err := r.planner.Relate(ctx, live.Commit, r.req.Target)
	if err != nil {
		return fmt.Errorf("compare the target with the live commit %s: %w", live.Commit, err)
	}
	switch relation {
	case planner.Backward:
		if r.req.Kind == KindPin || r.takenBack(live) {
			return nil
		}
		return fmt.Errorf("%w: %s comes after %s; to go back, run promoctl rollback", ErrSuperseded, live.Commit, r.req.Target)
	case planner.Diverged:
		if r.req.AllowDiverged || r.takenBack(live) {
			return nil
		}
		return fmt.Errorf("%w: %s and %s have separate histories; merge them, or allow it with --allow-diverged",
			ErrDiverged, live.Commit, r.req.Target)
	case planner.Unknown:
		if r.req.Full {
			return nil
		}
		return fmt.Errorf("%w: %s; fetch more history, or run promoctl apply --full, which compares with what the store holds",
			ErrUnknownCommit, live.Commit)
	}
	return nil
}

// takenBack reports whether the marker stems from a release that the lead has taken
// back since: a store that the engine did not get to is brought to where the lead is,
// whatever it serves.
func (r *run) takenBack(m Marker) bool {
	lead := append([]Marker{r.lead.state.Live}, r.lead.state.History...)
	for i, newer := range lead[:len(lead)-1] {
		if newer.Kind == KindBack && lead[i+1].Release == m.Origin {
			return true
		}
	}
	return false
}

// review makes the commit plan and checks what people have to say about it.
func (r *run) review(ctx context.Context) error {
	base, err := r.baseCommit(ctx)
	if err != nil {
		return err
	}
	plan, err := r.reviewPlan(ctx, base)
	if err != nil {
		if ctx.Err() != nil {
			return interrupted(ctx)
		}
		return fmt.Errorf("plan %s: %w", r.req.Target, err)
	}
	r.plan = plan
	if r.req.Reviewed != nil && base != r.req.Target && *r.req.Reviewed != plan.Digest {
		return fmt.Errorf("%w: reviewed %s, but from what is live (%s) it is %s; plan and review again",
			ErrStale, r.req.Reviewed.Short(), nameCommit(base), plan.Digest.Short())
	}
	if open := r.open(plan.Blocking()); r.req.guarded() && len(open) > 0 {
		return &DeniedError{Plan: plan, Findings: open}
	}
	return nil
}

// reviewPlan makes the plan that people review: from the base commit, or for a full
// release from what the stores hold.
func (r *run) reviewPlan(ctx context.Context, base string) (*planner.Plan, error) {
	if !r.req.Full || !r.req.guarded() {
		return r.planner.CommitPlan(ctx, base, r.req.Target)
	}
	return r.planner.HeldPlan(ctx, base, r.req.Target, r.heldChanges())
}

// heldChanges joins the changes of all stores: those of each dataset from the first
// store that holds it, because a store that was never released to has nothing to compare.
func (r *run) heldChanges() []planner.Change {
	byName := make(map[string][]planner.Change)
	for _, released := range [...]bool{true, false} {
		for _, m := range r.moves {
			if m.plan == nil || m.state.Live.IsZero() == released {
				continue
			}
			changes := byDataset(m.plan.Changes)
			for name := range m.plan.Datasets {
				if _, seen := byName[name]; !seen {
					byName[name] = changes[name]
				}
			}
		}
	}
	var out []planner.Change
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		out = append(out, byName[name]...)
	}
	return out
}

func nameCommit(hash string) string {
	if hash == "" {
		return "nothing"
	}
	return hash
}

// baseCommit returns the commit that people review against: the lead's, or while it was
// never released to, that of another required store. A commit that is not in the
// repository any more, which only a full release gets past, counts as nothing.
func (r *run) baseCommit(ctx context.Context) (string, error) {
	commit := r.lead.state.Live.Commit
	for _, m := range r.moves {
		if commit == "" && m.Required {
			commit = m.state.Live.Commit
		}
	}
	if commit == "" {
		return "", nil
	}
	relation, err := r.planner.Relate(ctx, commit, r.req.Target)
	if err != nil {
		return "", fmt.Errorf("compare the target with the live commit %s: %w", commit, err)
	}
	if relation == planner.Unknown {
		return "", nil
	}
	return commit, nil
}

// open returns the findings that no override names.
func (r *run) open(findings []planner.Finding) []planner.Finding {
	var open []planner.Finding
	for _, f := range findings {
		if _, ok := r.override(f); !ok {
			open = append(open, f)
		}
	}
	return open
}

// wrote reports whether a person is an author of what is released.
func (r *run) wrote(person string) bool {
	return SamePerson(person, r.plan.Target.Author) ||
		slices.ContainsFunc(r.req.Authors, func(author string) bool { return SamePerson(person, author) })
}

// override returns the override that lets a finding pass. One that wants approval wants
// a second person: no author of what is released can give it.
func (r *run) override(f planner.Finding) (Override, bool) {
	for _, o := range r.req.Overrides {
		if o.Fingerprint != f.Fingerprint {
			continue
		}
		if f.Level == planner.Approve && r.wrote(o.By) {
			continue
		}
		return o, true
	}
	return Override{}, false
}

// SamePerson reports whether two names, "Name <mail>" or a part of it, may mean one
// person: the same name, or the same mail address, whatever the case.
func SamePerson(a, b string) bool {
	nameA, mailA := splitPerson(a)
	nameB, mailB := splitPerson(b)
	same := func(x, y string) bool { return x != "" && strings.EqualFold(x, y) }
	return same(nameA, nameB) || same(mailA, mailB) || same(nameA, mailB) || same(mailA, nameB)
}

func splitPerson(s string) (name, mail string) {
	name, mail, _ = strings.Cut(s, "<")
	return strings.TrimSpace(name), strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(mail), ">"))
}

// overrides returns the overrides that the plan needed: what a person took
// responsibility for is what the marker says.
func (r *run) overrides() []Override {
	var used []Override
	for _, f := range r.plan.Blocking() {
		if o, ok := r.override(f); ok {
			used = append(used, o)
		}
	}
	return used
}

// checkPin refuses to change the data of a pinned store.
func (r *run) checkPin(m *move) error {
	pin := m.state.Live.Pin
	if pin == nil || r.req.Kind == KindPin || r.req.Kind == KindUnpin || sameData(m.state.Live.Datasets, m.plan.target) {
		return nil
	}
	return fmt.Errorf("%w at %s by %s (%s): only a target with the same data is taken until it is lifted",
		ErrPinned, m.state.Live.Commit, pin.By, pin.Reason)
}

// isLost reports whether an error says that the release belongs to somebody else.
func isLost(err error) bool { return errors.Is(err, ErrConflict) }

package applier

import (
	"context"

	"github.com/promoctl/promoctl/planner"
)

// Planner answers what the engine asks about commits. Commits are 40 hexadecimal
// digits; an empty base means that nothing is live. Methods may be called concurrently.
type Planner interface {
	// CommitPlan returns what people review between two commits, with findings. Base
	// and target may be the same commit.
	CommitPlan(ctx context.Context, base, target string) (*planner.Plan, error)
	// HeldPlan is CommitPlan where the base is not a commit but what the stores hold:
	// the changes that lead from there to target, sorted by dataset and key. Base is
	// the commit whose guardrails hold beside the target's, empty if it is not known.
	HeldPlan(ctx context.Context, base, target string, changes []planner.Change) (*planner.Plan, error)
	// StorePlan returns what a store that serves base lacks to serve target. With an
	// empty base its changes are the whole content that the store is to hold. Target
	// may be an ancestor of base: the engine takes back what it cannot finish.
	StorePlan(ctx context.Context, store, base, target string) (*planner.StorePlan, error)
	// Relate says how target stands to live.
	Relate(ctx context.Context, live, target string) (planner.Relation, error)
}

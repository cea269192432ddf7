// Package planner turns two commits into a change plan, record by record.
//
// A [Plan] is what people review: the changes from a base commit to a target commit
// with the findings of the guardrails and a digest. What one store still lacks is
// derived from the commits that it lacks. The planner reads Git only through the
// interface Repo, and cost follows the change, not the repository.
package planner

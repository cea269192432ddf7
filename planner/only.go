package planner

import "slices"

// Only returns the part of the plan that is about one dataset; a plan without changes if
// it has none there. Commits and digest stay those of the whole plan.
func (p *Plan) Only(dataset string) *Plan {
	part := *p
	part.Config = nil
	part.Datasets = slices.DeleteFunc(slices.Clone(p.Datasets), func(d DatasetPlan) bool { return d.Name != dataset })
	part.Changes = slices.DeleteFunc(slices.Clone(p.Changes), func(c Change) bool { return c.Dataset != dataset })
	part.Findings = slices.DeleteFunc(slices.Clone(p.Findings), func(f Finding) bool { return f.Dataset != dataset })
	return &part
}

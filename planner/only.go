package planner

import (
	"fmt"
	"slices"
	"strings"
)

// Only returns the part of the plan that is about one dataset. Commits and digest stay
// those of the whole plan. The error says which datasets have changes.
func (p *Plan) Only(dataset string) (*Plan, error) {
	part := *p
	part.Config = nil
	part.Datasets = slices.DeleteFunc(slices.Clone(p.Datasets), func(d DatasetPlan) bool { return d.Name != dataset })
	part.Changes = slices.DeleteFunc(slices.Clone(p.Changes), func(c Change) bool { return c.Dataset != dataset })
	part.Findings = slices.DeleteFunc(slices.Clone(p.Findings), func(f Finding) bool { return f.Dataset != dataset })
	if len(part.Datasets) == 0 && len(p.Datasets) > 0 {
		var names []string
		for _, d := range p.Datasets {
			names = append(names, d.Name)
		}
		return nil, fmt.Errorf("dataset %s has no change in this plan; %s", dataset, "those that have: "+strings.Join(names, ", "))
	}
	return &part, nil
}

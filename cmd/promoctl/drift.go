package main

import (
	"fmt"
	"strings"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// driftText shows one drifted record in a line, field by field, with sensitive values
// masked: "prices SKU-1: price: want 199, found 19.9".
func (s *session) driftText(d applier.Drift) string {
	head := fmt.Sprintf("%s %s: ", d.Dataset, d.Key)
	switch {
	case d.Want == nil:
		return head + "should not be there"
	case d.Found == nil:
		return head + "missing"
	}
	change, _ := planner.MakeChange(d.Dataset, d.Want, d.Found)
	var parts []string
	for _, f := range s.driftFields(d.Dataset, change) {
		parts = append(parts, fmt.Sprintf("%s: want %s, found %s", f.Path, orNone(f.Before), orNone(f.After)))
	}
	if len(parts) == 0 {
		return head + "differs"
	}
	return head + strings.Join(parts, "; ")
}

// driftFields compares with the layout of the pipeline at hand, which says what to mask.
func (s *session) driftFields(dataset string, c planner.Change) []planner.FieldChange {
	d := s.pipeline.Dataset(dataset)
	if d == nil {
		return nil // gone from the pipeline: nobody can say what is sensitive
	}
	layout := spec.Layout(d.Layout)
	plan := planner.Plan{Datasets: []planner.DatasetPlan{{Name: dataset, Base: &layout, Target: &layout}}}
	return plan.FieldChanges(c)
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

package planner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// Movement is a number that a plan moves.
type Movement struct {
	Change *Change
	Field  FieldChange
	share  decimal.Decimal // of the old value, absolute
}

// Movements returns the n largest movements of numbers in per cent, largest first.
func (p *Plan) Movements(n int) []Movement {
	var out []Movement
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Op != Update {
			continue
		}
		for _, f := range p.FieldChanges(*c) {
			if m, ok := movement(c, f); ok {
				out = append(out, m)
			}
		}
		if len(out) > 4*n+1000 {
			out = largest(out, n)
		}
	}
	return largest(out, n)
}

func movement(c *Change, f FieldChange) (Movement, bool) {
	if f.Percent == "" {
		return Movement{}, false
	}
	before, err := decimal.NewFromString(f.Before)
	after, err2 := decimal.NewFromString(f.After)
	if err != nil || err2 != nil || before.IsZero() {
		return Movement{}, false
	}
	return Movement{c, f, after.Sub(before).Div(before).Abs()}, true
}

func largest(list []Movement, n int) []Movement {
	slices.SortStableFunc(list, func(a, b Movement) int {
		return cmp.Or(b.share.Cmp(a.share), strings.Compare(a.Change.Dataset, b.Change.Dataset),
			strings.Compare(string(a.Change.Key), string(b.Change.Key)))
	})
	return list[:min(n, len(list))]
}

// Counts returns how many records the plan creates, updates and deletes.
func (p *Plan) Counts() (create, update, del int) {
	for _, d := range p.Datasets {
		create, update, del = create+d.Create, update+d.Update, del+d.Delete
	}
	return create, update, del
}

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

// movementList keeps the largest of many movements.
type movementList struct {
	most int
	list []Movement
}

func (l *movementList) add(c *Change, f FieldChange) {
	if m, ok := movement(c, f); ok {
		l.list = append(l.list, m)
	}
	if len(l.list) > 4*l.most+1000 {
		l.list = l.largest()
	}
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

func (l *movementList) largest() []Movement {
	slices.SortStableFunc(l.list, func(a, b Movement) int {
		return cmp.Or(b.share.Cmp(a.share), strings.Compare(a.Change.Dataset, b.Change.Dataset),
			strings.Compare(string(a.Change.Key), string(b.Change.Key)))
	})
	return l.list[:min(l.most, len(l.list))]
}

// Counts returns how many records the plan creates, updates and deletes.
func (p *Plan) Counts() (create, update, del int) {
	for _, d := range p.Datasets {
		create, update, del = create+d.Create, update+d.Update, del+d.Delete
	}
	return create, update, del
}

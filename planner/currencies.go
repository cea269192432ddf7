package planner

import "fmt"

const currencyField = "currency"

// currencyChanges finds amounts that stay and mean something else: prices whose
// currency is another one, be it their own or that of an object around them. A change
// that many prices share is found once, where it was made. A currency that comes where
// nothing said any is no change.
func currencyChanges(s *subject, prices []priceMove) []hit {
	var out []hit
	said := map[string]bool{}
	look := func(at *spot) {
		h, changed := currencyChange(at)
		if changed && !said[h.field] {
			said[h.field] = true
			out = append(out, h)
		}
	}
	look(&spot{before: s.before(), after: s.after()}) // also for a record without a price of its own
	for _, m := range prices {
		if m.was && m.is {
			look(m.in)
		}
	}
	return out
}

// currencyChange compares the currencies that hold in an object before and after.
func currencyChange(at *spot) (hit, bool) {
	var before, after string
	var field spot // the innermost that says a currency
	for o := at; o != nil; o = o.in {
		c := o.member(currencyField)
		was, _ := c.before.(string)
		is, _ := c.after.(string)
		if field.label == "" && (was != "" || is != "") {
			field = c
		}
		if before == "" {
			before = was
		}
		if after == "" {
			after = is
		}
	}
	if before == "" || before == after {
		return hit{}, false
	}
	h := hit{field: field.label, before: before, after: after}
	from, to := plainText(before), plainText(after)
	own, _ := field.before.(string)
	now, _ := field.after.(string)
	switch {
	case after == "":
		h.message = fmt.Sprintf("%s changes from %s to none", h.field, from)
	case own == "":
		h.message = fmt.Sprintf("%s is new, so amounts change from %s to %s", h.field, from, to)
	case now == "":
		h.message = fmt.Sprintf("%s is gone, so amounts change from %s to %s", h.field, from, to)
	default:
		h.message = fmt.Sprintf("%s changes from %s to %s", h.field, from, to)
	}
	return h, true
}

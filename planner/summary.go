package planner

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// What a summary of a dataset names before it counts the rest.
const (
	maxSummaryDeletes = 50
	maxSummaryCreates = 20
	maxSummaryFields  = 20
	maxSummaryMoves   = 5
)

// datasetSummary is what people review of a dataset with too many changes to read.
type datasetSummary struct {
	DatasetPlan
	fields           []fieldCount // the rarest first: what stands out is seldom meant
	moves            []fieldCount // the most frequent first, each of several records
	creates, deletes []*Change
}

// fieldCount counts the records in which a field changes in the same way.
type fieldCount struct {
	what    string // "price", "max_discount removed", "price -5 %"
	records int
	example *Change // the first
	last    *Change
}

// text says which field changes in how many records: "price: 298 records (A)".
func (f fieldCount) text() string {
	return fmt.Sprintf("%s: %s (%s)", f.what, plural(f.records, "record"), printable(string(f.example.Key)))
}

// movesText says which movement records share: "298 x price -5 %".
func (f fieldCount) movesText() string { return fmt.Sprintf("%d x %s", f.records, f.what) }

// fieldCounts are counts by what they say.
type fieldCounts map[string]*fieldCount

// add counts a record once, however many items of a list change alike.
func (f fieldCounts) add(what string, c *Change) {
	n := f[what]
	if n == nil {
		n = &fieldCount{what: what, example: c}
		f[what] = n
	}
	if n.last != c {
		n.records, n.last = n.records+1, c
	}
}

// sorted returns the counts, the smallest first.
func (f fieldCounts) sorted() []fieldCount {
	out := make([]fieldCount, 0, len(f))
	for n := range maps.Values(f) {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b fieldCount) int {
		return cmp.Or(cmp.Compare(a.records, b.records), strings.Compare(a.what, b.what))
	})
	return out
}

// summary sums up each dataset and returns the n largest movements, in one pass: fields
// are what costs.
func (p *Plan) summary(n int) ([]datasetSummary, []Movement) {
	var out []datasetSummary
	moves := movementList{most: n}
	for _, d := range p.Datasets {
		out = append(out, datasetSummary{DatasetPlan: d})
	}
	at := 0
	for _, changes := range byDataset(p.Changes) {
		for at < len(out) && out[at].Name != changes[0].Dataset {
			at++
		}
		if at < len(out) {
			out[at].count(p, changes, &moves)
		}
	}
	return out, moves.largest()
}

func (d *datasetSummary) count(p *Plan, changes []Change, largest *movementList) {
	item := regexp.MustCompile(`\[[^\]]*\]`)
	fields, moves := fieldCounts{}, fieldCounts{}
	for i := range changes {
		c := &changes[i]
		switch c.Op {
		case Create:
			d.creates = append(d.creates, c)
			continue
		case Delete:
			d.deletes = append(d.deletes, c)
			continue
		}
		for _, f := range p.FieldChanges(*c) {
			what := item.ReplaceAllString(f.Path, "[]")
			if f.Percent != "" {
				moves.add(what+" "+f.Percent, c)
			}
			fields.add(what+howChanged(f), c)
			largest.add(c, f)
		}
	}
	d.fields = fields.sorted()
	d.moves = slices.DeleteFunc(moves.sorted(), func(m fieldCount) bool { return m.records < 2 })
	slices.Reverse(d.moves)
}

func howChanged(f FieldChange) string {
	switch {
	case f.After == "":
		return " removed"
	case f.Before == "":
		return " added"
	}
	return ""
}

// someText names the first items of a list and counts the rest.
func someText[T any](list []T, most int, word string, show func(T) string) []string {
	var out []string
	for _, item := range list[:min(most, len(list))] {
		out = append(out, show(item))
	}
	if n := len(list) - most; n > 0 {
		out = append(out, "and "+plural(n, "more "+word))
	}
	return out
}

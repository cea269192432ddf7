package planner

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// Role says what a piece of text is, for whoever colors it.
type Role int

const (
	RoleCreate Role = iota
	RoleUpdate
	RoleDelete
	RoleDeny
	RoleApprove
	RoleWarn
	RoleHeading
	RoleFaint
)

// TextOptions says how a plan is written for people.
type TextOptions struct {
	All   bool                      // every change, however many
	Paint func(Role, string) string // nil: plain
}

// Plans with more changes than this are summed up unless all are asked for.
const (
	maxTextChanges   = 200
	maxTextMovements = 20
	maxTextFindings  = 30
)

// WriteText writes the plan for people who read it in a terminal or a log.
func (p *Plan) WriteText(w io.Writer, o TextOptions) error {
	if o.Paint == nil {
		o.Paint = func(_ Role, s string) string { return s }
	}
	t := textWriter{w: bufio.NewWriter(w), plan: p, o: o}
	t.header()
	t.config()
	if len(p.Changes) > maxTextChanges && !o.All {
		t.movements()
	} else {
		t.changes()
	}
	t.findings()
	t.totals()
	return t.w.Flush()
}

type textWriter struct {
	w    *bufio.Writer
	plan *Plan
	o    TextOptions
}

func (t *textWriter) line(format string, args ...any) { fmt.Fprintf(t.w, format+"\n", args...) }

func (t *textWriter) header() {
	env := ""
	if t.plan.Env != "" {
		env = " for " + t.plan.Env
	}
	t.line("%s", t.o.Paint(RoleHeading, "Plan"+env))
	t.line("  from %s", commitLine(t.plan.Base))
	t.line("  to   %s", commitLine(t.plan.Target))
	t.line("")
}

func commitLine(c Commit) string {
	if c.Hash == "" {
		return "nothing: nothing is live yet"
	}
	return fmt.Sprintf("%s %q, %s", c.Short(), c.Subject, c.Time.UTC().Format("2006-01-02 15:04 UTC"))
}

func (t *textWriter) config() {
	for _, c := range t.plan.Config {
		t.line("%s %s", t.o.Paint(RoleUpdate, "~"), c.What)
	}
	if len(t.plan.Config) > 0 {
		t.line("")
	}
}

func (t *textWriter) changes() {
	dataset := ""
	for _, c := range t.plan.Changes {
		if c.Dataset != dataset {
			dataset = c.Dataset
			t.line("%s", t.o.Paint(RoleHeading, dataset))
		}
		t.change(c)
	}
	if dataset != "" {
		t.line("")
	}
}

func (t *textWriter) change(c Change) {
	switch c.Op {
	case Create:
		t.line("  %s %s  %s", t.o.Paint(RoleCreate, "+"), printable(string(c.Key)), t.o.Paint(RoleFaint, place(c.After.Pos)))
		t.line("      %s", t.created(c))
	case Delete:
		t.line("  %s %s  %s", t.o.Paint(RoleDelete, "-"), printable(string(c.Key)), t.o.Paint(RoleFaint, "was "+place(c.Before.Pos)))
	default:
		t.line("  %s %s  %s", t.o.Paint(RoleUpdate, "~"), printable(string(c.Key)), t.o.Paint(RoleFaint, place(c.After.Pos)))
		for _, f := range t.plan.FieldChanges(c) {
			t.line("      %s", FieldText(f))
		}
	}
}

// created shows the fields of a new record in one line.
func (t *textWriter) created(c Change) string {
	most := 160
	if t.o.All {
		most = math.MaxInt
	}
	var parts []string
	for _, f := range t.plan.FieldChanges(c) {
		parts = append(parts, f.Path+": "+f.After)
	}
	return shorten(strings.Join(parts, ", "), most)
}

func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-3]) + "..."
	}
	return s
}

func place(p spec.Pos) string { return fmt.Sprintf("%s:%d", printable(p.File), p.Line) }

// FieldText shows a field's change in one line: "price: 199 -> 19.9 (-90 %)".
func FieldText(f FieldChange) string {
	const most = 80
	show := func(s string) string {
		if s == "" {
			return "(none)"
		}
		return shorten(s, most)
	}
	text := fmt.Sprintf("%s: %s -> %s", f.Path, show(f.Before), show(f.After))
	if f.Percent != "" {
		text += " (" + f.Percent + ")"
	}
	return text
}

// movements sums up a plan that is too long to show.
func (t *textWriter) movements() {
	datasets, moves := t.plan.summary(maxTextMovements)
	for _, d := range datasets {
		t.dataset(d)
	}
	t.line("")
	if len(moves) > 0 {
		t.line("%s", t.o.Paint(RoleHeading, "Largest movements"))
		for _, m := range moves {
			t.line("  %s %s %s  %s  %s", t.o.Paint(RoleUpdate, "~"), m.Change.Dataset, printable(string(m.Change.Key)), FieldText(m.Field), t.o.Paint(RoleFaint, place(m.Change.After.Pos)))
		}
		t.line("")
	}
	t.line("%d changes in all; see each with --all", len(t.plan.Changes))
	t.line("")
}

// dataset sums up what changes in a dataset.
func (t *textWriter) dataset(d datasetSummary) {
	t.line("%s  %s", t.o.Paint(RoleHeading, d.Name), countsText(d.Create, d.Update, d.Delete))
	list := func(r Role, sign string, lines []string) {
		for _, line := range lines {
			t.line("  %s %s", t.o.Paint(r, sign), line)
		}
	}
	list(RoleUpdate, "~", someText(d.fields, maxSummaryFields, "field", fieldCount.text))
	list(RoleUpdate, "~", someText(d.moves, maxSummaryMoves, "such group", fieldCount.movesText))
	list(RoleDelete, "-", someText(d.deletes, maxSummaryDeletes, "delete", func(c *Change) string {
		return printable(string(c.Key)) + "  " + t.o.Paint(RoleFaint, "was "+place(c.Before.Pos))
	}))
	list(RoleCreate, "+", someText(d.creates, maxSummaryCreates, "create", func(c *Change) string {
		return printable(string(c.Key)) + "  " + t.o.Paint(RoleFaint, place(c.After.Pos))
	}))
}

func (t *textWriter) findings() {
	if len(t.plan.Findings) == 0 {
		return
	}
	t.line("%s", t.o.Paint(RoleHeading, "Findings"))
	for i, f := range t.plan.Findings {
		if i == maxTextFindings {
			t.line("  and %d more; see them all with --format json", len(t.plan.Findings)-i)
			break
		}
		lines := FindingLines(f)
		level := string(f.Level)
		lines[0] = strings.Replace(lines[0], level, t.o.Paint(levelRole(f.Level), level), 1)
		t.line("%s", strings.Join(lines, "\n"))
	}
	t.line("")
}

func levelRole(l Level) Role {
	switch l {
	case Deny:
		return RoleDeny
	case Approve:
		return RoleApprove
	}
	return RoleWarn
}

func (t *textWriter) totals() {
	create, update, del := t.plan.Counts()
	if t.plan.Empty() {
		t.line("No changes. The data of %s is the data of the base.", t.plan.Target.Short())
	} else {
		t.line("Plan: %s.", countsText(create, update, del))
	}
	t.line("Digest %s", t.plan.Digest)
	if blocked := t.plan.blockedText(); blocked != "" {
		t.line("%s", t.o.Paint(RoleDeny, blocked+"."))
	}
}

// blockedText says what stops the plan, or "".
func (p *Plan) blockedText() string {
	deny, approve := 0, 0
	for _, f := range p.Findings {
		switch f.Level {
		case Deny:
			deny++
		case Approve:
			approve++
		}
	}
	switch {
	case deny > 0 && approve > 0:
		return fmt.Sprintf("Denied by %s, and %d need a second person", plural(deny, "finding"), approve)
	case deny > 0:
		return "Denied by " + plural(deny, "finding")
	case approve == 1:
		return "1 finding needs a second person"
	case approve > 0:
		return fmt.Sprintf("%d findings need a second person", approve)
	}
	return ""
}

func countsText(create, update, del int) string {
	return fmt.Sprintf("%d to create, %d to update, %d to delete", create, update, del)
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

package planner

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Markdown is for pull requests, where GitHub refuses more than 65,536 characters.
const (
	maxMarkdownChanges  = 100
	openMarkdownChanges = 20 // no more than these are shown without a click
	maxFindingsBytes    = 20_000
	maxChangesBytes     = 36_000
	maxMovesBytes       = 8_000 // of those, for the largest movements
	maxMarkdownFields   = 12    // of a new record
)

// WriteMarkdown writes the plan for a pull request: the verdict, findings, counts, then
// the changes, or a summary of each dataset when there are many.
func (p *Plan) WriteMarkdown(w io.Writer) error {
	m := markdownWriter{w: bufio.NewWriter(w), plan: p}
	m.verdict()
	m.findings()
	m.datasets()
	m.changes()
	m.line("")
	m.line("Plan digest `%s`", p.Digest)
	return m.w.Flush()
}

type markdownWriter struct {
	w    *bufio.Writer
	plan *Plan
}

// rows writes the rows of a table until they take too much room, and says how many
// more there are.
func (m *markdownWriter) rows(n, room int, row func(i int) string, more string) {
	for i := range n {
		text := row(i)
		if room -= len(text); room < 0 {
			m.line(more, n-i)
			return
		}
		m.line("%s", text)
	}
}

func (m *markdownWriter) line(format string, args ...any) { fmt.Fprintf(m.w, format+"\n", args...) }

func (m *markdownWriter) verdict() {
	create, update, del := m.plan.Counts()
	verdict := countsText(create, update, del)
	switch blocked := m.plan.blockedText(); {
	case blocked != "":
		verdict = blocked + ": " + verdict
	case m.plan.Empty():
		verdict = "No changes"
	}
	env := ""
	if m.plan.Env != "" {
		env = " for " + m.plan.Env
	}
	m.line("### promoctl plan%s: %s", env, verdict)
	m.line("")
	m.line("From %s to %s.", mdCommit(m.plan.Base), mdCommit(m.plan.Target))
	m.line("")
}

func mdCommit(c Commit) string {
	if c.Hash == "" {
		return "nothing (nothing is live yet)"
	}
	return fmt.Sprintf("`%s` %s", c.Short(), mdText(c.Subject))
}

func (m *markdownWriter) findings() {
	if len(m.plan.Findings) == 0 {
		return
	}
	m.line("| level | rule | record | finding | line | fingerprint |")
	m.line("|---|---|---|---|---|---|")
	m.rows(len(m.plan.Findings), maxFindingsBytes, func(i int) string {
		f := m.plan.Findings[i]
		message := mdText(shorten(f.Message, 300))
		if f.Before != "" && f.After != "" {
			message += " (" + mdText(shorten(f.Before, 40)+" -> "+shorten(f.After, 40)) + ")"
		}
		return fmt.Sprintf("| %s | %s | %s | %s | %s | `%s` |", f.Level, mdText(f.Rule),
			mdText(strings.TrimSpace(f.Dataset+" "+string(f.Key))), message, mdText(f.Pos.String()), f.Fingerprint)
	}, "| | | | and %d more | | |")
	m.line("")
}

func (m *markdownWriter) datasets() {
	for _, c := range m.plan.Config {
		m.line("- %s", mdText(c.What))
	}
	if len(m.plan.Config) > 0 {
		m.line("")
	}
	if len(m.plan.Datasets) == 0 {
		return
	}
	m.line("| dataset | created | updated | deleted |")
	m.line("|---|---|---|---|")
	for _, d := range m.plan.Datasets {
		m.line("| %s | %d | %d | %d |", d.Name, d.Create, d.Update, d.Delete)
	}
	m.line("")
}

func (m *markdownWriter) changes() {
	switch {
	case len(m.plan.Changes) == 0:
		return
	case len(m.plan.Changes) > maxMarkdownChanges:
		m.movements()
		return
	}
	open := ""
	if len(m.plan.Changes) <= openMarkdownChanges {
		open = " open"
	}
	m.line("<details%s><summary>%s</summary>", open, plural(len(m.plan.Changes), "change"))
	m.line("")
	m.line("| | record | change | line |")
	m.line("|---|---|---|---|")
	signs := map[Op]string{Create: "+", Update: "~", Delete: "-"}
	m.rows(len(m.plan.Changes), maxChangesBytes, func(i int) string {
		c := m.plan.Changes[i]
		return fmt.Sprintf("| %s | %s %s | %s | %s |", signs[c.Op], c.Dataset, mdText(string(c.Key)), m.describe(c), mdPlace(c))
	}, "| | | and %d more; promoctl plan shows them | |")
	m.line("")
	m.line("</details>")
}

func (m *markdownWriter) describe(c Change) string {
	if c.Op == Delete {
		return "deleted"
	}
	var parts []string
	fields := m.plan.FieldChanges(c)
	for i, f := range fields {
		if i == maxMarkdownFields {
			parts = append(parts, fmt.Sprintf("and %d more fields", len(fields)-i))
			break
		}
		if c.Op == Create {
			parts = append(parts, mdText(f.Path+": "+shorten(f.After, 40)))
		} else {
			parts = append(parts, mdText(FieldText(f)))
		}
	}
	return strings.Join(parts, "<br>")
}

// mdPlace is where a record stands, or stood.
func mdPlace(c Change) string {
	if c.After == nil {
		return "was " + mdText(place(c.Before.Pos))
	}
	return mdText(place(c.After.Pos))
}

// movements sums up a plan that is too long to show.
func (m *markdownWriter) movements() {
	datasets, moves := m.plan.summary(maxTextMovements)
	room := (maxChangesBytes - maxMovesBytes) / max(1, len(datasets))
	for _, d := range datasets {
		m.dataset(d, room)
	}
	if len(moves) > 0 {
		m.line("| largest movements | | line |")
		m.line("|---|---|---|")
		m.rows(len(moves), maxMovesBytes, func(i int) string {
			c := moves[i].Change
			return fmt.Sprintf("| %s %s | %s | %s |", c.Dataset, mdText(string(c.Key)), mdText(FieldText(moves[i].Field)), mdPlace(*c))
		}, "| and %d more | | |")
		m.line("")
	}
	m.line("%d changes in all; see each with `promoctl plan --all`.", len(m.plan.Changes))
}

// dataset sums up what changes in a dataset.
func (m *markdownWriter) dataset(d datasetSummary, room int) {
	var items []string
	list := func(sign string, lines []string) {
		for _, line := range lines {
			items = append(items, "- "+sign+" "+mdText(line))
		}
	}
	list("updated:", someText(d.fields, maxSummaryFields, "field", fieldCount.text))
	list("updated:", someText(d.moves, maxSummaryMoves, "such group", fieldCount.movesText))
	list("deleted:", someText(d.deletes, maxSummaryDeletes, "delete", func(c *Change) string {
		return string(c.Key) + ", was " + place(c.Before.Pos)
	}))
	list("created:", someText(d.creates, maxSummaryCreates, "create", func(c *Change) string {
		return string(c.Key) + ", " + place(c.After.Pos)
	}))
	if len(items) == 0 {
		return // only the pipeline file changes it
	}
	m.line("**%s**", d.Name)
	m.line("")
	m.rows(len(items), room, func(i int) string { return items[i] }, "- and %d more lines")
	m.line("")
}

// mdText keeps text from a repository from being read as Markdown or HTML, and from
// calling people (@) or other pull requests (#).
func mdText(s string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", ">", "&gt;", "&", "&amp;", "`", "\\`", "*", "\\*", "_", "\\_",
		"~", "\\~", "[", "\\[", "@", "@\u200b", "#", "#\u200b", "\n", " ", "\r", " ").Replace(printable(s))
}

package planner

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Markdown is for pull requests, which GitHub cuts at 65,536 characters.
const (
	maxMarkdownChanges  = 100
	maxMarkdownFindings = 50
)

// WriteMarkdown writes the plan for a pull request: the verdict, findings, counts, then
// the changes, or the largest movements when there are many.
func (p *Plan) WriteMarkdown(w io.Writer) error {
	m := markdownWriter{bufio.NewWriter(w), p}
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

func (m *markdownWriter) line(format string, args ...any) { fmt.Fprintf(m.w, format+"\n", args...) }

func (m *markdownWriter) verdict() {
	create, update, del := m.plan.Counts()
	verdict := countsText(create, update, del)
	switch n := len(m.plan.Blocking()); {
	case n > 0:
		verdict = fmt.Sprintf("Blocked by %s: %s", plural(n, "finding"), verdict)
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
	for i, f := range m.plan.Findings {
		if i == maxMarkdownFindings {
			m.line("| | | | and %d more | | |", len(m.plan.Findings)-i)
			break
		}
		m.line("| %s | %s | %s | %s | %s | `%s` |", f.Level, mdText(f.Rule), mdText(strings.TrimSpace(f.Dataset+" "+string(f.Key))), mdText(f.Message), mdText(f.Pos.String()), f.Fingerprint)
	}
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
	m.line("<details><summary>%s</summary>", plural(len(m.plan.Changes), "change"))
	m.line("")
	m.line("| | record | change |")
	m.line("|---|---|---|")
	signs := map[Op]string{Create: "+", Update: "~", Delete: "-"}
	for _, c := range m.plan.Changes {
		m.line("| %s | %s %s | %s |", signs[c.Op], c.Dataset, mdText(string(c.Key)), m.describe(c))
	}
	m.line("")
	m.line("</details>")
}

func (m *markdownWriter) describe(c Change) string {
	if c.Op == Delete {
		return "deleted"
	}
	var parts []string
	for _, f := range m.plan.FieldChanges(c) {
		if c.Op == Create {
			parts = append(parts, mdText(f.Path+": "+shorten(f.After, 40)))
		} else {
			parts = append(parts, mdText(FieldText(f)))
		}
	}
	return strings.Join(parts, "<br>")
}

func (m *markdownWriter) movements() {
	m.line("Largest movements of %s:", plural(len(m.plan.Changes), "change"))
	m.line("")
	m.line("| record | movement |")
	m.line("|---|---|")
	for _, v := range m.plan.Movements(maxTextMovements) {
		m.line("| %s %s | %s |", v.Change.Dataset, mdText(string(v.Change.Key)), mdText(FieldText(v.Field)))
	}
}

// mdText keeps text from a repository from being read as Markdown or HTML.
func mdText(s string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", ">", "&gt;", "`", "\\`", "*", "\\*", "_", "\\_",
		"[", "\\[", "@", "@\u200b", "\n", " ", "\r", " ").Replace(s)
}

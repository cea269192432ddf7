package planner

import (
	"strings"

	"golang.org/x/text/width"

	"github.com/promoctl/promoctl/spec"
)

const (
	lineColumns   = 80 // of a terminal that nobody made wider
	findingIndent = "      "
	maxValueShown = 34 // characters: two values and an arrow fit in a line
)

// FindingLines shows a finding in lines for people, which fit 80 columns where their
// words do: level, rule and fingerprint, then the record, its values and its place,
// then the message.
func FindingLines(f Finding) []string {
	head := "  " + string(f.Level) + "  " + printable(f.Rule) + "  " + f.Fingerprint
	var parts []string
	if record := findingRecord(f); record != "" {
		parts = append(parts, record)
	}
	if f.Before != "" && f.After != "" {
		parts = append(parts, shorten(f.Before, maxValueShown)+" -> "+shorten(f.After, maxValueShown))
	}
	parts = append(parts, findingPlace(f.Pos))
	lines := append([]string{head}, fill(parts, "  ")...)
	return append(lines, fill(strings.Fields(f.Message), " ")...)
}

// findingRecord names the record or the dataset that a finding is about, or "".
func findingRecord(f Finding) string {
	return strings.TrimSpace(f.Dataset + " " + printable(string(f.Key)))
}

// findingPlace shows a place; some are about a file as a whole.
func findingPlace(p spec.Pos) string {
	if p.Line > 0 {
		return place(p)
	}
	return printable(p.File)
}

// fill puts parts into as few indented lines as they fit. What is too wide by itself
// has a line of its own.
func fill(parts []string, between string) []string {
	var lines []string
	for _, part := range parts {
		if n := len(lines) - 1; n >= 0 && columns(lines[n]+between+part) <= lineColumns {
			lines[n] += between + part
		} else {
			lines = append(lines, findingIndent+part)
		}
	}
	return lines
}

// columns returns how wide a text is in a terminal, where Chinese characters take two
// columns.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

package spec

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// lineMask returns what may be shown of a line of a file. Nil shows everything.
type lineMask func(line string) string

// showAll is the lineMask of files that hold nothing sensitive.
func showAll(line string) string { return line }

// hiddenText stands for what must not be shown.
const hiddenText = "(hidden)"

// showLine is the lineMask of a dataset whose schema has sensitive fields: it shows
// lines that plainly set another declared field, and nothing else.
func (s *Schema) showLine(line string) string {
	name, _, ok := strings.Cut(strings.TrimLeft(line, "- {"), ":")
	name = strings.Trim(strings.TrimSpace(name), `"'`)
	if !ok || slices.ContainsFunc(s.secretNames, func(n string) bool { return strings.Contains(line, n) }) {
		if ok && slices.Contains(s.secretNames, name) {
			return name + ": " + hiddenText
		}
		return hiddenText
	}
	if _, declared := slices.BinarySearch(s.openNames, name); !declared {
		return hiddenText
	}
	return line
}

// mask returns the lineMask of the schema.
func (s *Schema) mask() lineMask {
	if len(s.secretNames) == 0 {
		return showAll
	}
	return s.showLine
}

// conflict is one conflict of a merge as it stands in a file.
type conflict struct {
	line         int      // of its first marker; 0: none is open
	ours, theirs []string // lines of the two sides
	side         *[]string
}

// checkConflictMarkers finds what a merge left behind and shows both sides. A marker
// counts only when it starts its line, as Git writes it.
func checkConflictMarkers(file string, data []byte, show lineMask) Problems {
	if !bytes.Contains(data, []byte("<<<<<<<")) && !bytes.Contains(data, []byte(">>>>>>>")) && !bytes.Contains(data, []byte("\n=======")) {
		return nil
	}
	if show == nil {
		show = showAll
	}
	var ps Problems
	var c conflict
	number := 0
	for line := range strings.SplitSeq(string(data), "\n") {
		number++
		line = strings.TrimSuffix(line, "\r")
		switch marker := conflictMarker(line); {
		case marker == '<':
			if c.line > 0 {
				ps = append(ps, looseMarker(file, c.line))
			}
			c = conflict{line: number}
			c.side = &c.ours
		case marker != 0 && c.line == 0:
			ps = append(ps, looseMarker(file, number))
		case marker == '|':
			c.side = new([]string) // the common ancestor of a diff3 conflict
		case marker == '=':
			c.side = &c.theirs
		case marker == '>':
			ps = append(ps, c.problem(file))
			c = conflict{}
		case c.line > 0:
			*c.side = append(*c.side, show(strings.TrimSpace(line)))
		}
	}
	if c.line > 0 {
		ps = append(ps, looseMarker(file, c.line))
	}
	return ps
}

// conflictMarker returns the sign that a conflict marker is made of, or 0.
func conflictMarker(line string) byte {
	if line == "=======" {
		return '='
	}
	if len(line) < 7 || (len(line) > 7 && line[7] != ' ') {
		return 0
	}
	switch line[:7] {
	case "<<<<<<<", "|||||||", ">>>>>>>":
		return line[0]
	}
	return 0
}

func (c *conflict) problem(file string) Problem {
	return Problem{
		Pos:  Pos{File: file, Line: c.line, Col: 1},
		What: fmt.Sprintf("conflict markers of a merge: one side has %s, the other has %s", quoteSide(c.ours), quoteSide(c.theirs)),
		Fix:  "keep one of them and delete the lines <<<<<<<, ======= and >>>>>>>",
	}
}

func looseMarker(file string, line int) Problem {
	return Problem{
		Pos:  Pos{File: file, Line: line, Col: 1},
		What: "part of a conflict marker that a merge left behind",
		Fix:  "see which lines belong to which side, keep one side and delete the marker",
	}
}

// quoteSide shows a side of a conflict in a line.
func quoteSide(lines []string) string {
	const most = 3
	if len(lines) == 0 {
		return "nothing"
	}
	more := ""
	if len(lines) > most {
		more = fmt.Sprintf(" and %d more lines", len(lines)-most)
		lines = lines[:most]
	}
	shown := make([]string, len(lines))
	for i, line := range lines {
		shown[i] = shorten(line)
	}
	return fmt.Sprintf("%q%s", strings.Join(shown, " | "), more)
}

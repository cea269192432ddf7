package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one error in the text of a data repository. It says where, what and
// what to write instead.
type Problem struct {
	Pos
	Field string `json:"field,omitempty"` // dotted path within the record or the pipeline file
	What  string `json:"what"`            // what is wrong, lower case, no full stop
	Fix   string `json:"fix,omitempty"`   // what to write instead
}

// String returns "file:line:col: field: what; fix".
func (p Problem) String() string {
	var b strings.Builder
	if at := p.Pos.String(); at != "" {
		b.WriteString(at)
		b.WriteString(": ")
	}
	if p.Field != "" {
		b.WriteString(p.Field)
		b.WriteString(": ")
	}
	b.WriteString(p.What)
	if p.Fix != "" {
		b.WriteString("; ")
		b.WriteString(p.Fix)
	}
	return b.String()
}

// Problems is the error that a load returns: everything that is wrong, at once.
type Problems []Problem

// Error returns one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns ps as an error, or nil when there is no problem.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// Addf appends a problem. The text is split into what and fix at the first "; " that is
// not inside of double quotes.
func (ps *Problems) Addf(at Pos, field, format string, args ...any) {
	p := Problem{Pos: at, Field: field, What: fmt.Sprintf(format, args...)}
	if i := splitAt(p.What); i >= 0 {
		p.What, p.Fix = p.What[:i], p.What[i+2:]
	}
	*ps = append(*ps, p)
}

// splitAt returns the offset of the first "; " outside of double quotes, or -1.
func splitAt(text string) int {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quoted:
			i++
		case text[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(text[i:], "; "):
			return i
		}
	}
	return -1
}

// Sort orders by file, line, column, field and text, and drops repetitions.
func (ps *Problems) Sort() {
	slices.SortFunc(*ps, func(a, b Problem) int {
		return cmp.Or(
			strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col),
			strings.Compare(a.Field, b.Field), strings.Compare(a.What, b.What))
	})
	*ps = slices.Compact(*ps)
}

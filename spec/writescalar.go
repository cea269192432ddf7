package spec

import (
	"fmt"
	"strings"
	"unicode"
)

// scalarText returns a scalar as every YAML parser reads it alike. A text of several
// lines may become a block at a depth; at depth 0 it stays in its line.
func scalarText(n Node, t *Type, depth int) string {
	text := n.Text()
	isText := n.Quoted() || t.kinds&^kindNull == kindString
	if n.Quoted() || !isNull(text) {
		switch {
		case isText && t.time && t.kinds&^kindNull == kindString:
			return text // a time of RFC 3339 is the same instant to all of them
		case isText && depth > 0 && fitsBlock(text):
			return blockText(text, depth)
		case isText:
			return plainOrQuoted(text)
		}
	}
	if isNull(text) {
		return "null"
	}
	if strings.ContainsAny(text, "eE") || text == "-0" {
		if canonical, err := canonicalNumber(text); err == nil {
			return canonical // some parsers take 1e3 for a text
		}
	}
	return text
}

// plainOrQuoted leaves a text without quotes only if no parser could take it for
// anything else: it starts with a letter, has nothing that YAML gives a meaning, and is
// none of the words that stand for a boolean, a null or a number.
func plainOrQuoted(text string) string {
	if text == "" || ambiguous(text) || strings.HasSuffix(text, " ") {
		return quoted(text)
	}
	for i, r := range text {
		letter := unicode.IsLetter(r)
		if i == 0 && !letter || !letter && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" _-./+()", r) {
			return quoted(text)
		}
	}
	return text
}

// quoted returns a text in double quotes. What cannot be seen, and what parsers take for
// a line end or refuse, is escaped.
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case unicode.IsPrint(r) || r == '\u3000':
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// fitsBlock reports whether a text reads well, and back the same, as a literal block.
func fitsBlock(text string) bool {
	if !strings.Contains(text, "\n") || strings.HasSuffix(text, "\n\n") {
		return false
	}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if line == "" && i > 0 {
			continue
		}
		if line == "" || strings.HasPrefix(line, " ") || strings.HasSuffix(line, " ") {
			return false
		}
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) && r != '\u3000' }) {
			return false
		}
	}
	return true
}

// blockText returns a literal block whose lines lie so deep.
func blockText(text string, depth int) string {
	sign := "|-"
	if strings.HasSuffix(text, "\n") {
		sign = "|"
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = indent(depth) + line
		}
	}
	return sign + "\n" + strings.Join(lines, "\n")
}

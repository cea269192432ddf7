package spec

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

var (
	yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	// anchorName is cut out of messages: what looks like an anchor may be a coupon code.
	anchorName = regexp.MustCompile(` '.*' referenced`)
)

// yamlProblem gives a syntax error of the parser a place and a remedy.
func yamlProblem(file string, data []byte, err error) Problem {
	line, message := splitYAMLError(err)
	line = yamlErrorAt(data, line, message)
	p := Problem{Pos: Pos{File: file, Line: line, Col: firstColumn(data, line)}, What: "not valid YAML: " + message}
	for _, remedy := range yamlRemedies {
		if strings.Contains(message, remedy[0]) {
			p.Fix = remedy[1]
			break
		}
	}
	return p
}

// splitYAMLError takes the parser's message apart; line is 0 where it names none.
func splitYAMLError(err error) (line int, message string) {
	m := yamlErrorLine.FindStringSubmatch(err.Error())
	if m == nil {
		return 0, err.Error()
	}
	line, _ = strconv.Atoi(m[1])
	return line, anchorName.ReplaceAllString(m[2], "")
}

// misplacedErrors are those for which the parser names the line before the start of the
// list or object that it was in, which may be thousands of lines away.
var misplacedErrors = [...]string{
	"did not find expected key",
	"did not find expected '-' indicator",
	"did not find expected ',' or ']'",
	"did not find expected ',' or '}'",
	"did not find expected node content",
	"did not find expected <document start>",
}

// yamlErrorAt returns the line at which the parser gave up: the first line up to which
// the text has the same error. It reads the text once more to see how far the parser
// came, and then a few times up to the lines before that.
func yamlErrorAt(data []byte, line int, message string) int {
	unclosed := strings.Contains(message, "end of stream")
	switch {
	case unclosed && failsWithin(data, 1, message):
		return 1 // the parser names the start of the quote, except on the first line
	case line > 0 && !slices.Contains(misplacedErrors[:], message):
		return line
	}
	last := linesUntilError(data)
	const back, large = 4, 4 << 20
	if len(data) > large {
		return last
	}
	for k := max(1, last-back); k < last; k++ {
		if failsWithin(data, k, message) {
			return k
		}
	}
	return last
}

// failsWithin reports whether the first lines of a text alone give the same error.
func failsWithin(data []byte, lines int, message string) bool {
	err := scanYAML(bytes.NewReader(data[:lineStart(data, lines+1)]))
	if err == nil {
		return false
	}
	_, m := splitYAMLError(err)
	return m == message
}

// linesUntilError returns how many lines the parser takes in before it gives up.
func linesUntilError(data []byte) int {
	r := &lineReader{rest: data}
	_ = scanYAML(r) // the error is known
	return max(1, r.lines)
}

// scanYAML parses all documents and drops them.
func scanYAML(r io.Reader) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the parser gave up")
		}
	}()
	for dec := yaml.NewDecoder(r); ; {
		var doc yaml.Node
		if err := dec.Decode(&doc); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// lineReader hands out at most one line at a time and counts them.
type lineReader struct {
	rest  []byte
	lines int
}

// Read implements io.Reader.
func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := len(r.rest)
	if i := bytes.IndexByte(r.rest, '\n'); i >= 0 {
		n = i + 1
	}
	if n = copy(p, r.rest[:n]); r.rest[n-1] == '\n' || n == len(r.rest) {
		r.lines++
	}
	r.rest = r.rest[n:]
	return n, nil
}

// lineStart returns the offset at which a line starts, counting from 1.
func lineStart(data []byte, line int) int {
	at := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(data[at:], '\n')
		if i < 0 {
			return len(data)
		}
		at += i + 1
	}
	return at
}

// firstColumn returns where the text of a line starts.
func firstColumn(data []byte, line int) int {
	text := data[lineStart(data, line):]
	return 1 + len(text) - len(bytes.TrimLeft(text, " "))
}

// yamlRemedies pairs a part of the parser's message with what to do about it.
var yamlRemedies = [...][2]string{
	{"mapping values are not allowed", "quote a text that contains \": \", and check the indentation"},
	{"did not find expected key", "check the indentation and the quotes of this line and of the one before"},
	{"did not find expected '-' indicator", "start each record of the list with \"- \" at the same indentation, and check brackets and quotes"},
	{"cannot start any token", "indent with spaces, not tabs, and quote a text that starts with @, ` or %"},
	{"did not find expected ',' or ']'", "close the list with ] or put a comma between its items"},
	{"did not find expected ',' or '}'", "close the object with } or put a comma between its members"},
	{"found unexpected end of stream", "close the quote"},
	{"could not find expected ':'", "write a colon and a space after the field's name"},
	{"unknown anchor", "quote a text that starts with *"},
	{"found a tab character", "indent with spaces, not tabs"},
	{"control characters are not allowed", "remove the invisible control character"},
	{"did not find expected node content", "write a value, or quote the text"},
	{"did not find expected alphabetic", "quote a text that starts with & or *"},
	{"did not find URI", "quote a text that starts with !"},
	{"invalid Unicode character escape", "write the character itself instead of its escape"},
	{"unknown escape character", "write \\\\ for a backslash, or use single quotes"},
	{"block sequence entries are not allowed", "start a list on a line of its own, or quote the text"},
	{"expected <document start>", "write --- between documents"},
	{"expected comment or line break", "quote a text that starts with > or |"},
	{"exceeded max depth", "write a flatter record"},
	{"incompatible YAML document", "delete the line %YAML"},
}

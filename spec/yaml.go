package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// This is the only file that knows yaml.v3. It hands out nodes with the text as it was
// written; what the text means is for the schema to say.

// NodeKind is what a Node is.
type NodeKind uint8

const (
	ScalarNode NodeKind = iota + 1
	MappingNode
	SequenceNode
)

// Node is a node of a YAML or JSON document. The zero Node is absent. Aliases are
// followed; parseYAML has made sure that following them all is bounded.
type Node struct{ y *yaml.Node }

func (n Node) absent() bool { return n.y == nil }

// Kind returns what n is.
func (n Node) Kind() NodeKind {
	switch n.target().Kind {
	case yaml.MappingNode:
		return MappingNode
	case yaml.SequenceNode:
		return SequenceNode
	}
	return ScalarNode
}

func (n Node) target() *yaml.Node {
	if n.y.Kind == yaml.AliasNode {
		return n.y.Alias
	}
	return n.y
}

// Text returns the text of a scalar, unescaped if it was quoted.
func (n Node) Text() string { return n.target().Value }

// Quoted reports whether a scalar was quoted or a block of text, so that it can be
// nothing but a string.
func (n Node) Quoted() bool {
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	return n.target().Style&quoted != 0
}

// Tag returns an explicit tag as written in its short form ("!!str"), or "".
func (n Node) Tag() string {
	if t := n.target(); t.Style&yaml.TaggedStyle != 0 {
		return t.Tag
	}
	return ""
}

// At returns where n stands in file.
func (n Node) At(file string) Pos {
	if n.y == nil {
		return Pos{File: file}
	}
	return Pos{File: file, Line: n.y.Line, Col: n.y.Column}
}

// Len returns the number of items of a sequence or members of a mapping.
func (n Node) Len() int {
	if t := n.target(); t.Kind == yaml.MappingNode {
		return len(t.Content) / 2
	}
	return len(n.target().Content)
}

// Items yields the items of a sequence.
func (n Node) Items() iter.Seq2[int, Node] {
	return func(yield func(int, Node) bool) {
		for i, c := range n.target().Content {
			if !yield(i, Node{c}) {
				return
			}
		}
	}
}

// Members yields the names and values of a mapping in the order of the text.
func (n Node) Members() iter.Seq2[Node, Node] {
	return func(yield func(Node, Node) bool) {
		c := n.target().Content
		for i := 0; i+1 < len(c); i += 2 {
			if !yield(Node{c[i]}, Node{c[i+1]}) {
				return
			}
		}
	}
}

// Member returns the value of a mapping's member, or the absent Node.
func (n Node) Member(name string) Node {
	if n.absent() || n.Kind() != MappingNode {
		return Node{}
	}
	for k, v := range n.Members() {
		if k.Text() == name {
			return v
		}
	}
	return Node{}
}

func newScalar(text string, quoted bool, line, col int) Node {
	y := &yaml.Node{Kind: yaml.ScalarNode, Value: text, Line: line, Column: col}
	if quoted {
		y.Style = yaml.DoubleQuotedStyle
	}
	return Node{y}
}

func newContainer(kind NodeKind, line, col int, content []Node) Node {
	y := &yaml.Node{Kind: yaml.SequenceNode, Line: line, Column: col}
	if kind == MappingNode {
		y.Kind = yaml.MappingNode
	}
	y.Content = make([]*yaml.Node, len(content))
	for i, c := range content {
		y.Content[i] = c.y
	}
	return Node{y}
}

// maxExpanded bounds how many nodes a file may have once its aliases are followed, as
// a multiple of the nodes that are written, plus a constant for small files.
const (
	maxExpandedFactor = 10
	maxExpandedBase   = 10_000
)

// parseYAML returns the documents of a file. Empty documents are left out.
func parseYAML(file string, data []byte) (docs []Node, problems Problems) {
	defer func() {
		if r := recover(); r != nil {
			problems.Addf(Pos{File: file}, "", "the YAML parser gave up: %v; simplify the file", r)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return docs, problems
		}
		if err != nil {
			return nil, append(problems, yamlProblem(file, err))
		}
		root := doc.Content[0]
		if bytes.IndexByte(data, '*') >= 0 {
			if err := checkAliases(root); err != nil {
				problems.Addf(Node{root}.At(file), "", "%v", err)
				return nil, problems
			}
		}
		if root.Kind == yaml.ScalarNode && root.Value == "" && root.Style == 0 {
			continue // only comments
		}
		docs = append(docs, Node{root})
	}
}

func checkAliases(root *yaml.Node) error {
	c := aliasCounter{sizes: map[*yaml.Node]int{}, open: map[*yaml.Node]bool{}}
	size, err := c.expand(root)
	if err != nil {
		return err
	}
	if size > maxExpandedFactor*c.written+maxExpandedBase {
		return fmt.Errorf("aliases expand %d nodes to %d; write the values out instead of nesting aliases", c.written, size)
	}
	return nil
}

type aliasCounter struct {
	sizes   map[*yaml.Node]int  // of anchored nodes, expanded
	open    map[*yaml.Node]bool // anchored nodes that the walk is inside of
	written int
}

// expand returns how many nodes n has with its aliases followed, saturating well below overflow.
func (c *aliasCounter) expand(n *yaml.Node) (int, error) {
	const saturated = 1 << 40
	if n.Kind == yaml.AliasNode {
		if c.open[n.Alias] {
			return 0, fmt.Errorf("line %d: alias *%s contains itself; write the value out", n.Line, n.Value)
		}
		c.written++
		return c.sizes[n.Alias], nil
	}
	if n.Anchor != "" {
		c.open[n] = true
		defer delete(c.open, n)
	}
	c.written++
	size := 1
	for _, child := range n.Content {
		s, err := c.expand(child)
		if err != nil {
			return 0, err
		}
		size = min(size+s, saturated)
	}
	if n.Anchor != "" {
		c.sizes[n] = size
	}
	return size, nil
}

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// yamlProblem gives a syntax error of the parser a place and a remedy.
func yamlProblem(file string, err error) Problem {
	p := Problem{Pos: Pos{File: file}, What: err.Error()}
	if m := yamlErrorLine.FindStringSubmatch(err.Error()); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.What = m[2]
	}
	for _, remedy := range yamlRemedies {
		if strings.Contains(p.What, remedy[0]) {
			p.Fix = remedy[1]
		}
	}
	p.What = "not valid YAML: " + p.What
	return p
}

// yamlRemedies pairs a part of the parser's message with what to do about it.
var yamlRemedies = [...][2]string{
	{"mapping values are not allowed", "quote a text that contains \": \""},
	{"did not find expected key", "check the indentation of this line and of the one before"},
	{"did not find expected '-' indicator", "start each record of the list with \"- \" at the same indentation"},
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
}

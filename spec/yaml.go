package spec

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"gopkg.in/yaml.v3"
)

// Only this file and its neighbors yamlalias.go and yamlerror.go know yaml.v3. They hand
// out nodes with the text as it was written; what it means is for the schema to say.

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

// inBraces reports whether a mapping or a sequence is written between brackets.
func (n Node) inBraces() bool { return n.target().Style&yaml.FlowStyle != 0 }

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

// memberAfter returns the name node of the next member with the same name as k, or the
// absent Node.
func (n Node) memberAfter(k Node) Node {
	passed := false
	for other := range n.Members() {
		if passed && other.Text() == k.Text() {
			return other
		}
		passed = passed || other.y == k.y
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

// parseYAML returns the documents of a file. Empty documents are left out.
func parseYAML(file string, data []byte) (docs []Node, problems Problems) {
	defer func() {
		if r := recover(); r != nil { // the parser panics on some broken text
			docs = nil
			problems.Addf(Pos{File: file}, "", "the YAML parser gave up; simplify the file, quote texts and write one field a line")
		}
	}()
	aliases := newAliasCounter(bytes.IndexByte(data, '*') >= 0)
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return docs, problems
		}
		if err != nil {
			return nil, append(problems, yamlProblem(file, data, err))
		}
		root := doc.Content[0]
		if at, what := aliases.check(root); what != "" {
			problems.Addf(Node{at}.At(file), "", "%s", what)
			return nil, problems
		}
		if root.Kind == yaml.ScalarNode && root.Value == "" && root.Style == 0 {
			continue // only comments
		}
		docs = append(docs, Node{root})
	}
}

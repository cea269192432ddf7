package spec

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// A file may have so many nodes once its aliases are followed: a multiple of the nodes
// that are written, plus a constant for small files.
const (
	maxExpandedFactor = 10
	maxExpandedBase   = 10_000
)

// aliasCounter bounds what following the aliases of a file costs. One counter serves
// all documents of a file: the parser lets a document use the anchors of those before
// it, and many small documents must not add up to a large bill either.
type aliasCounter struct {
	sizes    map[*yaml.Node]int  // of anchored nodes, expanded
	open     map[*yaml.Node]bool // anchored nodes that the walk is inside of
	written  int
	expanded int
}

// newAliasCounter returns nil, which counts nothing, for a file without aliases.
func newAliasCounter(needed bool) *aliasCounter {
	if !needed {
		return nil
	}
	return &aliasCounter{sizes: map[*yaml.Node]int{}, open: map[*yaml.Node]bool{}}
}

// check says what is wrong with the aliases of the next document, and where, or "".
func (c *aliasCounter) check(root *yaml.Node) (at *yaml.Node, what string) {
	if c == nil {
		return nil, ""
	}
	size, loop := c.expand(root)
	if loop != nil {
		return loop, "the alias stands inside of what it repeats; write the value out"
	}
	c.expanded = saturate(c.expanded + size)
	if c.expanded > maxExpandedFactor*c.written+maxExpandedBase {
		return root, fmt.Sprintf("aliases blow %d values up to %d or more; write the values out instead of nesting aliases", c.written, c.expanded)
	}
	return nil, ""
}

// expand returns how many nodes n has with its aliases followed, and the first alias
// that stands inside of its own anchor.
func (c *aliasCounter) expand(n *yaml.Node) (size int, loop *yaml.Node) {
	c.written++
	if n.Kind == yaml.AliasNode {
		if c.open[n.Alias] {
			return 0, n
		}
		return c.sizes[n.Alias], nil
	}
	if n.Anchor != "" {
		c.open[n] = true
		defer delete(c.open, n)
	}
	size = 1
	for _, child := range n.Content {
		s, loop := c.expand(child)
		if loop != nil {
			return 0, loop
		}
		size = saturate(size + s)
	}
	if n.Anchor != "" {
		c.sizes[n] = size
	}
	return size, nil
}

// saturate keeps sums far away from overflow.
func saturate(n int) int { return min(n, 1<<40) }

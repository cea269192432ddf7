package spec

import (
	"cmp"
	"slices"
	"strings"
)

// yamlWriter writes nodes as YAML that every parser reads alike: the key first, then the
// fields as the schema lists them, texts in quotes unless they can be nothing else.
type yamlWriter struct {
	schema *Schema
	key    []keyField
	b      strings.Builder
}

// maxFlow is how long a list may be to stand in one line, in bytes.
const maxFlow = 100

// record returns a record as an item of a list that lies so many mappings deep.
func (w *yamlWriter) record(n Node, depth int) string {
	w.b.Reset()
	w.b.WriteString(indent(depth) + "- ")
	w.mapping(n, w.schema.root, depth+1, true)
	return w.b.String()
}

// head returns the text of a document up to its records, whose list is empty yet.
func (w *yamlWriter) head(doc Node, records []string) string {
	if records == nil {
		return ""
	}
	w.b.Reset()
	w.mapping(doc, anyType, 0, true)
	return strings.TrimSuffix(w.b.String(), " []\n") + "\n"
}

func indent(depth int) string { return strings.Repeat("  ", depth) }

// mapping writes the members of a mapping, a line or more each. Inline means that the
// first continues the line that was begun.
func (w *yamlWriter) mapping(n Node, t *Type, depth int, inline bool) {
	for i, m := range w.members(n, t) {
		if i > 0 || !inline {
			w.b.WriteString(indent(depth))
		}
		w.b.WriteString(plainOrQuoted(m.name.Text()) + ":")
		w.value(m.value, m.typ, depth)
	}
	if n.Len() == 0 {
		w.b.WriteString("{}\n")
	}
}

// typedMember is a member of a mapping with its type.
type typedMember struct {
	name, value Node
	typ         *Type
}

// members returns the members of a mapping in the order in which they are written.
func (w *yamlWriter) members(n Node, t *Type) []typedMember {
	out := make([]typedMember, 0, n.Len())
	for k, v := range n.Members() {
		typ := t.prop(k.Text())
		if typ == nil {
			typ = anyType
		}
		out = append(out, typedMember{k, v, typ})
	}
	rank := func(m typedMember) int {
		if t == w.schema.root {
			isKey := func(k keyField) bool { return !k.document && k.path[0] == m.name.Text() }
			if i := slices.IndexFunc(w.key, isKey); i >= 0 {
				return i - len(w.key)
			}
		}
		if i := slices.Index(w.schema.order[t], m.name.Text()); i >= 0 {
			return i
		}
		return len(w.schema.order[t])
	}
	slices.SortStableFunc(out, func(a, b typedMember) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// value writes the value of a member that lies so many mappings deep, behind its colon.
func (w *yamlWriter) value(n Node, t *Type, depth int) {
	switch n.Kind() {
	case MappingNode:
		if n.Len() == 0 {
			w.b.WriteString(" {}\n")
			return
		}
		w.b.WriteString("\n")
		w.mapping(n, t, depth+1, false)
	case SequenceNode:
		w.list(n, t, depth)
	default:
		w.b.WriteString(" " + scalarText(n, t, depth+1) + "\n")
	}
}

// list writes a short list of scalars in one line, any other an item a line.
func (w *yamlWriter) list(n Node, t *Type, depth int) {
	scalars := true
	for _, item := range n.Items() {
		scalars = scalars && item.Kind() == ScalarNode
	}
	if flow := w.flow(n, t); scalars && len(flow) <= maxFlow {
		w.b.WriteString(" " + flow + "\n")
		return
	}
	w.b.WriteString("\n")
	for i, item := range n.Items() {
		w.b.WriteString(indent(depth+1) + "- ")
		switch {
		case item.Kind() == MappingNode && item.Len() > 0:
			w.mapping(item, t.item(i), depth+2, true)
		case item.Kind() == ScalarNode:
			w.b.WriteString(scalarText(item, t.item(i), depth+2) + "\n")
		default:
			w.b.WriteString(w.flow(item, t.item(i)) + "\n")
		}
	}
}

// flow returns a value in one line.
func (w *yamlWriter) flow(n Node, t *Type) string {
	var parts []string
	switch n.Kind() {
	case MappingNode:
		for _, m := range w.members(n, t) {
			parts = append(parts, plainOrQuoted(m.name.Text())+": "+w.flow(m.value, m.typ))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case SequenceNode:
		for i, item := range n.Items() {
			parts = append(parts, w.flow(item, t.item(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return scalarText(n, t, 0)
}

package spec

import "strings"

// noteOrder keeps the order in which a schema's text declares fields, for whoever writes
// records: maps lose it. Types that were merged from several places have none.
func (s *Schema) noteOrder(text []byte, refs map[string]*Type) {
	docs, _ := parseJSON("", text)
	if len(docs) != 1 {
		return
	}
	o := orderReader{schema: s, seen: map[*Type]bool{}}
	s.order = map[*Type][]string{}
	o.read(s.root, docs[0])
	for ref, t := range refs {
		at := docs[0]
		for step := range strings.SplitSeq(strings.TrimPrefix(strings.TrimPrefix(ref, "#"), "/"), "/") {
			if step != "" {
				at = at.Member(step)
			}
		}
		o.read(t, at)
	}
}

// orderReader walks a schema's text and its types in step.
type orderReader struct {
	schema *Schema
	seen   map[*Type]bool
}

func (o *orderReader) read(t *Type, n Node) {
	if t == nil || n.absent() || n.Kind() != MappingNode || o.seen[t] || !n.Member("$ref").absent() {
		return // what is behind a reference has its own turn
	}
	o.seen[t] = true
	if props := n.Member("properties"); !props.absent() && props.Kind() == MappingNode {
		for k, v := range props.Members() {
			o.schema.order[t] = append(o.schema.order[t], k.Text())
			o.read(t.props[k.Text()], v)
		}
	}
	o.read(t.extra, n.Member("additionalProperties"))
	o.read(t.items, n.Member("items"))
}

package spec

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// explainer turns the errors of the JSON Schema library into problems that stand at
// the node they are about.
type explainer struct {
	file     string
	root     Node
	typ      *Type
	failed   []string // paths about which something was said already
	problems Problems
}

// validate checks a record that was read against its JSON Schema.
func (d *decoder) validate(s *Schema, root Node, value any) {
	if s.json == nil {
		return
	}
	var invalid *jsonschema.ValidationError
	if err := s.json.Validate(value); err == nil {
		return
	} else if !errors.As(err, &invalid) {
		d.fail(root, "the schema cannot be applied: %v", err)
		return
	}
	e := explainer{file: d.file, root: root, typ: s.root, failed: d.failed}
	e.explain(invalid)
	if len(e.problems) == 0 && len(d.problems) == 0 {
		d.fail(root, "the record does not match its schema; compare it with the schema")
	}
	d.problems = append(d.problems, e.problems...)
}

// explain reports the innermost errors: those say what is wrong in the user's words.
func (e *explainer) explain(v *jsonschema.ValidationError) {
	switch k := v.ErrorKind.(type) {
	case *kind.AnyOf:
		e.explainAlternatives(v)
	case *kind.OneOf:
		if k.Subschemas == nil {
			e.explainAlternatives(v)
			return
		}
		e.report(v)
	case *kind.PropertyNames, *kind.Contains, *kind.MinContains:
		e.report(v)
	default:
		if len(v.Causes) == 0 {
			e.report(v)
		}
		for _, c := range v.Causes {
			e.explain(c)
		}
	}
}

// explainAlternatives reports, of alternatives that all failed, what would have made
// one of them hold: one of several fields, or else what is wrong with the alternative
// that got furthest.
func (e *explainer) explainAlternatives(v *jsonschema.ValidationError) {
	var names []string
	for _, c := range v.Causes {
		k, ok := c.ErrorKind.(*kind.Required)
		if !ok || len(k.Missing) != 1 || len(c.InstanceLocation) != len(v.InstanceLocation) {
			best := slices.MaxFunc(v.Causes, func(a, b *jsonschema.ValidationError) int { return deepest(a) - deepest(b) })
			e.explain(best)
			return
		}
		names = append(names, k.Missing[0])
	}
	if p := e.place(v.InstanceLocation); !e.said(p.path) && !e.saidOneOf(p.path, names) {
		e.add(p.node, p.path, "one of these fields must be there; add "+strings.Join(names, " or "))
	}
}

// saidOneOf reports whether a problem with one of the fields was noted: then it is there.
func (e *explainer) saidOneOf(path string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(e.failed, joinPath(path, n)) })
}

// deepest returns how far into the record an alternative got. One that fails because
// the value has another type did not even start.
func deepest(v *jsonschema.ValidationError) int {
	d := 2 * len(v.InstanceLocation)
	if _, other := v.ErrorKind.(*kind.Type); !other {
		d++
	}
	for _, c := range v.Causes {
		d = max(d, deepest(c))
	}
	return d
}

// said reports whether the value at a path, or a part of it or what it is part of,
// could not be read: then an error about it says nothing new.
func (e *explainer) said(path string) bool {
	return slices.ContainsFunc(e.failed, func(f string) bool { return within(path, f) || (path != "" && within(f, path)) })
}

func (e *explainer) add(n Node, path, text string) {
	e.problems.Addf(n.At(e.file), path, "%s", text)
}

func (e *explainer) report(v *jsonschema.ValidationError) {
	p := e.place(v.InstanceLocation)
	switch k := v.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			if at := joinPath(p.path, name); !slices.Contains(e.failed, at) {
				e.add(p.node, at, "required field is missing; add "+name+": ...")
			}
		}
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			e.add(p.node, joinPath(p.path, name), "required together with "+k.Prop+"; add "+name+": ...")
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			e.unknown(p, name)
		}
	case *kind.PropertyNames:
		e.badName(e.holder(p, v.InstanceLocation, k.Property), k.Property, v)
	case *kind.FalseSchema:
		e.forbidden(p, v.InstanceLocation)
	default:
		if !e.said(p.path) {
			e.add(p.node, p.path, describe(v, p.hidden))
		}
	}
}

// forbidden reports a member or an item that must not be there.
func (e *explainer) forbidden(p place, location []string) {
	last := len(location) - 1
	if last < 0 || e.said(p.path) {
		return
	}
	if outer := e.place(location[:last]); outer.node.Kind() == MappingNode {
		e.unknown(outer, location[last])
		return
	}
	e.add(p.node, p.path, "the list has too many items; delete this one")
}

// unknown reports a member that only the schema as a whole does not allow.
func (e *explainer) unknown(p place, name string) {
	path := e.memberPath(p, name)
	if slices.Contains(e.failed, path) {
		return
	}
	fix := unknownFix(name, p.typ.names)
	if _, declared := p.typ.props[name]; declared {
		fix = "remove it"
	}
	e.add(p.node.nameNode(name), path, "this field is not allowed here; "+fix)
}

// badName reports a member whose name the schema does not allow.
func (e *explainer) badName(p place, name string, v *jsonschema.ValidationError) {
	path := e.memberPath(p, name)
	if slices.Contains(e.failed, path) {
		return
	}
	text := "this name is not allowed here; remove it"
	for v.Causes != nil {
		v = v.Causes[0]
	}
	switch k := v.ErrorKind.(type) {
	case *kind.Enum:
		text = "this field is not allowed here; the fields are " + listValues(k.Want)
	case *kind.Pattern:
		text = "this name does not have the right form; " + patternFix(k.Want)
	}
	e.add(p.node.nameNode(name), path, text)
}

func (e *explainer) memberPath(p place, name string) string {
	if p.hidden {
		return p.path
	}
	return joinPath(p.path, name)
}

// place is where an error of the library belongs.
type place struct {
	node   Node // the nearest there is
	path   string
	typ    *Type
	hidden bool // inside of a sensitive field
}

// place follows an instance location through the nodes and the types.
func (e *explainer) place(location []string) place {
	p := place{node: e.root, typ: e.typ}
	for _, part := range location {
		next, ok := p.step(part)
		if p = next; !ok {
			break
		}
	}
	return p
}

// step goes on to a member or an item. Without one it stays at the node.
func (p place) step(part string) (next place, ok bool) {
	var node Node
	path := ""
	if p.node.Kind() == SequenceNode {
		i, _ := strconv.Atoi(part)
		node, path, p.typ = p.node.item(i), p.path+"["+part+"]", p.typ.item(i)
	} else {
		node, path = p.node.Member(part), joinPath(p.path, part)
		if p.typ = p.typ.prop(part); p.typ == nil {
			p.typ = anyType
		}
	}
	if !p.hidden {
		p.path = path
	}
	p.hidden = p.hidden || p.typ.sensitive
	if node.absent() {
		return p, false
	}
	p.node = node
	return p, true
}

// holder returns the object that has a member of that name. The library may overwrite
// the location of an error about a name when it goes on to other members; then all that
// is left of it is how deep the object lies, and the first such object is taken.
func (e *explainer) holder(p place, location []string, name string) place {
	all := holders(place{node: e.root, typ: e.typ}, len(location), name)
	for _, h := range all {
		p.hidden = p.hidden || h.hidden
	}
	if !slices.ContainsFunc(all, func(h place) bool { return h.path == p.path }) && len(all) > 0 {
		all[0].hidden = p.hidden
		return all[0]
	}
	return p
}

// holders lists the objects so many steps below a place that have a member of that name.
func holders(p place, depth int, name string) []place {
	var out []place
	switch {
	case depth == 0 && p.node.Kind() == MappingNode && !p.node.Member(name).absent():
		return []place{p}
	case depth == 0:
	case p.node.Kind() == MappingNode:
		for k := range p.node.Members() {
			next, _ := p.step(k.Text())
			out = append(out, holders(next, depth-1, name)...)
		}
	case p.node.Kind() == SequenceNode:
		for i := range p.node.Len() {
			next, _ := p.step(strconv.Itoa(i))
			out = append(out, holders(next, depth-1, name)...)
		}
	}
	return out
}

// nameNode returns the node of a member's name, or of the mapping if there is none.
func (n Node) nameNode(name string) Node {
	if n.Kind() == MappingNode {
		for k := range n.Members() {
			if k.Text() == name {
				return k
			}
		}
	}
	return n
}

// item returns an item of a sequence, or the absent Node.
func (n Node) item(i int) Node {
	if c := n.target().Content; i < len(c) {
		return Node{c[i]}
	}
	return Node{}
}

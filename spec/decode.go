package spec

import (
	"fmt"
)

// decoder reads the nodes of one record as its schema declares them. The values that
// it makes are what encoding/json makes with UseNumber, except that numbers and times
// are in canonical form already.
type decoder struct {
	file     string
	problems Problems
	refs     []Ref
	record   map[string]any // the record, for currencies that it declares for its parts
	money    []amount       // checked when the record is complete
	failed   []string       // paths of values that could not be read; nothing more is said about them
	depth    int
}

// Ref is a value that refers to the key of another record.
type Ref struct {
	Target *RefTarget
	Key    Key // of the record that is referred to
	Pos    Pos
	Field  string
	From   Key // the record that refers; set by Dataset.Parse
}

// maxDepth bounds how deep values nest.
const maxDepth = 32

func (d *decoder) fail(n Node, path, format string, args ...any) {
	d.failed = append(d.failed, path)
	d.problems.Addf(n.At(d.file), path, format, args...)
}

// value reads a node of type t. It returns ok false, with a problem noted, when the
// node cannot be a value of that type.
func (d *decoder) value(n Node, t *Type, path string) (v any, ok bool) {
	if tag := n.Tag(); tag != "" {
		d.fail(n, path, "tag %s is not allowed; write the value without a tag, in quotes if it is text", tag)
		return nil, false
	}
	if d.depth++; d.depth > maxDepth {
		d.depth--
		d.fail(n, path, "nested more than %d deep; write a flatter record", maxDepth)
		return nil, false
	}
	defer func() { d.depth-- }()
	switch n.Kind() {
	case MappingNode:
		return d.object(n, t, path)
	case SequenceNode:
		return d.list(n, t, path)
	}
	return d.scalar(n, t, path)
}

func (d *decoder) object(n Node, t *Type, path string) (any, bool) {
	if !t.kinds.has(kindObject) {
		d.fail(n, path, "an object where %s is wanted; %s", article(t.kinds), wanted(t))
		return nil, false
	}
	object := make(map[string]any, n.Len())
	if d.record == nil {
		d.record = object
	}
	ok := true
	for k, v := range n.Members() {
		if !d.member(object, k, v, t, path) {
			ok = false
		}
	}
	return object, ok
}

// member reads one member into object.
func (d *decoder) member(object map[string]any, k, v Node, t *Type, path string) bool {
	name := k.Text()
	at := joinPath(path, name)
	if k.Kind() != ScalarNode || name == "" {
		d.fail(k, path, "a field's name must be a plain text; write name: value")
		return false
	}
	if name == "<<" && !k.Quoted() {
		d.fail(k, path, "merge key <<; write the fields out, or use an alias for a single value")
		return false
	}
	if _, dup := object[name]; dup {
		d.fail(k, at, "the field stands twice in this record; delete one of them")
		return false
	}
	p := t.prop(name)
	if p == nil {
		object[name] = nil // so that it is not reported again
		d.fail(k, at, "unknown field; %s", unknownFix(name, t.names))
		return false
	}
	if p.owner == OwnerShop {
		d.fail(k, at, "the shop writes this field at run time; remove it from the data repository")
		return false
	}
	value, ok := d.value(v, p, at)
	if !ok {
		object[name] = nil
		return false
	}
	if value == nil && !t.required[name] && t.props[name] != nil {
		return true // null in an optional field is the same as leaving it out
	}
	object[name] = value
	if p.money != nil && value != nil {
		d.noteAmount(p.money, object, value, v, at)
	}
	return true
}

func (d *decoder) list(n Node, t *Type, path string) (any, bool) {
	if !t.kinds.has(kindArray) {
		d.fail(n, path, "a list where %s is wanted; %s", article(t.kinds), wanted(t))
		return nil, false
	}
	list := make([]any, 0, n.Len())
	ok := true
	for i, item := range n.Items() {
		v, good := d.value(item, t.item(), fmt.Sprintf("%s[%d]", path, i))
		ok = ok && good
		list = append(list, v)
	}
	return list, ok
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

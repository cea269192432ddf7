package spec

import (
	"strconv"
	"strings"
)

// decoder reads the nodes of one record as its schema declares them. The values that
// it makes are what encoding/json makes with UseNumber, except that numbers and times
// are in canonical form already.
type decoder struct {
	file     string
	problems Problems
	refs     []Ref
	path     []step  // from the record to the value that is being read
	secret   int     // how many steps of path lead to the outermost sensitive value; -1: none
	scopes   []scope // the objects of the record
	scope    int     // the object that is being read
	money    []amount
	failed   []string // paths of values that could not be read; nothing more is said about them
}

// step is one step of a path: a member's name, or an item's number.
type step struct {
	name string
	item int
}

func newDecoder(file string) decoder { return decoder{file: file, secret: -1, scope: -1} }

// reset makes the decoder ready for the next record. What it holds is overwritten.
func (d *decoder) reset() {
	*d = decoder{
		file: d.file, secret: -1, scope: -1, problems: d.problems[:0], refs: d.refs[:0],
		path: d.path[:0], scopes: d.scopes[:0], money: d.money[:0], failed: d.failed[:0],
	}
}

// Ref is a value that refers to the key of another record.
type Ref struct {
	Target *RefTarget
	Key    Key // of the record that is referred to
	Pos    Pos
	Field  string
	From   Key  // the record that refers; set by Dataset.Parse
	Hidden bool // the field is sensitive: Key must not be shown
}

// maxDepth bounds how deep values nest.
const maxDepth = 32

// at returns the dotted path of the value that is being read. It ends at a sensitive
// field, because names inside of it may be secrets too.
func (d *decoder) at() string {
	steps := d.path
	if d.hidden() {
		steps = steps[:d.secret]
	}
	var b strings.Builder
	for _, s := range steps {
		switch {
		case s.name == "":
			b.WriteString("[" + strconv.Itoa(s.item) + "]")
		case b.Len() > 0:
			b.WriteString("." + s.name)
		default:
			b.WriteString(s.name)
		}
	}
	return b.String()
}

// hidden reports whether the value that is being read must not be shown.
func (d *decoder) hidden() bool { return d.secret >= 0 }

// quote shows a text in a message, unless it is sensitive.
func (d *decoder) quote(text string) string {
	if d.hidden() {
		return "the value"
	}
	return quoteText(text)
}

// fail notes a problem about the value that is being read.
func (d *decoder) fail(n Node, format string, args ...any) {
	d.failAt(n, d.at(), format, args...)
}

func (d *decoder) failAt(n Node, path, format string, args ...any) {
	d.failed = append(d.failed, path)
	d.problems.Addf(n.At(d.file), path, format, args...)
}

// value reads a node of type t. When the node cannot be a value of that type, or a part
// of it cannot, it notes a problem and returns ok false with what could be read.
func (d *decoder) value(n Node, t *Type) (v any, ok bool) {
	if t.sensitive && !d.hidden() {
		d.secret = len(d.path)
		v, ok = d.node(n, t)
		d.secret = -1
		return v, ok
	}
	return d.node(n, t)
}

func (d *decoder) node(n Node, t *Type) (any, bool) {
	if tag := n.Tag(); tag != "" {
		if d.hidden() {
			tag = hiddenText
		}
		d.fail(n, "tag %s is not allowed; write the value without a tag, in quotes if it is text", tag)
		return nil, false
	}
	if len(d.path) >= maxDepth {
		d.fail(n, "nested more than %d deep; write a flatter record", maxDepth)
		return nil, false
	}
	switch n.Kind() {
	case MappingNode:
		return d.object(n, t)
	case SequenceNode:
		return d.list(n, t)
	}
	return d.scalar(n, t)
}

func (d *decoder) object(n Node, t *Type) (any, bool) {
	if !t.kinds.has(kindObject) {
		d.fail(n, "an object where %s is wanted; %s", article(t.kinds), wanted(t.kinds))
		return nil, false
	}
	object := make(map[string]any, n.Len())
	outer := d.scope
	d.scope = len(d.scopes)
	d.scopes = append(d.scopes, scope{object, n, d.at(), t, outer})
	ok := true
	for k, v := range n.Members() {
		d.path = append(d.path, step{name: k.Text()})
		if !d.member(object, n, k, v, t) {
			ok = false
		}
		d.path = d.path[:len(d.path)-1]
	}
	d.scope = outer
	return object, ok
}

// member reads one member of the node n into object.
func (d *decoder) member(object map[string]any, n, k, v Node, t *Type) bool {
	name := k.Text()
	if v.y.Value == "" && d.broken(n, k, v, t) {
		return false
	}
	if what := badName(k); what != "" {
		d.path = d.path[:len(d.path)-1] // the name is no part of a path
		d.fail(k, "%s", what)
		d.path = append(d.path, step{})
		return false
	}
	if _, dup := object[name]; dup {
		d.fail(k, "the field stands twice in this record; delete one of them")
		return false
	}
	p := t.prop(name)
	switch {
	case p == nil:
		d.fail(k, "unknown field; %s", unknownFix(name, t.names))
		object[name] = nil // so that a second one is found
		return false
	case p.owner == OwnerShop:
		d.fail(k, "the shop writes this field at run time; remove it from the data repository")
		return false
	}
	value, ok := d.value(v, p)
	if ok && value == nil && !t.required[name] && t.props[name] != nil {
		// Null in an optional field is the same as leaving it out.
		if second := n.memberAfter(k); !second.absent() {
			d.fail(second, "the field stands twice in this record; delete one of them")
			return false
		}
		return true
	}
	object[name] = value
	return ok
}

// badName says what is wrong with the node of a member's name, or "".
func badName(k Node) string {
	switch name := k.Text(); {
	case k.Kind() != ScalarNode || name == "":
		return "a field's name must be a plain text; write name: value"
	case k.Tag() != "":
		return "a tag before a field's name is not allowed; delete it"
	case name == "<<" && !k.Quoted():
		return "the merge key << is not allowed; write the fields out"
	case strings.ContainsRune(name, 0):
		return "a field's name must not have a NUL character; remove it"
	}
	return ""
}

func (d *decoder) list(n Node, t *Type) (any, bool) {
	if !t.kinds.has(kindArray) {
		d.fail(n, "a list where %s is wanted; %s", article(t.kinds), wanted(t.kinds))
		return nil, false
	}
	list := make([]any, 0, n.Len())
	ok := true
	for i, item := range n.Items() {
		d.path = append(d.path, step{item: i})
		v, good := d.value(item, t.item(i))
		d.path = d.path[:len(d.path)-1]
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

// within reports whether path is outer or lies below it.
func within(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && (rest == "" || outer == "" || rest[0] == '.' || rest[0] == '[')
}

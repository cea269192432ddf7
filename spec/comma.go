package spec

// In braces a comma ends a member: {gold: 37,90} is gold: 37 and an empty field 90. What
// was meant is plain to a person, and an error about the field 90 is not.

// brokenNumber is a number that a comma broke into members.
type brokenNumber struct {
	field   Node   // the name before it
	start   Node   // the part before the first comma
	written string // "37,90"
	digits  string // "3790"
	last    string // the part after the last comma
	end     bool   // k was its last part
}

// brokenBefore returns the number that a member without a value is the rest of; ok is
// false for every other member.
func (n Node) brokenBefore(k, v Node) (b brokenNumber, ok bool) {
	if !isRest(k, v) || !n.inBraces() {
		return b, false
	}
	c := n.target().Content
	at := 0
	for at < len(c) && c[at] != k.y {
		at += 2
	}
	from := at - 2
	for from > 0 && isRest(Node{c[from]}, Node{c[from+1]}) {
		from -= 2
	}
	if from < 0 || at >= len(c) {
		return b, false
	}
	b.field, b.start = Node{c[from]}, Node{c[from+1]}
	if _, number := splitNumber(b.start.Text()); !number || b.start.Kind() != ScalarNode || b.start.Quoted() || b.start.y.Line != k.y.Line {
		return b, false
	}
	b.written, b.digits = b.start.Text(), b.start.Text()
	for i := from + 2; i <= at; i += 2 {
		b.last = c[i].Value
		b.written, b.digits = b.written+","+b.last, b.digits+b.last
	}
	b.end = at+2 >= len(c) || !isRest(Node{c[at+2]}, Node{c[at+3]})
	return b, true
}

// isRest reports whether a member looks like what stands behind a comma of a number:
// digits, perhaps with a point, and no value.
func isRest(k, v Node) bool {
	if v.Kind() != ScalarNode || v.Text() != "" || v.Quoted() || k.Kind() != ScalarNode || k.Quoted() {
		return false
	}
	whole, rest := cutDigits(k.Text())
	if rest != "" && rest[0] == '.' {
		_, rest = cutDigits(rest[1:])
	}
	return whole != "" && rest == ""
}

// fix says what to write instead. Three digits behind the comma are thousands, except
// where a number may have decimals.
func (b brokenNumber) fix(t *Type) string {
	decimal := b.written[:len(b.written)-len(b.last)-1] + "." + b.last
	if _, ok := splitNumber(decimal); !ok {
		return b.digits
	}
	switch {
	case len(b.last) != 3:
		return decimal
	case t != nil && !t.kinds.has(kindNumber):
		return b.digits
	}
	return b.digits + ", or " + decimal + " if the comma is a decimal one"
}

// broken reports a number that a comma broke, once. It returns false for other members.
func (d *decoder) broken(n, k, v Node, t *Type) bool {
	b, ok := n.brokenBefore(k, v)
	if !ok {
		return false
	}
	if !b.end {
		return true // said at the last part
	}
	p := t.prop(b.field.Text())
	d.path[len(d.path)-1] = step{name: b.field.Text()}
	if d.hidden() || p != nil && p.sensitive {
		d.fail(b.start, "the value has a comma; write a point for decimals and nothing between thousands")
		return true
	}
	d.fail(b.start, "%s has a comma; write %s", b.written, b.fix(p))
	return true
}

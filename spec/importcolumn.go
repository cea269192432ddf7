package spec

import (
	"maps"
	"slices"
	"strings"
)

// csvColumn is a column of a CSV file.
type csvColumn struct {
	name     string // as the header names it
	path     []string
	typ      *Type
	document bool   // a part of the key in the enclosing document
	constant string // the cell of every row, for a column that the file does not have
	ignored  bool
	settled  bool  // as is set
	as       kinds // what cells without one declared type are: all numbers, all booleans, else texts
}

// resolve finds the field of each column.
func (r *csvReader) resolve(o CSVOptions) Problems {
	var ps Problems
	for _, name := range r.names {
		r.columns = append(r.columns, &csvColumn{name: name, ignored: slices.Contains(o.Ignore, name)})
	}
	for _, name := range slices.Sorted(maps.Keys(o.Set)) {
		r.columns = append(r.columns, &csvColumn{name: name, constant: o.Set[name]})
		r.at = append(r.at, Pos{File: "--set"})
	}
	for i, c := range r.columns {
		name := c.name
		if c.ignored {
			continue
		}
		what := r.resolveColumn(c)
		for _, o := range r.columns[:i] {
			switch {
			case what != "" || o.ignored || name == "" || o.name == "" || !within(name, o.name) && !within(o.name, name):
			case o.name == name:
				what = "the column stands twice; delete one of them, or leave both out with --ignore-column"
			default:
				what = "the column and the column " + o.name + " give the same field; delete one of them"
			}
		}
		if what != "" {
			c.ignored = true
			ps.Addf(r.at[i], name, "%s", what)
		}
	}
	for _, name := range o.Ignore {
		if !slices.Contains(r.names, name) {
			ps.Addf(Pos{File: r.file, Line: 1 + r.skip, Col: 1}, name, "--ignore-column names a column that is not there; %s", unknownFix(name, r.names))
		}
	}
	return ps
}

// resolveColumn finds a column's field, or says what is wrong with it.
func (r *csvReader) resolveColumn(c *csvColumn) string {
	d := r.im.dataset
	if c.name == "" {
		return "" // an empty column is fine: see inferKinds
	}
	if strings.HasPrefix(c.name, "$file.") {
		c.document, c.typ = true, &Type{kinds: kindString}
		if !slices.ContainsFunc(d.key, func(k keyField) bool { return k.name == c.name }) {
			return "no part of the key of dataset " + d.Name + " is called so; rename the column, or leave it out with --ignore-column"
		}
		return ""
	}
	if c.path = strings.Split(c.name, "."); d.Schema.root.props[c.name] != nil {
		c.path = []string{c.name}
	}
	c.typ = d.Schema.root
	for i, step := range c.path {
		if !c.typ.kinds.has(kindObject) {
			return strings.Join(c.path[:i], ".") + " is " + article(c.typ.kinds) + ", not an object; write it as JSON into one column"
		}
		outer := c.typ
		switch c.typ = outer.prop(step); {
		case step == "":
			return "a field has no name; write names with a dot between them"
		case c.typ == nil:
			return "unknown column; " + unknownFix(step, outer.names) + ", or leave it out with --ignore-column"
		case c.typ.owner == OwnerShop:
			return "the shop writes this field at run time; leave the column out with --ignore-column"
		}
	}
	return ""
}

// inferKinds looks at the cells of columns that have no single declared type: what is a
// number in one row and a text in the next would be two kinds of values. A column
// without a name is left out if it is empty.
func (r *csvReader) inferKinds() {
	seen := make([]kinds, len(r.columns))
	r.eachRow(func(row csvRow) {
		for i, text := range row.cells {
			if text = strings.TrimSpace(text); text != "" && !r.columns[i].ignored {
				seen[i] |= cellKind(text)
			}
		}
	})
	for i, c := range r.columns {
		if c.as, c.settled = kindString, true; c.constant != "" {
			seen[i] = cellKind(c.constant)
		}
		if c.name == "" && !c.ignored {
			c.ignored = true
			if seen[i] != 0 {
				r.im.problems.Addf(r.at[i], "", "a column without a name; write the name of its field into the header")
			}
		}
		if c.ignored {
			continue
		}
		if c.typ.kinds.has(kindNumber|kindInteger) && seen[i] == kindNumber || c.typ.kinds.has(kindBool) && seen[i] == kindBool {
			c.as = seen[i]
		}
	}
}

func cellKind(text string) kinds {
	if _, ok := splitNumber(text); ok {
		return kindNumber
	}
	if strings.EqualFold(text, "true") || strings.EqualFold(text, "false") {
		return kindBool
	}
	return kindString
}

// node reads a cell that is not empty as the column's type says.
func (c *csvColumn) node(text string, at Pos) (Node, *Problem) {
	trimmed := strings.TrimSpace(text)
	switch k := c.typ.kinds &^ kindNull; {
	case k == kindString:
		return newScalar(text, true, at.Line, at.Col), nil
	case k&^(kindNumber|kindInteger|kindBool) == 0:
		return newScalar(unquotedCell(trimmed), false, at.Line, at.Col), nil
	case k.has(kindObject|kindArray) && strings.ContainsAny(trimmed[:1], "[{"):
		if n, problem := c.json(trimmed, at); problem == nil || !k.has(kindString) {
			return n, problem
		}
	case k == kindArray || k.has(kindArray) && !k.has(kindString|kindObject):
		return c.split(trimmed, at), nil
	case k&^(kindObject|kindArray) == 0:
		return Node{}, &Problem{Pos: at, Field: c.name, What: "the cell is not an object", Fix: `write it as JSON, {"name": value}, or give each field a column of its own: ` + c.name + ".NAME"}
	}
	if c.as == kindString {
		return newScalar(text, true, at.Line, at.Col), nil
	}
	return newScalar(unquotedCell(trimmed), false, at.Line, at.Col), nil
}

// unquotedCell spells booleans as YAML does: spreadsheets write TRUE.
func unquotedCell(text string) string {
	if cellKind(text) == kindBool {
		return strings.ToLower(text)
	}
	return text
}

// json reads a cell with an object or a list.
func (c *csvColumn) json(text string, at Pos) (Node, *Problem) {
	docs, problems := parseJSON(at.File, []byte(text))
	if len(problems) > 0 || len(docs) != 1 {
		p := &Problem{Pos: at, Field: c.name, What: "not valid JSON", Fix: `write it like [{"from": 2, "price": 9.90}]`}
		if len(problems) > 0 && problems[0].Fix != "" {
			p.What, p.Fix = problems[0].What, problems[0].Fix
		}
		return Node{}, p
	}
	docs[0].moveTo(at.Line, at.Col)
	return docs[0], nil
}

// split reads a list with semicolons between its items.
func (c *csvColumn) split(text string, at Pos) Node {
	var items []Node
	for item := range strings.SplitSeq(text, ";") {
		if item = strings.TrimSpace(item); item != "" {
			quoted := c.typ.item(len(items)).kinds.has(kindString)
			items = append(items, newScalar(unquotedItem(item, quoted), quoted, at.Line, at.Col))
		}
	}
	return newContainer(SequenceNode, at.Line, at.Col, items)
}

func unquotedItem(text string, quoted bool) string {
	if quoted {
		return text
	}
	return unquotedCell(text)
}

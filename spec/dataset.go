package spec

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of a record.
const (
	MaxKeySize    = 512     // bytes of a key
	MaxRecordSize = 1 << 20 // bytes of a record's canonical JSON
)

// Dataset is a set of records of one kind, as the pipeline file declares it, with its
// schema compiled. It is immutable and safe for concurrent use.
type Dataset struct {
	Name    string
	Kind    string   // built-in kind, or "" for a schema of the user's own or none
	Stores  []string // names of the stores that take it, in the order of the pipeline file
	Schema  *Schema
	Layout  Layout
	files   globs
	records []string   // path of the list in each document; nil: the document itself
	key     []keyField // parallel to Layout.Key
}

// keyField says where a part of the key is found.
type keyField struct {
	name     string
	document bool     // in the enclosing document ($file.x), not in the record
	path     []string // member names
}

// Parsed is what one file holds.
type Parsed struct {
	Records []Record // in the order of the text
	Refs    []Ref
}

// Matches reports whether a file belongs to the dataset. The path is relative to the
// pipeline file's folder, with slashes.
func (d *Dataset) Matches(path string) bool { return d.files.match(path) }

// MayMatchBelow reports whether a file anywhere below a folder could belong to the
// dataset. It may say true where none does, never the other way.
func (d *Dataset) MayMatchBelow(dir string) bool { return d.files.matchBelow(dir) }

// SameFiles reports whether two datasets select the same files of any commit.
func (d *Dataset) SameFiles(o *Dataset) bool {
	return slices.Equal(d.files.include, o.files.include) && slices.Equal(d.files.exclude, o.files.exclude)
}

// Parse reads all records of one file. Path is for positions and tells JSON from YAML.
// With problems, the records that are whole are returned all the same.
func (d *Dataset) Parse(path string, data []byte) (Parsed, Problems) {
	docs, problems := parseText(path, data)
	p := fileParser{dataset: d, file: path, problems: problems, seen: map[Key]Pos{}}
	for _, doc := range docs {
		p.document(doc)
	}
	return p.out, p.problems
}

// fileParser collects the records of one file.
type fileParser struct {
	dataset  *Dataset
	file     string
	out      Parsed
	problems Problems
	seen     map[Key]Pos
}

func (p *fileParser) document(doc Node) {
	list := doc
	for i, name := range p.dataset.records {
		next := list.Member(name)
		if next.absent() {
			p.problems.Addf(list.At(p.file), strings.Join(p.dataset.records[:i+1], "."),
				"the records of dataset %s are not here; put them in a list under %s", p.dataset.Name, strings.Join(p.dataset.records, "."))
			return
		}
		list = next
	}
	if p.dataset.records != nil {
		p.checkTwice(doc)
	}
	switch {
	case list.Kind() == SequenceNode:
		for _, item := range list.Items() {
			p.record(doc, item)
		}
	case list.Kind() == MappingNode && p.dataset.records == nil:
		p.record(doc, list)
	case list.Kind() == ScalarNode && isNull(list.Text()) && !list.Quoted() && p.dataset.records != nil:
		p.problems.Addf(list.At(p.file), strings.Join(p.dataset.records, "."), "empty value; write [] for no records")
	default:
		p.problems.Addf(list.At(p.file), "", "dataset %s wants a list of records here; start each record with \"- \"", p.dataset.Name)
	}
}

// checkTwice refuses a document that has a field twice: one of them would silently win.
func (p *fileParser) checkTwice(doc Node) {
	seen := map[string]bool{}
	for k := range doc.Members() {
		if seen[k.Text()] {
			p.problems.Addf(k.At(p.file), k.Text(), "the field stands twice in this document; delete one of them")
		}
		seen[k.Text()] = true
	}
}

func (p *fileParser) record(doc, node Node) {
	d := decoder{file: p.file}
	if node.Kind() != MappingNode {
		d.fail(node, "", "a record is an object; write its fields as name: value")
		p.problems = append(p.problems, d.problems...)
		return
	}
	v, ok := d.value(node, p.dataset.Schema.root, "")
	fields, _ := v.(map[string]any)
	if fields == nil {
		p.problems = append(p.problems, d.problems...)
		return
	}
	d.checkMoney()
	d.validate(p.dataset.Schema, node, fields)
	key, keyOK := p.key(&d, doc, node, fields)
	if !ok || !keyOK || len(d.problems) > 0 {
		p.problems = append(p.problems, d.problems...)
		return
	}
	p.add(&d, key, node, fields)
}

func (p *fileParser) add(d *decoder, key Key, node Node, fields map[string]any) {
	at := node.At(p.file)
	if first, dup := p.seen[key]; dup {
		p.problems = append(p.problems, DuplicateKey(p.dataset.Name, key, at, first))
		return
	}
	p.seen[key] = at
	canonical := appendCanonical(make([]byte, 0, 192), fields)
	if len(canonical) > MaxRecordSize {
		p.problems.Addf(at, "", "the record has %d bytes, more than %d; split it", len(canonical), MaxRecordSize)
		return
	}
	r := NewRecord(key, canonical)
	r.Pos = at
	p.out.Records = append(p.out.Records, r)
	for _, ref := range d.refs {
		ref.From = key
		p.out.Refs = append(p.out.Refs, ref)
	}
}

// DuplicateKey is the problem of a key that stands at two places.
func DuplicateKey(dataset string, key Key, at, first Pos) Problem {
	return Problem{
		Pos:  at,
		What: fmt.Sprintf("key %s of dataset %s stands here and at %s", quoteText(string(key)), dataset, first),
		Fix:  "delete one of them, or give it another key",
	}
}

// key builds the record's key from its declared parts.
func (p *fileParser) key(d *decoder, doc, node Node, fields map[string]any) (Key, bool) {
	parts := make([]string, len(p.dataset.key))
	good := true
	for i, k := range p.dataset.key {
		text, at, ok := k.read(doc, node, fields)
		if !ok {
			good = false
			if !d.alreadyFailed(k.name) {
				d.fail(at, k.name, "the key of dataset %s needs this field; add it with a text or a number", p.dataset.Name)
			}
			continue
		}
		if what := badKeyText(text); what != "" {
			good = false
			d.fail(at, k.name, "the key part %s %s", quoteText(text), what)
		}
		parts[i] = text
	}
	key := MakeKey(parts...)
	if good && len(key) > MaxKeySize {
		good = false
		d.fail(node, "", "the key has %d bytes, more than %d; choose a shorter one", len(key), MaxKeySize)
	}
	return key, good
}

func (d *decoder) alreadyFailed(path string) bool {
	for i := range d.problems {
		if d.problems[i].Field == path {
			return true
		}
	}
	return false
}

// read returns the text of a key part and the node to blame.
func (k keyField) read(doc, node Node, fields map[string]any) (string, Node, bool) {
	if k.document {
		return k.fromDocument(doc)
	}
	var v any = fields
	at := node
	for _, name := range k.path {
		object, _ := v.(map[string]any)
		v = object[name]
		if next := at.Member(name); !next.absent() {
			at = next
		}
	}
	switch v := v.(type) {
	case string:
		return v, at, true
	case json.Number:
		return v.String(), at, true
	case bool:
		return fmt.Sprint(v), at, true
	}
	return "", at, false
}

func (k keyField) fromDocument(doc Node) (string, Node, bool) {
	at := doc
	for _, name := range k.path {
		next := at.Member(name)
		if next.absent() {
			return "", at, false
		}
		at = next
	}
	if at.Kind() != ScalarNode || (!at.Quoted() && isNull(at.Text())) {
		return "", at, false
	}
	return at.Text(), at, true
}

// badKeyText says why a text can't be part of a key, with the remedy, or "".
func badKeyText(text string) string {
	if text == "" {
		return "is empty; write a text"
	}
	plain := true
	for i := range len(text) {
		if text[i] < 0x20 || text[i] == 0x7f {
			return "has a control character; remove it"
		}
		plain = plain && text[i] < utf8.RuneSelf
	}
	if text[0] == ' ' || text[len(text)-1] == ' ' {
		return "starts or ends with a space; remove it"
	}
	if plain {
		return ""
	}
	if strings.TrimSpace(text) != text || strings.ContainsFunc(text, unicode.IsControl) {
		return "has an invisible character; remove it"
	}
	if !norm.NFC.IsNormalString(text) {
		return fmt.Sprintf("is not in the composed form of Unicode (NFC), so it looks like another key; write %q", norm.NFC.String(text))
	}
	return ""
}

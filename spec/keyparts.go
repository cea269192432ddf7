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

// keyField says where a part of the key is found.
type keyField struct {
	name     string
	document bool     // in the enclosing document ($file.x), not in the record
	path     []string // member names
}

// docPart is a part of the key that the records of a document share.
type docPart struct {
	text string
	ok   bool
}

// documentParts reads the parts of the key that come from the enclosing document and
// reports what is wrong with them once, not for each record.
func (p *fileParser) documentParts(doc Node) []docPart {
	parts := make([]docPart, len(p.dataset.key))
	for i, k := range p.dataset.key {
		if !k.document {
			continue
		}
		text, at, what := k.fromDocument(doc)
		if what == "" {
			what = badKeyText(text)
		}
		if what != "" {
			p.problems.Addf(at.At(p.file), strings.Join(k.path, "."), "%s", what)
			continue
		}
		parts[i] = docPart{text, true}
	}
	return parts
}

// fromDocument returns the text of a part as it is written, or what is wrong with it:
// no schema says what type it has.
func (k keyField) fromDocument(doc Node) (text string, at Node, what string) {
	const needed = "the key needs this field of the document; add it with a text"
	at = doc
	for _, name := range k.path {
		next := at.Member(name)
		if next.absent() {
			return "", at, needed
		}
		at = next
	}
	switch {
	case at.Kind() != ScalarNode, !at.Quoted() && isNull(at.Text()):
		return "", at, needed
	case at.Tag() != "":
		return "", at, "a tag is not allowed here; write the value without it"
	}
	return at.Text(), at, ""
}

// key builds the record's key from its declared parts.
func (p *fileParser) key(d *decoder, node Node, fields map[string]any) (Key, bool) {
	parts := make([]string, len(p.dataset.key))
	good := true
	for i, k := range p.dataset.key {
		if k.document {
			parts[i] = p.fromDoc[i].text
			good = good && p.fromDoc[i].ok
			continue
		}
		text, at, ok := k.read(node, fields)
		switch {
		case d.saidAt(k.name):
			good = false
			continue
		case !ok:
			good = false
			d.failAt(at, k.name, "the key of dataset %s needs this field; add it with a text or a number", p.dataset.Name)
			continue
		}
		if what := badKeyText(text); what != "" {
			good = false
			d.failAt(at, k.name, "%s", what)
		}
		parts[i] = text
	}
	key := MakeKey(parts...)
	if good && len(key) > MaxKeySize {
		good = false
		d.failAt(node, "", "the key has %d bytes, more than %d; choose a shorter one", len(key), MaxKeySize)
	}
	return key, good
}

// saidAt reports whether a problem with a field or what it is part of was noted.
func (d *decoder) saidAt(path string) bool {
	return slices.ContainsFunc(d.problems, func(p Problem) bool { return p.Field != "" && within(path, p.Field) })
}

// read returns the text of a part within the record, and the node to blame.
func (k keyField) read(node Node, fields map[string]any) (string, Node, bool) {
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

// badKeyText says why a text can't be part of a key, with the remedy, or "".
func badKeyText(text string) string {
	if text == "" {
		return "a part of the key is empty; write a text"
	}
	shown := "the key part " + quoteText(text)
	ascii := true
	for i := range len(text) {
		if text[i] < 0x20 || text[i] == 0x7f {
			return shown + " has a control character; remove it"
		}
		ascii = ascii && text[i] < utf8.RuneSelf
	}
	switch {
	case strings.TrimSpace(text) != text:
		return shown + " starts or ends with a space; remove it"
	case ascii:
		return ""
	case strings.ContainsFunc(text, invisible):
		return shown + " has an invisible character; remove it"
	case !norm.NFC.IsNormalString(text):
		return fmt.Sprintf("%s is not in the composed form of Unicode (NFC), so it looks like another key; write %q", shown, norm.NFC.String(text))
	}
	return ""
}

// invisible reports whether a character could make two keys look the same: controls,
// zero-width characters, marks of direction, and spaces other than the plain one.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || (unicode.Is(unicode.Zs, r) && r != ' ' && r != '\u3000')
}

package spec

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Import gathers records of one dataset from elsewhere, a CSV file or a store, checks
// them as strictly as a file of the data repository, and writes them as YAML. It is not
// safe for concurrent use.
type Import struct {
	dataset  *Dataset
	parser   fileParser
	records  []importedRecord
	digest   DataDigest
	problems Problems
}

// importedRecord is a record as it will be written.
type importedRecord struct {
	document string // text of the enclosing document up to its records; "" if there is none
	key      Key
	text     string // an item of a list, with its line feed
}

// NewImport returns an Import without records.
func (d *Dataset) NewImport() *Import {
	return &Import{dataset: d, parser: fileParser{dataset: d, seen: map[Key]Pos{}, decoder: newDecoder("")}}
}

// Count returns how many records were taken.
func (im *Import) Count() int { return len(im.records) }

// Has reports whether a record of that key was taken.
func (im *Import) Has(key Key) bool {
	_, ok := im.parser.seen[key]
	return ok
}

// Digest returns the digest of the records that were taken.
func (im *Import) Digest() DataDigest { return im.digest }

// Problems returns everything that is wrong with what was offered, sorted; nil if
// nothing is.
func (im *Import) Problems() Problems {
	im.problems.Sort()
	return im.problems
}

// Record offers a record of a store. Where says in problems where it comes from. It
// returns the record as Git will have it, or ok false when it was not taken: Problems
// says why.
func (im *Import) Record(where string, r Record) (taken Record, ok bool) {
	docs, problems := parseJSON(where, r.JSON)
	if len(problems) > 0 || len(docs) != 1 {
		im.problems.Addf(Pos{File: where}, "", "the record cannot be read; look at it in the store")
		return Record{}, false
	}
	docs[0].moveTo(0, 0)
	parts := map[string]Node{}
	for i, text := range r.Key.Parts() {
		if i < len(im.dataset.key) && im.dataset.key[i].document {
			parts[im.dataset.key[i].name] = newScalar(text, true, 0, 0)
		}
	}
	taken, problems = im.add(where, parts, docs[0])
	im.problems = append(im.problems, problems...)
	return taken, len(problems) == 0
}

// moveTo gives a node and all that is in it one position.
func (n Node) moveTo(line, col int) {
	n.y.Line, n.y.Column = line, col
	for _, c := range n.y.Content {
		Node{c}.moveTo(line, col)
	}
}

// add checks one record and keeps it if nothing is wrong with it. Parts are the parts
// of its key that stand in the enclosing document, by their declared names.
func (im *Import) add(file string, parts map[string]Node, record Node) (Record, Problems) {
	p := &im.parser
	p.file, p.decoder.file, p.problems, p.out = file, file, nil, Parsed{}
	doc := im.document(parts, newContainer(SequenceNode, record.y.Line, record.y.Column, []Node{record}))
	p.document(doc)
	if len(p.problems) > 0 {
		return Record{}, p.problems
	}
	taken := p.out.Records[0]
	w := yamlWriter{schema: im.dataset.Schema, key: im.dataset.key}
	empty := newContainer(SequenceNode, 0, 0, nil)
	im.records = append(im.records, importedRecord{
		document: w.head(im.document(parts, empty), im.dataset.records),
		key:      taken.Key,
		text:     w.record(record, len(im.dataset.records)),
	})
	im.digest = im.digest.Add(taken.Digest)
	return taken, nil
}

// document returns what stands around a list of records: the list itself, or a mapping
// with the parts of the key and, last at each level, the way to the list.
func (im *Import) document(parts map[string]Node, list Node) Node {
	if im.dataset.records == nil {
		return list
	}
	doc := newContainer(MappingNode, list.y.Line, list.y.Column, nil)
	for _, k := range im.dataset.key {
		if v, ok := parts[k.name]; ok && k.document {
			doc.put(k.path, v)
		}
	}
	doc.put(im.dataset.records, list)
	return doc
}

// put sets the member at a path, making the mappings on the way to it. What is on the way
// moves to the end of its mapping.
func (n Node) put(path []string, v Node) {
	name, child := newScalar(path[0], false, v.y.Line, v.y.Column), v
	if len(path) > 1 {
		if child = n.Member(path[0]); child.absent() || child.Kind() != MappingNode {
			child = newContainer(MappingNode, v.y.Line, v.y.Column, nil)
		}
		child.put(path[1:], v)
	}
	c := n.y.Content
	for i := 0; i+1 < len(c); i += 2 {
		if c[i].Value == path[0] {
			c = slices.Delete(c, i, i+2)
			break
		}
	}
	n.y.Content = append(c, name.y, child.y)
}

// maxImportFile bounds the text of one written file, well below MaxFileSize.
const maxImportFile = MaxFileSize / 2

// YAML returns the records as the text of one file, or of several with at most so many
// records each, in the order of their keys. Head begins each of them. The texts are read
// back, and it is an error if they do not hold the records that were taken.
func (im *Import) YAML(head string, most int) ([][]byte, error) {
	if len(im.problems) > 0 {
		return nil, im.Problems()
	}
	slices.SortFunc(im.records, func(a, b importedRecord) int {
		return cmp.Or(strings.Compare(a.document, b.document), cmp.Compare(a.key, b.key))
	})
	var files [][]byte
	var digest DataDigest
	for rest := im.records; len(rest) > 0; {
		text, n := fileText(head, rest, most)
		read, err := im.readBack(text)
		if err != nil {
			return nil, err
		}
		files, digest, rest = append(files, text), digest.Plus(read), rest[n:]
	}
	if digest != im.digest {
		return nil, errors.New("the text that was made does not hold the same records; please report this with the data")
	}
	return files, nil
}

// fileText writes as many records as fit into one file and returns how many.
func fileText(head string, records []importedRecord, most int) ([]byte, int) {
	text := []byte(head)
	for i, r := range records {
		if i == most || i > 0 && len(text)+len(r.document)+len(r.text) > maxImportFile {
			return text, i
		}
		switch {
		case i > 0 && r.document != records[i-1].document:
			text = append(text, "---\n"+r.document...)
		case i == 0:
			text = append(text, r.document...)
		}
		text = append(text, r.text...)
	}
	return text, len(records)
}

// readBack reads a text as a file of the dataset.
func (im *Import) readBack(text []byte) (DataDigest, error) {
	var digest DataDigest
	parsed, problems := im.dataset.Parse("imported.yaml", text)
	if len(problems) > 0 {
		return digest, fmt.Errorf("the text that was made cannot be read back; please report this with the data: %w", problems[0].err())
	}
	for _, r := range parsed.Records {
		digest = digest.Add(r.Digest)
	}
	return digest, nil
}

func (p Problem) err() error { return Problems{p} }

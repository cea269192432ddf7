package spec

import "strings"

// fileParser collects the records of one file.
type fileParser struct {
	dataset  *Dataset
	file     string
	out      Parsed
	problems Problems
	seen     map[Key]Pos
	decoder  decoder   // of the record that is being read
	fromDoc  []docPart // parts of the key from the enclosing document, parallel to dataset.key
}

func (p *fileParser) document(doc Node) {
	list, ok := p.list(doc)
	if !ok {
		return
	}
	if tag := list.Tag(); tag != "" {
		p.problems.Addf(list.At(p.file), "", "tag %s is not allowed; write the records without a tag", tag)
		return
	}
	p.fromDoc = p.documentParts(doc)
	path := strings.Join(p.dataset.records, ".")
	switch kind := list.Kind(); {
	case kind == SequenceNode:
		for _, item := range list.Items() {
			p.record(item)
		}
	case kind == MappingNode && path == "" && p.dataset.notAList(list):
		p.problems.Addf(list.At(p.file), "", "the file must be a list of records of dataset %s; %s", p.dataset.Name, startRecords(p.file))
	case kind == MappingNode && path == "":
		p.record(list)
	case kind == ScalarNode && isNull(list.Text()) && !list.Quoted() && path != "":
		p.problems.Addf(list.At(p.file), path, "empty value; write [] for no records")
	default:
		p.problems.Addf(list.At(p.file), path, "dataset %s wants a list of records here; start each record with \"- \"", p.dataset.Name)
	}
}

// list returns the node of the records in a document.
func (p *fileParser) list(doc Node) (list Node, ok bool) {
	list = doc
	for i, name := range p.dataset.records {
		p.checkEnclosing(list)
		next := list.Member(name)
		if next.absent() {
			p.problems.Addf(list.At(p.file), strings.Join(p.dataset.records[:i+1], "."),
				"the records of dataset %s are not here; put them in a list under %s", p.dataset.Name, strings.Join(p.dataset.records, "."))
			return list, false
		}
		list = next
	}
	return list, true
}

// checkEnclosing refuses an object around the records that has a field twice, or takes
// fields from elsewhere: one of them would silently win.
func (p *fileParser) checkEnclosing(n Node) {
	if n.Kind() != MappingNode {
		return
	}
	seen := map[string]bool{}
	for k := range n.Members() {
		switch what := badName(k); {
		case what != "":
			p.problems.Addf(k.At(p.file), "", "%s", what)
		case seen[k.Text()]:
			p.problems.Addf(k.At(p.file), k.Text(), "the field stands twice in this document; delete one of them")
		}
		seen[k.Text()] = true
	}
}

func (p *fileParser) record(node Node) {
	d := &p.decoder
	d.reset()
	if node.Kind() != MappingNode {
		d.fail(node, "a record is an object; write its fields as name: value")
		p.problems = append(p.problems, d.problems...)
		return
	}
	v, ok := d.value(node, p.dataset.Schema.root)
	fields, _ := v.(map[string]any)
	if fields == nil {
		p.problems = append(p.problems, d.problems...)
		return
	}
	d.checkMoney()
	d.validate(p.dataset.Schema, node, fields)
	key, keyOK := p.key(d, node, fields)
	if ok && keyOK && len(d.problems) == 0 {
		p.add(d, key, node, fields)
		return
	}
	p.problems = append(p.problems, d.problems...)
	if keyOK {
		p.out.Broken = append(p.out.Broken, key)
	}
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

package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/schemas"
)

// dataset builds one dataset, or notes what is wrong with it.
func (l *pipelineLoader) dataset(p *Pipeline, i int, raw rawDataset) *Dataset {
	at := func(name string) []any { return []any{"datasets", i, name} }
	before := len(l.problems)
	d := &Dataset{Name: raw.Name, Kind: raw.Kind, Stores: raw.Stores, SchemaFile: raw.Schema}
	if p.Dataset(raw.Name) != nil {
		l.fail(at("name"), "dataset %s is declared twice; give one of them another name", raw.Name)
	}
	if strings.HasPrefix(raw.Name, "promoctl") {
		l.fail(at("name"), "names that start with promoctl are reserved; choose another one")
	}
	var err error
	if d.files, err = newGlobs(raw.Files); err != nil {
		l.fail(at("files"), "%v", err)
	}
	if raw.Records != "" {
		d.records = strings.Split(raw.Records, ".")
	}
	l.datasetStores(p, i, d)
	if d.Schema = l.schema(i, raw); d.Schema != nil {
		l.key(i, d, raw.Key)
	}
	if d.Schema == nil || len(l.problems) > before {
		return nil
	}
	d.Layout.Fields = d.Schema.fields(d.Layout.Key)
	d.Layout.Open = !d.Schema.root.closed
	return d
}

func (l *pipelineLoader) datasetStores(p *Pipeline, i int, d *Dataset) {
	if d.Stores == nil {
		for _, s := range p.Stores {
			d.Stores = append(d.Stores, s.Name)
		}
		return
	}
	for j, name := range d.Stores {
		if p.Store(name) == nil {
			l.fail([]any{"datasets", i, "stores", j}, "store %s is not declared; %s", name, chooseFix(name, p.storeNames()))
		}
	}
}

func (p *Pipeline) storeNames() []string {
	names := make([]string, len(p.Stores))
	for i, s := range p.Stores {
		names[i] = s.Name
	}
	return names
}

func (l *pipelineLoader) schema(i int, raw rawDataset) *Schema {
	name, text := raw.Kind, []byte(nil)
	switch {
	case raw.Kind != "" && raw.Schema != "":
		l.fail([]any{"datasets", i, "schema"}, "a dataset has a kind or a schema, not both; delete one of them")
		return nil
	case raw.Kind != "":
		var ok bool
		if text, ok = schemas.Kind(raw.Kind); !ok {
			l.fail([]any{"datasets", i, "kind"}, "unknown kind %s; %s", raw.Kind, chooseFix(raw.Kind, schemas.Kinds()))
			return nil
		}
	case raw.Schema != "":
		var err error
		name = raw.Schema
		if text, err = l.read(raw.Schema); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				err = errors.New("there is no such file")
			}
			l.fail([]any{"datasets", i, "schema"}, "%s: %v; write the path of a JSON Schema, from the folder of %s", raw.Schema, err, PipelineFile)
			return nil
		}
	default:
		return Untyped()
	}
	s, err := CompileSchema(name, text)
	if err != nil {
		l.fail([]any{"datasets", i, "schema"}, "%v", err)
		return nil
	}
	return s
}

// key resolves the parts of a dataset's key.
func (l *pipelineLoader) key(i int, d *Dataset, names []string) {
	if names == nil {
		names = d.Schema.Key
	}
	if len(names) == 0 && l.saidWithin("datasets", i) {
		return // what is wrong there may be why
	}
	if len(names) == 0 {
		l.fail([]any{"datasets", i, "key"}, "dataset %s has no key; add key: [FIELD] with the fields that identify a record", d.Name)
		return
	}
	for j, name := range names {
		part, field, what := d.keyPart(name)
		if what != "" {
			l.fail([]any{"datasets", i, "key", j}, "%s", what)
			continue
		}
		d.key = append(d.key, field)
		d.Layout.Key = append(d.Layout.Key, part)
	}
}

// keyPart resolves one part, or says what is wrong with it.
func (d *Dataset) keyPart(name string) (KeyPart, keyField, string) {
	part := KeyPart{Name: name, Column: name}
	path, document := strings.CutPrefix(name, "$file.")
	field := keyField{name: name, document: document, path: strings.Split(path, ".")}
	if document {
		if d.records == nil {
			return part, field, fmt.Sprintf("%s needs an enclosing document; add records: PATH with the path of the list in each document", name)
		}
		part.Column = d.freeColumn("file_" + strings.Join(field.path, "_"))
		return part, field, ""
	}
	t := d.Schema.root
	for _, step := range field.path {
		if t = t.prop(step); t == nil {
			return part, field, fmt.Sprintf("key field %s is not in the schema; %s", name, unknownFix(name, d.Schema.root.names))
		}
		switch {
		case t.sensitive:
			return part, field, fmt.Sprintf("key field %s is sensitive, and keys are shown everywhere; choose another field", name)
		case t.owner == OwnerShop:
			return part, field, fmt.Sprintf("key field %s belongs to the shop; choose a field that stands in Git", name)
		}
	}
	if t.kinds&^(kindNull|kindObject|kindArray) == 0 {
		return part, field, fmt.Sprintf("key field %s is %s; choose a text or a number", name, article(t.kinds))
	}
	declared := d.Schema.root.props[name] != nil
	part.Field = declared && len(field.path) == 1 && t.fieldType() != TypeJSON
	if !part.Field {
		part.Column = d.freeColumn(strings.Join(field.path, "_"))
	}
	return part, field, ""
}

// freeColumn returns a plain column name that no declared field and no key part has,
// also not in another case, for stores that do not tell them apart.
func (d *Dataset) freeColumn(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
	taken := func(n string) bool {
		return slices.ContainsFunc(d.Schema.root.names, func(f string) bool { return strings.EqualFold(f, n) }) ||
			slices.ContainsFunc(d.Layout.Key, func(p KeyPart) bool { return strings.EqualFold(p.Column, n) })
	}
	for taken(name) {
		name += "_key"
	}
	return name
}

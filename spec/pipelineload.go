package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/schemas"
)

// ReadFile reads a file of a data repository by its path relative to the pipeline
// file's folder. A file that does not exist gives an error that is fs.ErrNotExist.
type ReadFile func(path string) ([]byte, error)

// LoadPipeline reads the pipeline file and the schemas that it names, as they hold for
// an environment. With env "" it takes the declared default environment. The error is
// fs.ErrNotExist when there is no pipeline file, Problems when it is wrong.
func LoadPipeline(read ReadFile, env string) (*Pipeline, error) {
	text, err := read(PipelineFile)
	if err != nil {
		return nil, err
	}
	l := pipelineLoader{read: read}
	p := l.load(text, env)
	if len(l.problems) > 0 {
		l.problems.Sort()
		return nil, l.problems
	}
	return p, nil
}

// pipelineLoader collects the problems of a pipeline file.
type pipelineLoader struct {
	read     ReadFile
	root     Node
	problems Problems
}

// rawPipeline is the pipeline file as written, for one environment.
type rawPipeline struct {
	Metadata   struct{ Name string }
	Datasets   []rawDataset
	Stores     []Store
	Guardrails []Guardrail
	Release    ReleaseSettings
	Sensitive  struct{ DigestKey string }
}

type rawDataset struct {
	Name    string
	Files   []string
	Kind    string
	Schema  string
	Records string
	Key     []string
	Stores  []string
}

func (l *pipelineLoader) load(text []byte, env string) *Pipeline {
	fields := l.parse(text)
	if fields == nil {
		return nil
	}
	environments := l.applyEnvironment(fields, &env)
	if len(l.problems) > 0 {
		return nil
	}
	var raw rawPipeline
	if err := decodeFields(fields, &raw); err != nil {
		l.fail(nil, "", "%v", err)
		return nil
	}
	p := &Pipeline{
		Name: raw.Metadata.Name, Env: env, Environments: environments,
		Stores: raw.Stores, Guardrails: raw.Guardrails, Release: raw.Release, DigestKey: raw.Sensitive.DigestKey,
	}
	l.stores(p)
	for i, d := range raw.Datasets {
		if dataset := l.dataset(p, i, d); dataset != nil {
			p.Datasets = append(p.Datasets, dataset)
		}
	}
	if len(l.problems) == 0 {
		l.guardrails(p)
		l.refs(p)
		p.effective = effectiveConfig(fields, p)
	}
	return p
}

// parse reads the file by its own JSON Schema, through the same strict decoder as
// records, so that its errors are as good as theirs.
func (l *pipelineLoader) parse(text []byte) map[string]any {
	schema, err := CompileSchema("pipeline schema", schemas.Pipeline())
	if err != nil {
		panic(err) // embedded; a test compiles it
	}
	docs, problems := parseText(PipelineFile, text, nil)
	l.problems = problems
	switch {
	case len(problems) > 0:
		return nil
	case len(docs) != 1:
		l.problems.Addf(Pos{File: PipelineFile}, "", "the file has %d documents; write exactly one, see promoctl init", len(docs))
		return nil
	}
	l.root = docs[0]
	d := newDecoder(PipelineFile)
	v, _ := d.value(l.root, schema.root)
	fields, _ := v.(map[string]any)
	if fields != nil {
		d.validate(schema, l.root, fields)
	}
	l.problems = append(l.problems, d.problems...)
	if len(l.problems) > 0 {
		return nil
	}
	return fields
}

// decodeFields turns checked fields into structs.
func decodeFields(fields map[string]any, to any) error {
	d := json.NewDecoder(bytes.NewReader(appendCanonical(nil, fields)))
	return d.Decode(to)
}

// fail notes a problem at the node that path leads to, or the nearest above it.
func (l *pipelineLoader) fail(path []any, field, format string, args ...any) {
	n := l.root
	for _, step := range path {
		next := Node{}
		switch s := step.(type) {
		case string:
			next = n.Member(s)
		case int:
			if n.Kind() == SequenceNode {
				for i, item := range n.Items() {
					if i == s {
						next = item
					}
				}
			}
		}
		if next.absent() {
			break
		}
		n = next
	}
	l.problems.Addf(n.At(PipelineFile), field, format, args...)
}

// dataset builds one dataset, or notes what is wrong with it.
func (l *pipelineLoader) dataset(p *Pipeline, i int, raw rawDataset) *Dataset {
	at := func(name string) []any { return []any{"datasets", i, name} }
	before := len(l.problems)
	d := &Dataset{Name: raw.Name, Kind: raw.Kind, Stores: raw.Stores}
	if p.Dataset(raw.Name) != nil {
		l.fail(at("name"), "datasets.name", "dataset %s is declared twice; give one of them another name", raw.Name)
	}
	if strings.HasPrefix(raw.Name, "promoctl") {
		l.fail(at("name"), "datasets.name", "names that start with promoctl are reserved; choose another one")
	}
	var err error
	if d.files, err = newGlobs(raw.Files); err != nil {
		l.fail(at("files"), "datasets.files", "%v", err)
	}
	if raw.Records != "" {
		d.records = strings.Split(raw.Records, ".")
	}
	l.datasetStores(p, i, d)
	if d.Schema = l.schema(i, raw); d.Schema != nil {
		l.key(i, d, raw.Key)
	}
	if len(l.problems) > before {
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
			l.fail([]any{"datasets", i, "stores", j}, "datasets.stores", "store %s is not declared; %s", name, unknownFix(name, p.storeNames()))
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
		l.fail([]any{"datasets", i, "schema"}, "datasets.schema", "a dataset has a kind or a schema, not both; delete one of them")
		return nil
	case raw.Kind != "":
		var ok bool
		if text, ok = schemas.Kind(raw.Kind); !ok {
			l.fail([]any{"datasets", i, "kind"}, "datasets.kind", "unknown kind %s; %s", raw.Kind, unknownFix(raw.Kind, schemas.Kinds()))
			return nil
		}
	case raw.Schema != "":
		var err error
		name = raw.Schema
		if text, err = l.read(raw.Schema); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				err = errors.New("there is no such file")
			}
			l.fail([]any{"datasets", i, "schema"}, "datasets.schema", "%s: %v; write the path of a JSON Schema, from the folder of %s", raw.Schema, err, PipelineFile)
			return nil
		}
	default:
		return Untyped()
	}
	s, err := CompileSchema(name, text)
	if err != nil {
		l.fail([]any{"datasets", i, "schema"}, "datasets.schema", "%v", err)
		return nil
	}
	return s
}

// key resolves the parts of a dataset's key.
func (l *pipelineLoader) key(i int, d *Dataset, names []string) {
	at := []any{"datasets", i, "key"}
	if names == nil {
		names = d.Schema.Key
	}
	if len(names) == 0 {
		l.fail([]any{"datasets", i}, "datasets.key", "dataset %s has no key; add key: [FIELD] with the fields that identify a record", d.Name)
		return
	}
	for _, name := range names {
		part, field, what := d.keyPart(name)
		if what != "" {
			l.fail(at, "datasets.key", "%s", what)
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
		if t.anySensitive() {
			return part, field, fmt.Sprintf("key field %s is sensitive, and keys are shown everywhere; choose another field", name)
		}
		if t.owner == OwnerShop {
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

// freeColumn returns a column name that no declared field and no key part has.
func (d *Dataset) freeColumn(name string) string {
	taken := func(n string) bool {
		return d.Schema.root.props[n] != nil ||
			slices.ContainsFunc(d.Layout.Key, func(p KeyPart) bool { return p.Column == n })
	}
	for taken(name) {
		name += "_key"
	}
	return name
}

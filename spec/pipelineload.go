package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
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
	origins  map[string][]any // where a field stands that an environment sets, by fieldPath
	overlaid map[string][]any // where an environment changes an entry of a list, by fieldPath
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
	l.secrets(fields)
	l.durations(fields)
	environments := l.applyEnvironment(fields, &env)
	var raw rawPipeline
	if err := decodeFields(fields, &raw); err != nil {
		if len(l.problems) == 0 {
			l.fail(nil, "%v", err)
		}
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
	names := make([]string, len(raw.Datasets))
	for i, d := range raw.Datasets {
		names[i] = d.Name
	}
	l.release(p)
	l.guardrails(p, names)
	l.refs(p, names)
	if len(l.problems) == 0 {
		p.effective = effectiveConfig(fields, p)
	}
	return p
}

// parse reads the file by its own JSON Schema, through the same strict decoder as
// records, so that its errors are as good as theirs. It returns nil when there is
// nothing to look at further.
func (l *pipelineLoader) parse(text []byte) map[string]any {
	schema, err := CompileSchema("pipeline schema", schemas.Pipeline())
	if err != nil {
		panic(err) // embedded; a test compiles it
	}
	docs, problems := parseText(PipelineFile, text, showPipelineLine)
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
	return fields
}

// showPipelineLine is the lineMask of the pipeline file: addresses may hold passwords.
func showPipelineLine(line string) string {
	if strings.Contains(line, "url") || strings.Contains(line, "digestKey") || strings.ContainsAny(line, "@") {
		return hiddenText
	}
	return line
}

// decodeFields turns checked fields into structs.
func decodeFields(fields map[string]any, to any) error {
	d := json.NewDecoder(bytes.NewReader(appendCanonical(nil, fields)))
	return d.Decode(to)
}

// fail notes a problem at the node that path leads to, or the nearest above it, unless
// something was said about that field already.
func (l *pipelineLoader) fail(path []any, format string, args ...any) {
	path = l.origin(path)
	field := fieldPath(path)
	if slices.ContainsFunc(l.problems, func(p Problem) bool { return field != "" && p.Field != "" && within(field, p.Field) }) {
		return
	}
	l.problems.Addf(l.node(path).At(PipelineFile), field, format, args...)
}

// saidWithin reports whether something was said about a field or a part of it.
func (l *pipelineLoader) saidWithin(path ...any) bool {
	return slices.ContainsFunc(l.problems, func(p Problem) bool { return within(p.Field, fieldPath(path)) })
}

// origin returns where a field really stands: an environment may have set it. A field
// that stands nowhere is missing where the environment made it necessary.
func (l *pipelineLoader) origin(path []any) []any {
	for n := len(path); n > 0; n-- {
		if at, ok := l.origins[fieldPath(path[:n])]; ok {
			return slices.Concat(at, path[n:])
		}
	}
	if len(path) == 3 {
		name, _ := path[2].(string)
		if at, ok := l.overlaid[fieldPath(path[:2])]; ok && l.node(path[:2]).Member(name).absent() {
			return append(slices.Clone(at), name)
		}
	}
	return path
}

// node returns the node at a path, or the nearest above it.
func (l *pipelineLoader) node(path []any) Node {
	n := l.root
	for _, step := range path {
		next := Node{}
		switch s := step.(type) {
		case string:
			next = n.Member(s)
		case int:
			if n.Kind() == SequenceNode {
				next = n.item(s)
			}
		}
		if next.absent() {
			break
		}
		n = next
	}
	return n
}

// fieldPath spells a path of names and item numbers: stores[0].url.
func fieldPath(path []any) string {
	var b strings.Builder
	for _, step := range path {
		switch s := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", s)
		case string:
			if b.Len() > 0 {
				b.WriteString(".")
			}
			b.WriteString(s)
		}
	}
	return b.String()
}

package spec

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// BuiltinRules are the rules that a guardrail may name.
func BuiltinRules() []string {
	return []string{"coupon-cap", "decimal-slip", "price-change", "zero-price"}
}

// stores checks what the schema of the pipeline file can't say about stores.
func (l *pipelineLoader) stores(p *Pipeline) {
	required := false
	for i := range p.Stores {
		s := &p.Stores[i]
		at := func(name string) []any { return []any{"stores", i, name} }
		if slices.ContainsFunc(p.Stores[:i], func(o Store) bool { return o.Name == s.Name }) {
			l.fail(at("name"), "stores.name", "store %s is declared twice; give one of them another name", s.Name)
		}
		if s.Wave == 0 {
			s.Wave = 1
		}
		if s.MaxLag != 0 && s.IsRequired() {
			l.fail(at("maxLag"), "stores.maxLag", "maxLag is for stores that may lag; add required: false, or delete maxLag")
		}
		if s.Buckets != 0 && s.Driver != "file" {
			l.fail(at("buckets"), "stores.buckets", "the driver %s keeps no objects; delete buckets", s.Driver)
		}
		if literalPassword(s.URL) {
			l.fail(at("url"), "stores.url", "a password must not stand in Git; write url: \"${%s_URL}\" and set the variable where promoctl runs", envName(s.Name))
		}
		required = required || s.IsRequired()
	}
	if len(p.Stores) > 0 && !required {
		l.fail([]any{"stores"}, "stores", "no store is required, so no store could lead a release; let one be required")
	}
}

// literalPassword reports whether a URL holds a password that is not a reference.
func literalPassword(text string) bool {
	u, err := url.Parse(envRef.ReplaceAllString(text, "x"))
	if err == nil && u.User != nil {
		if password, ok := u.User.Password(); ok && password != "x" && password != "" {
			return true
		}
	}
	userPassword := regexp.MustCompile(`^[^/@:]+:([^@/]+)@`) // a MySQL DSN: user:password@tcp(host)/db
	m := userPassword.FindStringSubmatch(text)
	return m != nil && !envRef.MatchString(m[1])
}

func envName(store string) string {
	return strings.ToUpper(strings.ReplaceAll(store, "-", "_"))
}

// guardrails checks that rules and the datasets that they name exist.
func (l *pipelineLoader) guardrails(p *Pipeline) {
	for i, g := range p.Guardrails {
		at := func(name string) []any { return []any{"guardrails", i, name} }
		if !slices.Contains(BuiltinRules(), g.Rule) {
			l.fail(at("rule"), "guardrails.rule", "unknown rule %s; %s", g.Rule, unknownFix(g.Rule, BuiltinRules()))
		}
		if slices.ContainsFunc(p.Guardrails[:i], func(o Guardrail) bool { return o.ID() == g.ID() }) {
			l.fail(at("rule"), "guardrails.rule", "guardrail %s stands twice; tell them apart with name: ...", g.ID())
		}
		if g.Rule == "price-change" && g.MaxPercent == "" {
			l.fail(at("rule"), "guardrails.maxPercent", "price-change needs a limit; add maxPercent: 30")
		}
		for _, name := range g.Datasets {
			if p.Dataset(name) == nil {
				l.fail(at("datasets"), "guardrails.datasets", "dataset %s is not declared; %s", name, unknownFix(name, p.datasetNames()))
			}
		}
	}
}

func (p *Pipeline) datasetNames() []string {
	names := make([]string, len(p.Datasets))
	for i, d := range p.Datasets {
		names[i] = d.Name
	}
	return names
}

// refs checks that the datasets that schemas refer to by name exist.
func (l *pipelineLoader) refs(p *Pipeline) {
	for i, d := range p.Datasets {
		d.Schema.root.anywhere(func(t *Type) bool {
			if t.ref != nil && t.ref.Dataset != "" && p.Dataset(t.ref.Dataset) == nil {
				l.fail([]any{"datasets", i, "schema"}, "datasets.schema", "x-ref: dataset %s is not declared; %s", t.ref.Dataset, unknownFix(t.ref.Dataset, p.datasetNames()))
			}
			return false
		})
	}
}

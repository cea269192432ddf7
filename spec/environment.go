package spec

import (
	"maps"
	"slices"
	"strings"
)

// applyEnvironment lays the values of an environment over the file's own and removes
// what speaks of environments. It sets env to the one that holds and returns the names
// of all.
func (l *pipelineLoader) applyEnvironment(fields map[string]any, env *string) []string {
	declared, _ := fields["environments"].(map[string]any)
	fallback, _ := fields["defaultEnvironment"].(string)
	delete(fields, "environments")
	delete(fields, "defaultEnvironment")
	names := slices.Sorted(maps.Keys(declared))
	if fallback != "" && len(names) > 0 && !slices.Contains(names, fallback) {
		l.fail([]any{"defaultEnvironment"}, "environment %s is not declared; %s", fallback, chooseFix(fallback, names))
		return names
	}
	if *env == "" {
		*env = fallback
	}
	switch {
	case len(names) == 0 && *env != "":
		l.fail([]any{"environments"}, "environment %s is not declared, and neither is any other; run without --env", *env)
		return nil
	case len(names) == 0:
		return nil
	case *env == "":
		l.fail([]any{"environments"}, "the pipeline has several environments; choose one with --env %s, or declare defaultEnvironment", strings.Join(names, "|"))
		return names
	case declared[*env] == nil:
		l.fail([]any{"environments"}, "environment %s is not declared; %s", *env, chooseFix(*env, names))
		return names
	}
	l.origins, l.overlaid = map[string][]any{}, map[string][]any{}
	overlay, _ := declared[*env].(map[string]any)
	l.overlayList(fields, overlay, *env, "stores")
	l.overlayList(fields, overlay, *env, "guardrails")
	return names
}

// overlayList lays the entries of a list over those with the same identity. An entry
// of the environment that has no counterpart must be complete and is added.
func (l *pipelineLoader) overlayList(fields, overlay map[string]any, env, list string) {
	over, _ := overlay[list].([]any)
	base, _ := fields[list].([]any)
	base = slices.Clone(base)
	for i, entry := range over {
		o, _ := entry.(map[string]any)
		from := []any{"environments", env, list, i}
		at := slices.IndexFunc(base, func(b any) bool { return identity(o) != nil && identity(b) == identity(o) })
		if at >= 0 {
			merged := maps.Clone(base[at].(map[string]any))
			maps.Copy(merged, o)
			base[at] = merged
			l.overlaid[fieldPath([]any{list, at})] = from
			for name := range o {
				l.origins[fieldPath([]any{list, at, name})] = append(slices.Clone(from), name)
			}
			continue
		}
		if list == "stores" && (o["driver"] == nil || o["url"] == nil) {
			l.fail(append(slices.Clone(from), "name"),
				"store %v is not declared; write the name of a store under stores, or give driver and url", o["name"])
			continue
		}
		l.origins[fieldPath([]any{list, len(base)})] = from
		base = append(base, o)
	}
	if base != nil {
		fields[list] = base
	}
}

// identity returns what tells the entries of a list apart: their name, or the rule of a
// guardrail without a name.
func identity(entry any) any {
	m, _ := entry.(map[string]any)
	if m["name"] != nil {
		return m["name"]
	}
	return m["rule"]
}

// effectiveConfig is the canonical JSON of all that matters to a plan: the file for
// its environment without the names of files, with the digests of schemas.
func effectiveConfig(fields map[string]any, p *Pipeline) []byte {
	out := maps.Clone(fields)
	datasets := []any{}
	for _, d := range p.Datasets {
		datasets = append(datasets, map[string]any{
			"name": d.Name, "fingerprint": d.Fingerprint().String(), "stores": stringsAsAny(d.Stores),
		})
	}
	out["datasets"] = datasets
	out["environment"] = p.Env
	return appendCanonical(nil, out)
}

func stringsAsAny(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// EnvironmentNames returns the environments that the pipeline file declares, sorted,
// as far as it can be read.
func EnvironmentNames(read ReadFile) []string {
	text, err := read(PipelineFile)
	if err != nil {
		return nil
	}
	docs, _ := parseText(PipelineFile, text, nil)
	if len(docs) != 1 {
		return nil
	}
	var names []string
	if environments := docs[0].Member("environments"); !environments.absent() && environments.Kind() == MappingNode {
		for k := range environments.Members() {
			names = append(names, k.Text())
		}
	}
	slices.Sort(names)
	return names
}

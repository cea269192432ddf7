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
	if *env == "" {
		*env = fallback
	}
	switch {
	case len(names) == 0 && *env != "":
		l.fail(nil, "environments", "environment %s is not declared, and neither is any other; run without --env", *env)
		return nil
	case len(names) == 0:
		return nil
	case *env == "":
		l.fail([]any{"environments"}, "environments", "the pipeline has several environments; choose one with --env %s, or declare defaultEnvironment", strings.Join(names, "|"))
		return nil
	}
	overlay, ok := declared[*env].(map[string]any)
	if !ok {
		l.fail([]any{"environments"}, "environments", "environment %s is not declared; %s", *env, unknownFix(*env, names))
		return nil
	}
	l.overlayList(fields, overlay, *env, "stores", func(m map[string]any) any { return m["name"] })
	l.overlayList(fields, overlay, *env, "guardrails", func(m map[string]any) any {
		if m["name"] != nil {
			return m["name"]
		}
		return m["rule"]
	})
	return names
}

// overlayList lays the entries of a list over those with the same identity. An entry
// of the environment that has no counterpart must be complete and is added.
func (l *pipelineLoader) overlayList(fields, overlay map[string]any, env, list string, id func(map[string]any) any) {
	over, _ := overlay[list].([]any)
	base, _ := fields[list].([]any)
	for i, entry := range over {
		o := entry.(map[string]any)
		at := slices.IndexFunc(base, func(b any) bool { return id(b.(map[string]any)) == id(o) })
		if at >= 0 {
			merged := maps.Clone(base[at].(map[string]any))
			maps.Copy(merged, o)
			base[at] = merged
			continue
		}
		if list == "stores" && (o["driver"] == nil || o["url"] == nil) {
			l.fail([]any{"environments", env, list, i}, "environments."+env+".stores",
				"store %v is not declared; write the name of a store under stores, or give driver and url", o["name"])
			continue
		}
		base = append(base, o)
	}
	if base != nil {
		fields[list] = base
	}
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

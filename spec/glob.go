package spec

import (
	"fmt"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// globs selects the files of a dataset: those that match a pattern and no pattern
// with a leading "!".
type globs struct{ include, exclude []string }

func newGlobs(patterns []string) (globs, error) {
	var g globs
	for _, p := range patterns {
		pattern, negated := strings.CutPrefix(p, "!")
		switch {
		case !doublestar.ValidatePattern(pattern):
			return g, fmt.Errorf("%q is not a valid pattern; close [ and { or escape them with a backslash", p)
		case path.IsAbs(pattern), strings.HasPrefix(pattern, "../"), strings.HasPrefix(pattern, "./"):
			return g, fmt.Errorf("%q does not start in the pipeline file's folder; write it like prices/**/*.yaml", p)
		case negated:
			g.exclude = append(g.exclude, pattern)
		default:
			g.include = append(g.include, pattern)
		}
	}
	if len(g.include) == 0 {
		return g, fmt.Errorf("no pattern selects files; write one like prices/**/*.yaml")
	}
	return g, nil
}

func (g globs) match(file string) bool {
	return matchesAny(g.include, file) && !matchesAny(g.exclude, file)
}

func matchesAny(patterns []string, file string) bool {
	for _, p := range patterns {
		if doublestar.MatchUnvalidated(p, file) {
			return true
		}
	}
	return false
}

// matchBelow compares folder by folder until a pattern's "**" or end.
func (g globs) matchBelow(dir string) bool {
	for _, p := range g.include {
		if dir == "" || mayMatchBelow(strings.Split(p, "/"), strings.Split(dir, "/")) {
			return true
		}
	}
	return false
}

func mayMatchBelow(pattern, dir []string) bool {
	if strings.ContainsAny(strings.Join(pattern, "/"), "{}") {
		return true // alternatives may hold slashes
	}
	for i, name := range dir {
		if i >= len(pattern)-1 {
			return i < len(pattern) && pattern[i] == "**"
		}
		if pattern[i] == "**" {
			return true
		}
		if !doublestar.MatchUnvalidated(pattern[i], name) {
			return false
		}
	}
	return true
}

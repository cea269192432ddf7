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
		case path.IsAbs(pattern), path.Clean(pattern) != pattern, strings.HasPrefix(pattern, ".."):
			return g, fmt.Errorf("%q does not name files below the pipeline file's folder; write it like prices/**/*.yaml", p)
		case hiddenPath(pattern):
			return g, fmt.Errorf("%q names a file or folder that starts with a dot, and those hold no data; move the data", p)
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

// match leaves out the pipeline file itself and what starts with a dot: a pattern such
// as **/*.yaml is not meant to release workflows and editor settings.
func (g globs) match(file string) bool {
	return file != PipelineFile && matchesAny(g.include, file) && !hiddenPath(file) && !matchesAny(g.exclude, file)
}

// hiddenPath reports whether a file or a folder on the way to it starts with a dot.
func hiddenPath(path string) bool {
	return strings.HasPrefix(path, ".") || strings.Contains(path, "/.")
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
	if hiddenPath(dir) {
		return false
	}
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

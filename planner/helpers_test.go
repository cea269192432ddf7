package planner_test

import (
	"slices"
	"strings"
	"testing"
)

// without drops the lines that hold one of the words.
func without(t *testing.T, text string, words ...string) string {
	t.Helper()
	lines := strings.SplitAfter(text, "\n")
	for _, w := range words {
		n := len(lines)
		lines = slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, w) })
		if len(lines) != n-1 {
			t.Fatalf("%d lines hold %q", n-len(lines), w)
		}
	}
	return strings.Join(lines, "")
}

// replace replaces a part that must be there once.
func replace(t *testing.T, text, old, current string) string {
	t.Helper()
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%q stands %d times in %s", old, n, text)
	}
	return strings.Replace(text, old, current, 1)
}

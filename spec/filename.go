package spec

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// CheckPath says what is wrong with an entry where data is expected, or nil. A link or
// a submodule that could stand in for a dataset's file or folder is refused: what it
// points to is not part of the commit.
func (p *Pipeline) CheckPath(f SourceFile) *Problem {
	switch {
	case f.Mode == ModeFile && p.owner(f.Path) == nil:
		return nil
	case f.Mode == ModeFile && !utf8.ValidString(f.Path):
		return &Problem{Pos: Pos{File: fmt.Sprintf("%q", f.Path)}, What: "the file's name is not UTF-8", Fix: "rename it"}
	case f.Mode == ModeFile && strings.ContainsFunc(f.Path, unicode.IsControl):
		return &Problem{Pos: Pos{File: fmt.Sprintf("%q", f.Path)}, What: "the file's name has a control character", Fix: "rename it"}
	case f.Mode == ModeFile:
		return nil
	}
	for _, d := range p.Datasets {
		if d.Matches(f.Path) || d.MayMatchBelow(f.Path) {
			what := "a symbolic link"
			if f.Mode == ModeSubmodule {
				what = "a submodule"
			}
			return &Problem{Pos: Pos{File: f.Path}, What: what + " where dataset " + d.Name + " keeps its files", Fix: "put the files themselves there"}
		}
	}
	return nil
}

// owner returns the first dataset that a file belongs to, or nil.
func (p *Pipeline) owner(path string) *Dataset {
	for _, d := range p.Datasets {
		if d.Matches(path) {
			return d
		}
	}
	return nil
}

// nameChecker looks at the names of files as they are listed.
type nameChecker struct {
	pipeline *Pipeline
	fold     cases.Caser
	names    map[string][]string // files by their folded name
	found    Problems
}

func newNameChecker(p *Pipeline) *nameChecker {
	return &nameChecker{pipeline: p, fold: cases.Fold(), names: map[string][]string{}}
}

// add reports whether an entry is a file of a dataset that is to be read.
func (c *nameChecker) add(f SourceFile) bool {
	if problem := c.pipeline.CheckPath(f); problem != nil {
		c.found = append(c.found, *problem)
		return false
	}
	if f.Mode != ModeFile || c.pipeline.owner(f.Path) == nil {
		return false
	}
	name := c.fold.String(norm.NFC.String(f.Path))
	c.names[name] = append(c.names[name], f.Path)
	return true
}

// problems returns what is wrong with the names. Of names that differ in case or
// Unicode form only, all but the first are reported.
func (c *nameChecker) problems() Problems {
	for _, same := range c.names {
		slices.Sort(same)
		for _, name := range same[1:] {
			c.found.Addf(Pos{File: name}, "", "the file's name differs from %s only in case or Unicode form, so some machines can't hold both; rename one", quoteText(same[0]))
		}
	}
	return c.found
}

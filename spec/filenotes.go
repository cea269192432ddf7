package spec

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// FileNotes looks at the names of a Source's files and says what may be a slip, though
// it is no error: patterns that match no file, and data files that lie where datasets
// keep theirs and that no dataset takes. The notes are sorted.
func (p *Pipeline) FileNotes(ctx context.Context, src Source) ([]string, error) {
	n := newFileNotes(p)
	for f, err := range src.Files(ctx) {
		if err != nil {
			return nil, err
		}
		n.add(f)
	}
	return n.notes(), nil
}

// fileNotes gathers what FileNotes says.
type fileNotes struct {
	pipeline *Pipeline
	idle     map[*Dataset][]string // patterns that matched no file yet
	near     []string              // patterns as they would match a misspelt name
	folders  []string              // that patterns start with, in small letters
	untaken  []string
}

func newFileNotes(p *Pipeline) *fileNotes {
	n := &fileNotes{pipeline: p, idle: map[*Dataset][]string{}}
	for _, d := range p.Datasets {
		n.idle[d] = slices.Clone(d.files.include)
		for _, pattern := range d.files.include {
			n.near = append(n.near, spelledAlike(pattern))
			if base, _ := doublestar.SplitPattern(pattern); base != "." {
				n.folders = append(n.folders, strings.ToLower(base)+"/")
			}
		}
	}
	return n
}

func (n *fileNotes) add(f SourceFile) {
	if f.Mode != ModeFile || f.Path == PipelineFile || hiddenPath(f.Path) {
		return
	}
	for _, d := range n.pipeline.Datasets {
		if left := n.idle[d]; len(left) > 0 {
			n.idle[d] = slices.DeleteFunc(left, func(pattern string) bool { return doublestar.MatchUnvalidated(pattern, f.Path) })
		}
	}
	if n.missed(f.Path) {
		n.untaken = append(n.untaken, f.Path)
	}
}

// missed reports whether a file looks like data of a dataset and is not. A file that a
// pattern with a leading "!" leaves out is left out on purpose, and a schema is no data.
func (n *fileNotes) missed(file string) bool {
	alike := spelledAlike(file)
	if ext := path.Ext(alike); ext != ".yaml" && ext != ".json" {
		return false
	}
	for _, d := range n.pipeline.Datasets {
		if d.Matches(file) || d.SchemaFile == file || matchesAny(d.files.exclude, file) {
			return false
		}
	}
	below := func(folder string) bool { return strings.HasPrefix(alike, folder) }
	return matchesAny(n.near, alike) || slices.ContainsFunc(n.folders, below)
}

// spelledAlike returns one spelling for names that people take for the same: in any
// case, and with either ending of YAML.
func spelledAlike(name string) string {
	name = strings.ToLower(name)
	if rest, ok := strings.CutSuffix(name, ".yml"); ok {
		return rest + ".yaml"
	}
	return name
}

func (n *fileNotes) notes() []string {
	notes := []string{}
	for _, d := range n.pipeline.Datasets {
		for _, pattern := range n.idle[d] {
			notes = append(notes, fmt.Sprintf("dataset %s: no file matches %s", d.Name, pattern))
		}
	}
	const most = 10
	slices.Sort(n.untaken)
	for i, file := range n.untaken {
		if i == most {
			notes = append(notes, fmt.Sprintf("no dataset takes %s more", count(len(n.untaken)-most, "file")))
			break
		}
		notes = append(notes, fmt.Sprintf("no dataset takes %s; rename it, or add a pattern to files in %s", file, PipelineFile))
	}
	return notes
}

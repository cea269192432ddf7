package planner

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// changedFiles returns the files that may hold changes, by path. Where the pipeline
// file reads the same files in the same way, that is the difference of the trees;
// elsewhere it is all files of both sides.
func (p *Planner) changedFiles(ctx context.Context, b, t *snapshot, d *datasetDiff) ([]Pair, error) {
	if d.sameReading() && d.from.SameFiles(d.to) {
		walked, err := p.walk(ctx, b, t)
		var pairs []Pair
		for _, pair := range walked {
			if pair = d.only(pair); pair != (Pair{}) {
				pairs = append(pairs, pair)
			}
		}
		return pairs, err
	}
	old, err := p.files(ctx, b, d.from)
	if err != nil {
		return nil, err
	}
	current, err := p.files(ctx, t, d.to)
	if err != nil {
		return nil, err
	}
	return pairUp(old, current), nil
}

// only drops the sides of a pair that are not the dataset's. Links and submodules stay,
// to be refused where data is expected.
func (d *datasetDiff) only(pair Pair) Pair {
	if pair.Old.Mode != spec.ModeFile || !d.from.Matches(pair.Old.Path) {
		pair.Old = Entry{}
	}
	if pair.New.Mode == spec.ModeFile && !d.to.Matches(pair.New.Path) {
		pair.New = Entry{}
	}
	return pair
}

// pairUp joins two listings by path.
func pairUp(old, current []Entry) []Pair {
	at := make(map[string]int, len(old)+len(current))
	var pairs []Pair
	for _, e := range old {
		if e.Mode == spec.ModeFile {
			at[e.Path] = len(pairs)
			pairs = append(pairs, Pair{Old: e})
		}
	}
	for _, e := range current {
		if i, ok := at[e.Path]; ok {
			pairs[i].New = e
		} else {
			pairs = append(pairs, Pair{New: e})
		}
	}
	slices.SortFunc(pairs, func(a, b Pair) int {
		return strings.Compare(cmp.Or(a.New.Path, a.Old.Path), cmp.Or(b.New.Path, b.Old.Path))
	})
	return pairs
}

// refuse notes links, submodules and bad names of the target and drops them.
func (d *datasetDiff) refuse(t *snapshot, pairs []Pair) []Pair {
	for i := range pairs {
		e := &pairs[i].New
		if e.Path == "" {
			continue
		}
		if problem := t.pipeline.CheckPath(spec.SourceFile{Path: e.Path, Mode: e.Mode}); problem != nil {
			d.problems = append(d.problems, *problem)
			*e = Entry{}
		} else if e.Mode != spec.ModeFile {
			*e = Entry{}
		}
	}
	return slices.DeleteFunc(pairs, func(p Pair) bool { return p == Pair{} })
}

// content is what the records of a file depend on: its bytes, and by what syntax its
// name says they are to be read.
type content struct{ hash, ext string }

func contentOf(e Entry) content {
	if e.Hash == "" {
		return content{}
	}
	return content{e.Hash, path.Ext(e.Path)}
}

// cancelMoves drops files that are on both sides with the same content, wherever they
// stand: moving and renaming a file changes no record. A copy has no counterpart and
// stays.
func cancelMoves(pairs []Pair) []Pair {
	gone, came := map[content]int{}, map[content]int{}
	for _, p := range pairs {
		if was, is := contentOf(p.Old), contentOf(p.New); was != is {
			gone[was]++
			came[is]++
		}
	}
	out := pairs[:0]
	for _, p := range pairs {
		was, is := contentOf(p.Old), contentOf(p.New)
		if was == is {
			continue
		}
		if was.hash != "" && came[was] > 0 {
			came[was]--
			p.Old = Entry{}
		}
		if is.hash != "" && gone[is] > 0 {
			gone[is]--
			p.New = Entry{}
		}
		if p != (Pair{}) {
			out = append(out, p)
		}
	}
	return out
}

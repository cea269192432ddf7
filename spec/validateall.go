package spec

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Summary counts what a repository holds.
type Summary struct {
	Files   int            // that belong to a dataset
	Records map[string]int // by dataset, also those without any; without records that have problems
	Notes   []string       // what FileNotes says of the files
}

// ValidateAll reads every file of every dataset and returns every problem, sorted:
// those of single files, keys that stand in two files, and references to records that
// do not exist. It keeps no records in memory, only a hash of each key.
func (p *Pipeline) ValidateAll(ctx context.Context, src Source) (Summary, Problems, error) {
	v := validator{pipeline: p, keys: map[string]*keyIndex{}, sum: Summary{Records: map[string]int{}}}
	for _, d := range p.Datasets {
		v.sum.Records[d.Name] = 0
		v.keys[d.Name] = &keyIndex{places: map[KeyHash]keyPlace{}}
	}
	err := v.readAll(ctx, src)
	v.checkDuplicates()
	v.checkRefs()
	v.problems.Sort()
	return v.sum, v.problems, err
}

// validator gathers what only the whole repository shows.
type validator struct {
	pipeline *Pipeline
	mu       sync.Mutex
	keys     map[string]*keyIndex // by dataset
	files    []string             // by number, to keep keyPlace small
	refs     []Ref
	problems Problems
	sum      Summary
}

// keyIndex knows the keys of a dataset.
type keyIndex struct {
	places  map[KeyHash]keyPlace
	again   []duplicate  // keys that stood in places already
	broken  map[Key]bool // keys of records that have problems
	unknown bool         // a file of the dataset could not be read at all
}

// keyPlace is a Pos in a small space, for millions of keys.
type keyPlace struct{ file, line, col int32 }

// duplicate is a key that stands at one more place.
type duplicate struct {
	key   Key
	hash  KeyHash
	place keyPlace
}

// readAll parses files on all cores. Reading is done by the workers too: inflating
// Git's objects costs about as much as finding them.
func (v *validator) readAll(ctx context.Context, src Source) error {
	work := make(chan SourceFile)
	failed := make(chan error, runtime.GOMAXPROCS(0))
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			if err := v.readEach(ctx, src, work); err != nil {
				failed <- err
				for range work { // let the others end
				}
			}
		})
	}
	err := v.eachFile(ctx, src, work)
	close(work)
	workers.Wait()
	close(failed)
	return errors.Join(err, <-failed)
}

func (v *validator) readEach(ctx context.Context, src Source, work <-chan SourceFile) error {
	for f := range work {
		data, err := src.Read(ctx, f)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return fmt.Errorf("read %s: %w", f.Path, err)
		}
		v.file(f.Path, data)
	}
	return nil
}

func (v *validator) eachFile(ctx context.Context, src Source, work chan<- SourceFile) error {
	names, notes := newNameChecker(v.pipeline), newFileNotes(v.pipeline)
	defer func() {
		v.mu.Lock()
		v.problems = append(v.problems, names.problems()...)
		v.sum.Notes = notes.notes()
		v.mu.Unlock()
	}()
	for f, err := range src.Files(ctx) {
		if err != nil {
			return err
		}
		notes.add(f)
		if names.add(f) {
			work <- f
		}
	}
	return nil
}

// file parses one file for every dataset that it belongs to.
func (v *validator) file(name string, data []byte) {
	v.mu.Lock()
	number := int32(len(v.files))
	v.files = append(v.files, name)
	v.sum.Files++
	v.mu.Unlock()
	for _, d := range v.pipeline.Datasets {
		if !d.Matches(name) {
			continue
		}
		parsed, problems := d.Parse(name, data)
		hashes := make([]KeyHash, len(parsed.Records))
		for i, r := range parsed.Records {
			hashes[i] = HashKey(r.Key)
		}
		v.mu.Lock()
		v.problems = append(v.problems, problems...)
		v.sum.Records[d.Name] += len(parsed.Records)
		v.keys[d.Name].add(parsed, hashes, number, len(problems) > 0)
		v.addRefs(parsed.Refs)
		v.mu.Unlock()
	}
}

func (x *keyIndex) add(parsed Parsed, hashes []KeyHash, file int32, problems bool) {
	for i, r := range parsed.Records {
		place := keyPlace{file, int32(r.Pos.Line), int32(r.Pos.Col)}
		if _, dup := x.places[hashes[i]]; dup {
			x.again = append(x.again, duplicate{r.Key, hashes[i], place})
			continue
		}
		x.places[hashes[i]] = place
	}
	for _, key := range parsed.Broken {
		if x.broken == nil {
			x.broken = map[Key]bool{}
		}
		x.broken[key] = true
	}
	x.unknown = x.unknown || (problems && len(parsed.Records) == 0 && len(parsed.Broken) == 0)
}

// has reports whether a key stands in the dataset, or may for all that can be read.
func (x *keyIndex) has(key Key) bool {
	_, ok := x.places[HashKey(key)]
	return ok || x.unknown || x.broken[key]
}

// addRefs keeps the references that the pipeline can check.
func (v *validator) addRefs(refs []Ref) {
	for _, r := range refs {
		if len(v.pipeline.Targets(r.Target)) > 0 {
			v.refs = append(v.refs, r)
		}
	}
}

// checkDuplicates reports each key that stands in several files at all places but the
// first, whatever order the files were read in.
func (v *validator) checkDuplicates() {
	for _, d := range v.pipeline.Datasets {
		x := v.keys[d.Name]
		places := map[KeyHash][]Pos{}
		for _, dup := range x.again {
			if places[dup.hash] == nil {
				places[dup.hash] = []Pos{v.pos(x.places[dup.hash])}
			}
			places[dup.hash] = append(places[dup.hash], v.pos(dup.place))
		}
		for _, dup := range x.again {
			all := places[dup.hash]
			if all == nil {
				continue // done
			}
			delete(places, dup.hash)
			slices.SortFunc(all, func(a, b Pos) int {
				return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
			})
			for _, at := range all[1:] {
				v.problems = append(v.problems, DuplicateKey(d.Name, dup.key, at, all[0]))
			}
		}
	}
}

func (v *validator) pos(p keyPlace) Pos {
	return Pos{File: v.files[p.file], Line: int(p.line), Col: int(p.col)}
}

func (v *validator) checkRefs() {
	for _, r := range v.refs {
		found := slices.ContainsFunc(v.pipeline.Targets(r.Target), func(d *Dataset) bool { return v.keys[d.Name].has(r.Key) })
		if !found {
			v.problems = append(v.problems, MissingRef(v.pipeline, r))
		}
	}
}

// MissingRef is the problem of a reference to a record that does not exist.
func MissingRef(p *Pipeline, r Ref) Problem {
	var names []string
	for _, d := range p.Targets(r.Target) {
		names = append(names, d.Name)
	}
	shown := quoteText(string(r.Key))
	if r.Hidden {
		shown = "the value"
	}
	return Problem{
		Pos: r.Pos, Field: r.Field,
		What: fmt.Sprintf("%s is not in %s", shown, strings.Join(names, " or ")),
		Fix:  "correct the spelling, or add that record in the same commit",
	}
}

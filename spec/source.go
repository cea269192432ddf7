package spec

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// FileMode is what an entry of a data repository is.
type FileMode uint8

const (
	ModeFile FileMode = iota
	ModeSymlink
	ModeSubmodule
)

// SourceFile is an entry of a Source.
type SourceFile struct {
	Path string // relative to the pipeline file's folder, with slashes
	ID   string // how the Source finds the content; empty where Path is enough
	Mode FileMode
}

// Source is a set of files: a commit's tree, or a folder.
type Source interface {
	// Files yields all entries, in any order.
	Files(ctx context.Context) iter.Seq2[SourceFile, error]
	// Read returns the content of a file; fs.ErrNotExist if there is none. It may be
	// called concurrently.
	Read(ctx context.Context, f SourceFile) ([]byte, error)
}

// DirSource is a folder on disk as a Source. Hidden folders are left out.
type DirSource string

// Files implements Source.
func (d DirSource) Files(ctx context.Context) iter.Seq2[SourceFile, error] {
	return func(yield func(SourceFile, error) bool) {
		stop := errors.New("stop")
		err := filepath.WalkDir(string(d), func(name string, e fs.DirEntry, err error) error {
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			rel, err := filepath.Rel(string(d), name)
			if err != nil || rel == "." {
				return err
			}
			if e.IsDir() {
				if strings.HasPrefix(e.Name(), ".") {
					return filepath.SkipDir
				}
				return nil
			}
			f := SourceFile{Path: filepath.ToSlash(rel)}
			if e.Type()&fs.ModeSymlink != 0 {
				f.Mode = ModeSymlink
			}
			if !yield(f, nil) {
				return stop
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			yield(SourceFile{}, err)
		}
	}
}

// Read implements Source. It does not follow a path out of the folder.
func (d DirSource) Read(_ context.Context, f SourceFile) ([]byte, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.ReadFile(filepath.FromSlash(f.Path))
}

// CheckPath says what is wrong with an entry where data is expected, or nil. A link or
// a submodule that could stand in for a dataset's file or folder is refused: what it
// points to is not part of the commit.
func (p *Pipeline) CheckPath(f SourceFile) *Problem {
	switch {
	case f.Mode == ModeFile && p.owner(f.Path) == nil:
		return nil
	case f.Mode == ModeFile && utf8.ValidString(f.Path):
		return nil
	case f.Mode == ModeFile:
		return &Problem{Pos: Pos{File: fmt.Sprintf("%q", f.Path)}, What: "the file's name is not UTF-8", Fix: "rename it"}
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

// Summary counts what a repository holds.
type Summary struct {
	Files   int
	Records map[string]int // by dataset
}

// ValidateAll reads every file of every dataset and returns every problem, sorted:
// those of single files, keys that stand in two files, and references to records that
// do not exist. It keeps no records in memory, only a hash of each key.
func (p *Pipeline) ValidateAll(ctx context.Context, src Source) (Summary, Problems, error) {
	v := validator{pipeline: p, keys: map[string]map[KeyHash]keyPlace{}, sum: Summary{Records: map[string]int{}}}
	for _, d := range p.Datasets {
		v.keys[d.Name] = map[KeyHash]keyPlace{}
	}
	err := v.readAll(ctx, src)
	v.checkRefs()
	v.problems.Sort()
	return v.sum, v.problems, err
}

// validator gathers what only the whole repository shows.
type validator struct {
	pipeline *Pipeline
	mu       sync.Mutex
	keys     map[string]map[KeyHash]keyPlace
	files    []string // by number, to keep keyPlace small
	refs     []Ref
	problems Problems
	sum      Summary
}

type keyPlace struct{ file, line int32 }

// readAll parses files on all cores. Reading is done by the workers too: inflating
// Git's objects costs about as much as finding them.
func (v *validator) readAll(ctx context.Context, src Source) error {
	work := make(chan SourceFile)
	failed := make(chan error, runtime.GOMAXPROCS(0))
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for f := range work {
				data, err := src.Read(ctx, f)
				if err != nil {
					failed <- fmt.Errorf("read %s: %w", f.Path, err)
					for range work { // let the others end
					}
					return
				}
				v.file(f.Path, data)
			}
		})
	}
	err := v.eachFile(ctx, src, work)
	close(work)
	workers.Wait()
	close(failed)
	return errors.Join(err, <-failed)
}

func (v *validator) eachFile(ctx context.Context, src Source, work chan<- SourceFile) error {
	folded := map[string]string{}
	fold := cases.Fold()
	for f, err := range src.Files(ctx) {
		if err != nil {
			return err
		}
		if problem := v.pipeline.CheckPath(f); problem != nil {
			v.mu.Lock()
			v.problems = append(v.problems, *problem)
			v.mu.Unlock()
			continue
		}
		if f.Mode != ModeFile || v.pipeline.owner(f.Path) == nil {
			continue
		}
		name := fold.String(norm.NFC.String(f.Path))
		if other, clash := folded[name]; clash {
			v.mu.Lock()
			v.problems.Addf(Pos{File: f.Path}, "", "the file's name differs from %s only in case or Unicode form, so some machines can't hold both; rename one", path.Base(other))
			v.mu.Unlock()
		}
		folded[name] = f.Path
		work <- f
	}
	return nil
}

// file parses one file for every dataset that it belongs to.
func (v *validator) file(name string, data []byte) {
	for _, d := range v.pipeline.Datasets {
		if !d.Matches(name) {
			continue
		}
		parsed, problems := d.Parse(name, data)
		v.mu.Lock()
		v.problems = append(v.problems, problems...)
		v.sum.Files++
		v.sum.Records[d.Name] += len(parsed.Records)
		number := int32(len(v.files))
		v.files = append(v.files, name)
		v.addKeys(d, parsed.Records, number)
		v.addRefs(parsed.Refs)
		v.mu.Unlock()
	}
}

func (v *validator) addKeys(d *Dataset, records []Record, file int32) {
	keys := v.keys[d.Name]
	for _, r := range records {
		h := HashKey(r.Key)
		if first, dup := keys[h]; dup {
			v.problems = append(v.problems, DuplicateKey(d.Name, r.Key, r.Pos, Pos{File: v.files[first.file], Line: int(first.line)}))
			continue
		}
		keys[h] = keyPlace{file, int32(r.Pos.Line)}
	}
}

// addRefs keeps the references that the pipeline can check.
func (v *validator) addRefs(refs []Ref) {
	for _, r := range refs {
		if len(v.pipeline.Targets(r.Target)) > 0 {
			v.refs = append(v.refs, r)
		}
	}
}

func (v *validator) checkRefs() {
	for _, r := range v.refs {
		found := false
		for _, d := range v.pipeline.Targets(r.Target) {
			if _, ok := v.keys[d.Name][HashKey(r.Key)]; ok {
				found = true
			}
		}
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
	return Problem{
		Pos: r.Pos, Field: r.Field,
		What: fmt.Sprintf("%s is not in %s", quoteText(string(r.Key)), strings.Join(names, " or ")),
		Fix:  "correct the spelling, or add that record in the same commit",
	}
}

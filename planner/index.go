package planner

import (
	"context"
	"iter"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/promoctl/promoctl/spec"
)

// fileIndex is what checks across files need to know of one file: the hashes of its
// keys, and of what its records refer to.
type fileIndex struct{ keys, refs hashList }

// hashList is a packed list of spec.KeyHash, so that a list on disk can be looked
// through without copying a million hashes first.
type hashList []byte

const hashSize = len(spec.KeyHash{})

func (l hashList) all() iter.Seq[spec.KeyHash] {
	return func(yield func(spec.KeyHash) bool) {
		for ; len(l) >= hashSize; l = l[hashSize:] {
			if !yield(spec.KeyHash(l[:hashSize])) {
				return
			}
		}
	}
}

// refHash names a record from outside, by key and by how a reference finds it. It is
// made from the hash of the key, so that a list of keys tells which references lead
// to it.
func refHash(t spec.RefTarget, key spec.KeyHash) spec.KeyHash {
	target := spec.HashKey(spec.Key(t.Kind + "\x00" + t.Dataset))
	for i := range key {
		key[i] ^= target[i]
	}
	return key
}

func indexOf(parsed spec.Parsed) *fileIndex {
	x := &fileIndex{
		keys: make(hashList, 0, len(parsed.Records)*hashSize),
		refs: make(hashList, 0, len(parsed.Refs)*hashSize),
	}
	for _, r := range parsed.Records {
		h := spec.HashKey(r.Key)
		x.keys = append(x.keys, h[:]...)
	}
	for _, r := range parsed.Refs {
		h := refHash(*r.Target, spec.HashKey(r.Key))
		x.refs = append(x.refs, h[:]...)
	}
	return x
}

// index holds the fileIndex of every file that was ever needed, by dataset fingerprint
// and content. Blobs never change, so an entry never goes stale. It is kept on disk, a
// file for each fingerprint; a cache that is lost, torn or read-only costs time only.
type index struct {
	dir string // "" keeps nothing

	mu   sync.Mutex
	sets map[spec.Digest]*indexSet
}

// indexSet is the index of one dataset's files. What this process read joins what the
// disk has only when somebody asks, because most plans never do.
type indexSet struct {
	files  map[content]*fileIndex
	loaded bool
	fresh  int // files that the disk does not have
}

func newIndex(dir string) *index { return &index{dir: dir, sets: map[spec.Digest]*indexSet{}} }

// set returns the entries of a fingerprint; the caller holds mu.
func (x *index) set(fingerprint spec.Digest) *indexSet {
	s := x.sets[fingerprint]
	if s == nil {
		s = &indexSet{files: map[content]*fileIndex{}}
		x.sets[fingerprint] = s
	}
	return s
}

// put keeps the index of a file.
func (x *index) put(fingerprint spec.Digest, c content, f *fileIndex) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.set(fingerprint)
	if s.files[c] == nil {
		s.files[c] = f
		s.fresh++
	}
}

// get returns the index of each entry, nil where it is not known.
func (x *index) get(fingerprint spec.Digest, entries []Entry) []*fileIndex {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.set(fingerprint)
	out := make([]*fileIndex, len(entries))
	if s.fill(entries, out) || s.loaded {
		return out
	}
	s.loaded = true
	for c, f := range x.load(fingerprint) {
		if s.files[c] == nil {
			s.files[c] = f
		}
	}
	s.fill(entries, out)
	return out
}

// fill looks entries up and reports whether all are there.
func (s *indexSet) fill(entries []Entry, out []*fileIndex) bool {
	all := true
	for i, e := range entries {
		out[i] = s.files[contentOf(e)]
		all = all && out[i] != nil
	}
	return all
}

// indexes returns the index of each file of a dataset, in order, parsing those that
// are not known yet.
func (p *Planner) indexes(ctx context.Context, d *spec.Dataset, entries []Entry) ([]*fileIndex, error) {
	fingerprint := d.Fingerprint()
	out := p.index.get(fingerprint, entries)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, e := range entries {
		if out[i] != nil {
			continue
		}
		g.Go(func() error {
			data, err := p.read(gctx, e)
			if err != nil {
				return err
			}
			parsed, problems := d.Parse(e.Path, data)
			out[i] = indexOf(parsed)
			if len(problems) == 0 { // else it does not know every key; validate says why
				p.index.put(fingerprint, contentOf(e), out[i])
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	p.index.save(fingerprint, entries)
	return out, nil
}

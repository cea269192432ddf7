package planner

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/promoctl/promoctl/spec"
)

// blobIndex is what checks across files need to know of one file: the hashes of its
// keys, and of what its records refer to.
type blobIndex struct {
	keys []spec.KeyHash
	refs []spec.KeyHash // of refName
}

// index holds the blobIndex of every file that was ever needed, by dataset fingerprint
// and blob hash. Blobs never change, so an entry never goes stale. It is kept on disk,
// a file for each fingerprint; a cache that is lost, torn or read-only costs time only.
type index struct {
	dir string

	mu   sync.Mutex
	sets map[spec.Digest]*indexSet
}

type indexSet struct {
	blobs map[string]*blobIndex
	dirty bool
}

func newIndex(dir string) *index { return &index{dir: dir, sets: map[spec.Digest]*indexSet{}} }

// refName names what a reference points to, so that it can be hashed like a key.
func refName(t *spec.RefTarget, key spec.Key) spec.Key {
	return spec.Key(t.Kind + "\x00" + t.Dataset + "\x00" + string(key))
}

// blobs returns the index of each entry of a dataset, in order, parsing those that it
// does not know yet.
func (p *Planner) blobs(ctx context.Context, d *spec.Dataset, entries []Entry) ([]*blobIndex, error) {
	fingerprint := d.Fingerprint()
	set := p.index.set(fingerprint)
	out := make([]*blobIndex, len(entries))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, e := range entries {
		if out[i] = p.index.get(set, e.Hash); out[i] != nil {
			continue
		}
		g.Go(func() error {
			data, err := p.cfg.Repo.Blob(gctx, e.Hash)
			if err != nil {
				return fmt.Errorf("read %s: %w", e.Path, err)
			}
			parsed, _ := d.Parse(e.Path, data) // problems of files that did not change are for validate
			out[i] = indexOf(parsed)
			p.index.put(set, e.Hash, out[i])
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	p.index.save(fingerprint, set, entries)
	return out, nil
}

func indexOf(parsed spec.Parsed) *blobIndex {
	b := &blobIndex{keys: make([]spec.KeyHash, len(parsed.Records)), refs: make([]spec.KeyHash, len(parsed.Refs))}
	for i, r := range parsed.Records {
		b.keys[i] = spec.HashKey(r.Key)
	}
	for i, r := range parsed.Refs {
		b.refs[i] = spec.HashKey(refName(r.Target, r.Key))
	}
	return b
}

// set returns the entries of a fingerprint, from disk at first.
func (x *index) set(fingerprint spec.Digest) *indexSet {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.sets[fingerprint]
	if s == nil {
		s = &indexSet{blobs: x.load(fingerprint)}
		x.sets[fingerprint] = s
	}
	return s
}

func (x *index) get(s *indexSet, blob string) *blobIndex {
	x.mu.Lock()
	defer x.mu.Unlock()
	return s.blobs[blob]
}

func (x *index) put(s *indexSet, blob string, b *blobIndex) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s.blobs[blob], s.dirty = b, true
}

// The file of a set: a magic line, the entries, and the SHA-256 of all before it.
const indexMagic = "promoctl key index 1\n"

func (x *index) file(fingerprint spec.Digest) string {
	return filepath.Join(x.dir, "keys-"+fingerprint.Short())
}

// load reads a set; anything wrong with it gives an empty one.
func (x *index) load(fingerprint spec.Digest) map[string]*blobIndex {
	blobs := map[string]*blobIndex{}
	if x.dir == "" {
		return blobs
	}
	data, err := os.ReadFile(x.file(fingerprint))
	if err != nil || len(data) < len(indexMagic)+sha256.Size {
		return blobs
	}
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if want := sha256.Sum256(body); !bytes.Equal(sum, want[:]) || !bytes.HasPrefix(body, []byte(indexMagic)) {
		return blobs
	}
	r := indexReader{rest: body[len(indexMagic):]}
	for len(r.rest) > 0 && !r.bad {
		blob := hex.EncodeToString(r.take(20))
		b := &blobIndex{keys: r.hashes(), refs: r.hashes()}
		blobs[blob] = b
	}
	if r.bad {
		return map[string]*blobIndex{}
	}
	return blobs
}

type indexReader struct {
	rest []byte
	bad  bool
}

func (r *indexReader) take(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.rest, r.bad = nil, true
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *indexReader) hashes() []spec.KeyHash {
	head := r.take(4)
	if head == nil {
		return nil
	}
	n := int(binary.BigEndian.Uint32(head))
	data := r.take(n * len(spec.KeyHash{}))
	if data == nil && n > 0 {
		return nil
	}
	out := make([]spec.KeyHash, n)
	for i := range out {
		copy(out[i][:], data[i*len(out[i]):])
	}
	return out
}

// save writes a set that has grown. Entries that the commit at hand does not use are
// dropped once they are the larger part.
func (x *index) save(fingerprint spec.Digest, s *indexSet, used []Entry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.dir == "" || !s.dirty {
		return
	}
	keep := func(string) bool { return true }
	if len(s.blobs) > 2*len(used)+1000 {
		inUse := make(map[string]bool, len(used))
		for _, e := range used {
			inUse[e.Hash] = true
		}
		keep = func(blob string) bool { return inUse[blob] }
	}
	body := []byte(indexMagic)
	for blob, b := range s.blobs {
		raw, err := hex.DecodeString(blob)
		if err != nil || len(raw) != 20 || !keep(blob) {
			continue
		}
		body = append(body, raw...)
		body = appendHashes(body, b.keys)
		body = appendHashes(body, b.refs)
	}
	sum := sha256.Sum256(body)
	if err := writeFile(x.file(fingerprint), append(body, sum[:]...)); err == nil {
		s.dirty = false
	}
}

func appendHashes(b []byte, hashes []spec.KeyHash) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(hashes)))
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

// writeFile replaces a file at once, so that a reader sees the old or the new one.
func writeFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".keys-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// holders returns the entries whose index holds the key, as key or, with refs, as the
// name of a reference.
func holders(entries []Entry, blobs []*blobIndex, h spec.KeyHash, refs bool) []Entry {
	var out []Entry
	for i, b := range blobs {
		list := b.keys
		if refs {
			list = b.refs
		}
		if slices.Contains(list, h) {
			out = append(out, entries[i])
		}
	}
	return out
}

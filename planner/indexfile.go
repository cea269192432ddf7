package planner

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/promoctl/promoctl/spec"
)

// The file of an index set: a magic line with the fingerprint, the entries, and the
// SHA-256 of all before it. An entry is the blob's hash (20 bytes), the file's
// extension (a byte of length, then the text), the keys and the references (each four
// bytes of count, big-endian, then 16 bytes a hash).
const indexMagic = "promoctl key index 2 "

// maxIndexFiles bounds how many sets the folder keeps. Each change to a schema starts
// a new one, and the old ones are of use to old commits only.
const maxIndexFiles = 64

func (x *index) file(fingerprint spec.Digest) string {
	return filepath.Join(x.dir, "keys-"+fingerprint.Short())
}

func indexHead(fingerprint spec.Digest) []byte {
	return []byte(indexMagic + fingerprint.String() + "\n")
}

// load reads a set; anything wrong with it gives none.
func (x *index) load(fingerprint spec.Digest) map[content]*fileIndex {
	if x.dir == "" {
		return nil
	}
	data, err := os.ReadFile(x.file(fingerprint))
	if err != nil || len(data) < sha256.Size {
		return nil
	}
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if want := sha256.Sum256(body); !bytes.Equal(sum, want[:]) {
		return nil
	}
	rest, ok := bytes.CutPrefix(body, indexHead(fingerprint))
	if !ok {
		return nil
	}
	r := indexReader{rest: rest}
	files := map[content]*fileIndex{}
	for len(r.rest) > 0 {
		c := content{hash: hex.EncodeToString(r.take(20)), ext: string(r.take(int(r.number(1))))}
		f := &fileIndex{keys: r.hashes(), refs: r.hashes()}
		if r.bad {
			return nil
		}
		files[c] = f
	}
	return files
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
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out
}

func (r *indexReader) number(size int) uint32 {
	var buf [4]byte
	copy(buf[4-size:], r.take(size))
	return binary.BigEndian.Uint32(buf[:])
}

func (r *indexReader) hashes() hashList { return hashList(r.take(int(r.number(4)) * hashSize)) }

// rereadShare is the part of a dataset's files that is read again in each process
// rather than written down: a few files are parsed in less time than it takes to write
// the index of a thousand.
const rereadShare = 32

// save writes a set that has grown. Files that the commit at hand does not use are
// dropped once they are the larger part. Nothing depends on it: errors are ignored.
func (x *index) save(fingerprint spec.Digest, used []Entry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.set(fingerprint)
	if x.dir == "" || s.fresh <= len(used)/rereadShare {
		return
	}
	if !s.loaded { // do not forget what an earlier process knew
		s.loaded = true
		for c, f := range x.load(fingerprint) {
			s.files[c] = f
		}
	}
	s.prune(used)
	body := indexHead(fingerprint)
	for c, f := range s.files {
		raw, err := hex.DecodeString(c.hash)
		if err != nil || len(raw) != 20 || len(c.ext) > 255 {
			continue
		}
		body = append(append(body, raw...), byte(len(c.ext)))
		body = append(body, c.ext...)
		body = appendHashes(appendHashes(body, f.keys), f.refs)
	}
	sum := sha256.Sum256(body)
	if err := writeFile(x.file(fingerprint), append(body, sum[:]...)); err == nil {
		s.fresh = 0
		x.dropOldFiles()
	}
}

// prune drops files that are not in use once they are the larger part.
func (s *indexSet) prune(used []Entry) {
	const spare = 1000
	if len(s.files) <= 2*len(used)+spare {
		return
	}
	keep := make(map[content]*fileIndex, len(used))
	for _, e := range used {
		if f := s.files[contentOf(e)]; f != nil {
			keep[contentOf(e)] = f
		}
	}
	s.files = keep
}

func appendHashes(b []byte, hashes hashList) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(hashes)/hashSize))
	return append(b, hashes...)
}

// dropOldFiles removes the sets that were written longest ago, and what processes that
// were killed in writeFile left behind.
func (x *index) dropOldFiles() {
	names, _ := filepath.Glob(filepath.Join(x.dir, "keys-*"))
	halves, _ := filepath.Glob(filepath.Join(x.dir, ".keys-*"))
	names = append(names, halves...)
	if len(names) <= maxIndexFiles {
		return
	}
	written := map[string]int64{}
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			written[name] = info.ModTime().UnixNano()
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(written[b], written[a]), cmp.Compare(a, b)) })
	for _, name := range names[maxIndexFiles:] {
		_ = os.Remove(name) // another process may have done it
	}
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
		if gone := os.Remove(f.Name()); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

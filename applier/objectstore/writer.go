package objectstore

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/promoctl/promoctl/spec"
)

// encoder turns records into the bytes of an object and keeps their count and hash.
type encoder struct {
	out     *bufio.Writer
	sum     hash.Hash
	line    []byte
	records int64
	bytes   int64
}

func newEncoder(w io.Writer, size int) *encoder {
	sum := sha256.New()
	return &encoder{sum: sum, out: bufio.NewWriterSize(io.MultiWriter(w, sum), size)}
}

func (e *encoder) add(r entry) error {
	e.line = appendLine(e.line[:0], r)
	e.records++
	e.bytes += int64(len(e.line))
	_, err := e.out.Write(e.line)
	return err
}

// finish flushes and returns the object without its bucket and path.
func (e *encoder) finish() (Object, error) {
	if err := e.out.Flush(); err != nil {
		return Object{}, err
	}
	return Object{SHA256: spec.Digest(e.sum.Sum(nil)), Records: e.records, Bytes: e.bytes}, nil
}

// fileWriter writes one object into the directory of an attempt. It creates the file
// with the first record, since a bucket without records has no object.
type fileWriter struct {
	root   string // of the store
	dir    string // of the objects, relative to root, with slashes
	bucket int
	buffer int // bytes
	file   *os.File
	enc    *encoder
}

func (w *fileWriter) add(r entry) error {
	if w.file == nil {
		if err := w.create(); err != nil {
			return err
		}
	}
	return w.enc.add(r)
}

// create creates the file, and the directory unless another writer has. It does not
// create the attempt's directory: when that is gone, somebody ended the attempt.
func (w *fileWriter) create() error {
	dir := filepath.Join(w.root, filepath.FromSlash(w.dir))
	if err := os.Mkdir(dir, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	tmp := filepath.Join(dir, "tmp-"+randomName())
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	w.file, w.enc = f, newEncoder(f, w.buffer)
	return nil
}

// finish makes the file durable under the name of its hash. It returns nil when there
// was no record. The caller syncs the directory.
func (w *fileWriter) finish() (*Object, error) {
	if w.file == nil {
		return nil, nil
	}
	o, err := w.enc.finish()
	if err == nil {
		err = w.file.Sync()
	}
	if err := errors.Join(err, w.file.Close()); err != nil {
		return nil, err
	}
	o.Bucket, o.Path = w.bucket, path.Join(w.dir, o.SHA256.String()+".jsonl")
	if err := os.Rename(w.file.Name(), filepath.Join(w.root, filepath.FromSlash(o.Path))); err != nil {
		return nil, err
	}
	return &o, nil
}

// abort closes the file after an error; what it wrote goes with the stage.
func (w *fileWriter) abort() {
	if w.file != nil {
		w.file.Close()
	}
}

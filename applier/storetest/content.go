package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// Records is what a dataset holds: key to canonical JSON.
type Records map[spec.Key]string

// Dataset is a dataset at a commit.
type Dataset struct {
	Layout  spec.Layout
	Records Records
}

// Content is what a store is to hold at a commit: its datasets by name.
type Content map[string]Dataset

// With returns a copy of c in which a record of a dataset that c has is set; an empty
// canonical deletes it.
func (c Content) With(dataset string, key spec.Key, canonical string) Content {
	d, ok := c[dataset]
	if !ok {
		panic(fmt.Sprintf("storetest: there is no dataset %s", dataset))
	}
	d.Records = maps.Clone(d.Records)
	if d.Records == nil {
		d.Records = Records{}
	}
	if canonical == "" {
		delete(d.Records, key)
	} else {
		d.Records[key] = canonical
	}
	return c.WithDataset(dataset, d)
}

// WithDataset returns a copy of c that holds the dataset as given.
func (c Content) WithDataset(name string, d Dataset) Content {
	out := maps.Clone(c)
	if out == nil {
		out = Content{}
	}
	out[name] = d
	return out
}

// Without returns a copy of c that does not hold the dataset.
func (c Content) Without(name string) Content {
	out := maps.Clone(c)
	delete(out, name)
	return out
}

// Commit returns 40 hexadecimal digits that stand for the commit of this content. The
// same content has the same commit: going back to it is the hardest case.
func (c Content) Commit() string {
	h := sha256.New()
	for name, d := range c.States() {
		fmt.Fprintf(h, "%s %d %s %v\n", name, d.Data.Count, d.Data.Sum, d.Layout)
	}
	return hex.EncodeToString(h.Sum(nil)[:20])
}

// States yields what a marker says of each dataset, sorted by name.
func (c Content) States() iter.Seq2[string, applier.DatasetState] {
	return func(yield func(string, applier.DatasetState) bool) {
		for _, name := range slices.Sorted(maps.Keys(c)) {
			if !yield(name, applier.DatasetState{Data: c[name].Records.Digest(), Layout: c[name].Layout}) {
				return
			}
		}
	}
}

// Digest recounts the records.
func (r Records) Digest() spec.DataDigest {
	var d spec.DataDigest
	for key, canonical := range r {
		d = d.Add(spec.RecordDigest(key, []byte(canonical)))
	}
	return d
}

// record returns the record of a key, or nil.
func (r Records) record(key spec.Key) *spec.Record {
	canonical, ok := r[key]
	if !ok {
		return nil
	}
	rec := spec.NewRecord(key, []byte(canonical))
	return &rec
}

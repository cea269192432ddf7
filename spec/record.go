package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Key identifies a record within its dataset. It holds the parts of the key in
// their declared order, joined by "/". Within a part "%" is written %25 and "/" is
// written %2F, so that a key has one spelling and a plain SKU reads as itself.
type Key string

var (
	keyEscaper   = strings.NewReplacer("%", "%25", "/", "%2F")
	keyUnescaper = strings.NewReplacer("%25", "%", "%2F", "/")
)

// MakeKey joins parts into a key.
func MakeKey(parts ...string) Key {
	if len(parts) == 1 && !strings.ContainsAny(parts[0], "%/") {
		return Key(parts[0])
	}
	escaped := make([]string, len(parts))
	for i, p := range parts {
		escaped[i] = keyEscaper.Replace(p)
	}
	return Key(strings.Join(escaped, "/"))
}

// Parts returns the parts that k was made of.
func (k Key) Parts() []string {
	parts := strings.Split(string(k), "/")
	for i, p := range parts {
		parts[i] = keyUnescaper.Replace(p)
	}
	return parts
}

// Pos is a place in a file of the data repository. Line and Col count from 1; a
// zero Line means the file as a whole, a zero Pos means that the place is unknown
// (a record that was read from a store).
type Pos struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
}

// String returns file:line:col, leaving out what is zero.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Record is one keyed item in canonical form. It is immutable once made: JSON may
// be shared and must not be written to.
type Record struct {
	Key    Key
	JSON   []byte // canonical: sorted members, exact normalised decimals, UTC times
	Digest Digest // RecordDigest(Key, JSON)
	Pos    Pos    // where it stands; zero when it was read from a store
}

// NewRecord returns the record of a key and its canonical JSON.
func NewRecord(key Key, canonical []byte) Record {
	return Record{Key: key, JSON: canonical, Digest: RecordDigest(key, canonical)}
}

// Fields decodes the record for reading: objects are map[string]any, lists []any,
// numbers json.Number with the exact canonical decimal. The result is the caller's.
func (r *Record) Fields() map[string]any {
	d := json.NewDecoder(bytes.NewReader(r.JSON))
	d.UseNumber()
	var fields map[string]any
	if err := d.Decode(&fields); err != nil {
		// Canonical JSON is made by this package or checked when it is read from a store.
		panic(fmt.Sprintf("spec: record %s does not hold a JSON object: %v", r.Key, err))
	}
	return fields
}

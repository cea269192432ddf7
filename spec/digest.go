package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Digest is a SHA-256. Its text form is 64 lower-case hexadecimal digits.
type Digest [sha256.Size]byte

// RecordDigest returns the digest that identifies a record's key and content: the
// SHA-256 of the key, a line feed and the canonical JSON. The key is part of it so
// that two records that swap their contents do not cancel out in a [DataDigest].
func RecordDigest(key Key, canonical []byte) Digest {
	buf := make([]byte, 0, len(key)+1+len(canonical))
	buf = append(buf, key...)
	buf = append(buf, '\n')
	buf = append(buf, canonical...)
	return sha256.Sum256(buf)
}

// String returns the digest as 64 hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Short returns the first 12 hexadecimal digits, for people.
func (d Digest) Short() string { return hex.EncodeToString(d[:6]) }

// IsZero reports whether d is the zero Digest, which no content has.
func (d Digest) IsZero() bool { return d == Digest{} }

// MarshalText implements encoding.TextMarshaler.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It refuses anything but 64
// hexadecimal digits.
func (d *Digest) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(d) {
		return fmt.Errorf("digest: want %d hexadecimal digits, got %d characters", 2*len(d), len(text))
	}
	_, err := hex.Decode(d[:], text)
	if err != nil {
		return fmt.Errorf("digest: %w", err)
	}
	return nil
}

// DataDigest identifies the content of a dataset as one place holds it: how many
// records there are, and the sum of their digests modulo 2^256 (big-endian). It does
// not depend on order and moves by what a change touches only, so that keeping it
// costs nothing on a large dataset. The zero value is the empty dataset.
type DataDigest struct {
	Count int64  `json:"count"`
	Sum   Digest `json:"sum"`
}

// Add returns the digest of the dataset with one more record.
func (d DataDigest) Add(r Digest) DataDigest {
	return DataDigest{Count: d.Count + 1, Sum: addDigest(d.Sum, r)}
}

// Remove returns the digest of the dataset with one record less.
func (d DataDigest) Remove(r Digest) DataDigest {
	return DataDigest{Count: d.Count - 1, Sum: subDigest(d.Sum, r)}
}

// Plus returns the digest of two disjoint sets of records together.
func (d DataDigest) Plus(o DataDigest) DataDigest {
	return DataDigest{Count: d.Count + o.Count, Sum: addDigest(d.Sum, o.Sum)}
}

// Minus returns the digest of d without the records of o, which d must hold.
func (d DataDigest) Minus(o DataDigest) DataDigest {
	return DataDigest{Count: d.Count - o.Count, Sum: subDigest(d.Sum, o.Sum)}
}

func addDigest(a, b Digest) Digest {
	var out Digest
	carry := uint16(0)
	for i := len(a) - 1; i >= 0; i-- {
		s := uint16(a[i]) + uint16(b[i]) + carry
		out[i] = byte(s)
		carry = s >> 8
	}
	return out
}

func subDigest(a, b Digest) Digest {
	var out Digest
	borrow := int16(0)
	for i := len(a) - 1; i >= 0; i-- {
		s := int16(a[i]) - int16(b[i]) - borrow
		borrow = 0
		if s < 0 {
			s += 256
			borrow = 1
		}
		out[i] = byte(s)
	}
	return out
}

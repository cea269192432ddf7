package gitrepo

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// minAbbrev is the shortest abbreviation that Git takes.
const minAbbrev = 4

// withPrefix returns the objects whose hash starts with hexadecimal digits, sorted. It
// looks into one folder of loose objects and by bisection into each pack index, where
// go-git would list every object.
func (o *objects) withPrefix(digits string) ([]plumbing.Hash, error) {
	digits = strings.ToLower(digits)
	var found []plumbing.Hash
	for _, root := range o.roots {
		dir := filepath.Join(root, "objects")
		loose, err := looseWithPrefix(dir, digits)
		if err != nil {
			return nil, fmt.Errorf("look up %s: %w", digits, err)
		}
		packed, err := packedWithPrefix(dir, digits)
		if err != nil {
			return nil, fmt.Errorf("look up %s: %w", digits, err)
		}
		found = append(append(found, loose...), packed...)
	}
	slices.SortFunc(found, func(a, b plumbing.Hash) int { return strings.Compare(string(a[:]), string(b[:])) })
	return slices.Compact(found), nil
}

func looseWithPrefix(dir, digits string) ([]plumbing.Hash, error) {
	files, err := os.ReadDir(filepath.Join(dir, digits[:2]))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var found []plumbing.Hash
	for _, f := range files {
		if name := digits[:2] + f.Name(); len(name) == 40 && isHex(name) && strings.HasPrefix(name, digits) {
			found = append(found, plumbing.NewHash(name))
		}
	}
	return found, err
}

func packedWithPrefix(dir, digits string) ([]plumbing.Hash, error) {
	indexes, err := filepath.Glob(filepath.Join(globQuote(dir), "pack", "pack-*.idx"))
	if err != nil {
		return nil, err
	}
	var found []plumbing.Hash
	for _, path := range indexes {
		hashes, err := indexWithPrefix(path, digits)
		if errors.Is(err, fs.ErrNotExist) {
			continue // repacked meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		found = append(found, hashes...)
	}
	return found, nil
}

// globQuote keeps a path with wildcard characters from being a pattern.
func globQuote(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// Layout of a pack index, version 2: magic and version, 256 cumulative counts by first
// byte, then the sorted hashes.
const (
	idxHeader = 8
	idxNames  = idxHeader + 256*4
)

// indexWithPrefix bisects a pack index for the hashes that start with digits.
func indexWithPrefix(path, digits string) ([]plumbing.Hash, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	first, err := hex.DecodeString(digits[:2])
	if err != nil {
		return nil, err
	}
	low, high, err := fanout(f, int(first[0]))
	if err != nil {
		return nil, err
	}
	end := high
	for low < high {
		mid := low + (high-low)/2
		h, err := nameAt(f, mid)
		if err != nil {
			return nil, err
		}
		if h.String() < digits {
			low = mid + 1
		} else {
			high = mid
		}
	}
	var found []plumbing.Hash
	for ; low < end; low++ {
		h, err := nameAt(f, low)
		if err != nil || !strings.HasPrefix(h.String(), digits) {
			return found, err
		}
		found = append(found, h)
	}
	return found, nil
}

// fanout returns the positions between which the hashes with that first byte lie.
func fanout(f io.ReaderAt, first int) (low, high int64, err error) {
	head := make([]byte, idxNames)
	if _, err := f.ReadAt(head, 0); err != nil {
		return 0, 0, err
	}
	if string(head[:idxHeader]) != "\xfftOc\x00\x00\x00\x02" {
		return 0, 0, fmt.Errorf("%w: pack index is not version 2; run: git gc", ErrUnsupported)
	}
	at := func(i int) int64 { return int64(binary.BigEndian.Uint32(head[idxHeader+4*i:])) }
	if first > 0 {
		low = at(first - 1)
	}
	return low, at(first), nil
}

func nameAt(f io.ReaderAt, i int64) (h plumbing.Hash, err error) {
	_, err = f.ReadAt(h[:], idxNames+i*int64(len(h)))
	return h, err
}

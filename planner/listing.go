package planner

import (
	"context"

	"github.com/promoctl/promoctl/spec"
)

// listing is the index of all files of a dataset in the target.
type listing struct {
	dataset *spec.Dataset
	entries []Entry
	files   []*fileIndex // parallel to entries
}

// list returns the listing of a dataset in a commit.
func (p *Planner) list(ctx context.Context, s *snapshot, d *spec.Dataset) (*listing, error) {
	l := &listing{dataset: d}
	entries, err := p.files(ctx, s, d)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Mode == spec.ModeFile {
			l.entries = append(l.entries, e)
		}
	}
	l.files, err = p.indexes(ctx, d, l.entries)
	return l, err
}

// hashSet is a set of hashes that is asked a million times and mostly says no.
type hashSet struct {
	members map[spec.KeyHash]bool
	first   [1 << 16 / 64]uint64 // a bit for each start of two bytes that a member has
}

func newHashSet() *hashSet { return &hashSet{members: map[spec.KeyHash]bool{}} }

func (s *hashSet) add(h spec.KeyHash) {
	s.members[h] = true
	at := int(h[0])<<8 | int(h[1])
	s.first[at/64] |= 1 << (at % 64)
}

func (s *hashSet) has(h spec.KeyHash) bool {
	at := int(h[0])<<8 | int(h[1])
	return s.first[at/64]&(1<<(at%64)) != 0 && s.members[h]
}

// holders returns the numbers of the files that hold each of the keys, in order.
func (l *listing) holders(keys *hashSet) map[spec.KeyHash][]int {
	out := map[spec.KeyHash][]int{}
	for i, f := range l.files {
		for h := range f.keys.all() {
			if keys.has(h) {
				out[h] = append(out[h], i)
			}
		}
	}
	return out
}

// referrers returns the files with a reference that is among those given, or with
// without one that is not.
func (l *listing) referrers(refs *hashSet, without bool) []Entry {
	var out []Entry
	for i, f := range l.files {
		for h := range f.refs.all() {
			if refs.has(h) != without {
				out = append(out, l.entries[i])
				break
			}
		}
	}
	return out
}

// parse reads a file of the listing again, for the places of its records.
func (p *Planner) parse(ctx context.Context, l *listing, e Entry) (spec.Parsed, error) {
	data, err := p.read(ctx, e)
	if err != nil {
		return spec.Parsed{}, err
	}
	parsed, _ := l.dataset.Parse(e.Path, data) // the problems of files that did not change are for validate
	return parsed, nil
}

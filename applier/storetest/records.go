package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// scanAll drains a scan. It returns an error when the scan does, or when the records
// are out of order or wrong in themselves.
func scanAll(ctx context.Context, s applier.Scanner, name string, layout spec.Layout) (applier.Marker, Records, error) {
	marker, seq, err := s.Scan(ctx, name, layout)
	if err != nil {
		return applier.Marker{}, nil, err
	}
	var keys []spec.Key
	got := Records{}
	for rec, err := range seq {
		if err != nil {
			return applier.Marker{}, nil, err
		}
		if err := soundRecord(rec); err != nil {
			return applier.Marker{}, nil, err
		}
		keys = append(keys, rec.Key)
		got[rec.Key] = string(rec.JSON)
	}
	if !slices.IsSorted(keys) || len(got) != len(keys) {
		return applier.Marker{}, nil, errors.New("the keys are not sorted byte by byte, or not unique: " + sample(keys))
	}
	return marker, got, nil
}

func soundRecord(rec spec.Record) error {
	if rec.Digest != spec.RecordDigest(rec.Key, rec.JSON) {
		return errors.New("the digest of " + string(rec.Key) + " is not that of its JSON")
	}
	if rec.Pos != (spec.Pos{}) {
		return errors.New("the position of " + string(rec.Key) + " is not zero")
	}
	return nil
}

func sample(keys []spec.Key) string {
	var names []string
	for _, k := range keys[:min(20, len(keys))] {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// diffRecords returns a readable difference, of a size that a log can bear.
func diffRecords(want, got Records) string {
	if maps.Equal(want, got) {
		return ""
	}
	wanted, found := Records{}, Records{}
	differ := 0
	for _, k := range slices.Sorted(maps.Keys(union(want, got))) {
		w, inWant := want[k]
		g, inGot := got[k]
		if w == g && inWant == inGot {
			continue
		}
		if differ++; differ > 20 {
			continue
		}
		if inWant {
			wanted[k] = brief(w)
		}
		if inGot {
			found[k] = brief(g)
		}
	}
	return fmt.Sprintf("%d records differ, of %d wanted and %d found\n%s",
		differ, len(want), len(got), cmp.Diff(wanted, found))
}

func union(a, b Records) map[spec.Key]bool {
	keys := map[spec.Key]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return keys
}

// brief cuts a long value and says so by its length and digest.
func brief(v string) string {
	const most = 300
	if len(v) <= most {
		return v
	}
	return fmt.Sprintf("%s... (%d bytes, %s)", v[:most], len(v), spec.RecordDigest("", []byte(v)).Short())
}

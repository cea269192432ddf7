package planner

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/promoctl/promoctl/spec"
)

// fileDiff is what differs between two versions of a file.
type fileDiff struct {
	removed, added []spec.Record // records that the two sides do not share
	oldRefs, refs  []spec.Ref    // of removed and of added records
	problems       spec.Problems // of the new version
	baseProblems   spec.Problems // of the old version
	index          *fileIndex    // of the new version; nil where it is not known as a whole
}

// diffFile compares two versions of a file; nil bytes stand for no file. It is the
// one place that decides how much of a file is parsed, and the chunked reader will
// take its place: today both versions are parsed whole.
func diffFile(d *datasetDiff, pair Pair, old, current []byte) fileDiff {
	var out fileDiff
	var was, is spec.Parsed
	if pair.Old.Path != "" {
		was, out.baseProblems = d.from.Parse(pair.Old.Path, old)
	}
	if pair.New.Path != "" {
		is, out.problems = d.to.Parse(pair.New.Path, current)
		out.index = indexOf(is)
	}
	same := sharedKeys(was.Records, is.Records)
	out.added, out.refs = without(same, is)
	out.removed, out.oldRefs = without(same, was)
	return out
}

// sharedKeys returns the keys of records that are equal on both sides.
func sharedKeys(was, is []spec.Record) map[spec.Key]bool {
	if len(was) == 0 || len(is) == 0 {
		return nil
	}
	before := make(map[spec.Key]spec.Digest, len(was))
	for _, r := range was {
		before[r.Key] = r.Digest
	}
	same := make(map[spec.Key]bool, len(is))
	for _, r := range is {
		if digest, ok := before[r.Key]; ok && digest == r.Digest {
			same[r.Key] = true
		}
	}
	return same
}

// without returns the records that are not among the given keys, and their references.
func without(keys map[spec.Key]bool, p spec.Parsed) (records []spec.Record, refs []spec.Ref) {
	if len(keys) == 0 {
		return p.Records, p.Refs
	}
	for _, r := range p.Records {
		if !keys[r.Key] {
			records = append(records, r)
		}
	}
	for _, ref := range p.Refs {
		if !keys[ref.From] {
			refs = append(refs, ref)
		}
	}
	return records, refs
}

// readPairs reads and compares files on all cores and merges the results in the order
// of the pairs, so that problems do not depend on timing.
func (p *Planner) readPairs(ctx context.Context, d *datasetDiff, pairs []Pair, m *merger) error {
	const batch = 256 // bounds what waits to be merged
	var fingerprint spec.Digest
	if d.to != nil {
		fingerprint = d.to.Fingerprint()
	}
	for len(pairs) > 0 {
		n := min(batch, len(pairs))
		diffs := make([]fileDiff, n)
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(runtime.GOMAXPROCS(0))
		for i, pair := range pairs[:n] {
			g.Go(func() error {
				old, current, err := p.readPair(gctx, pair)
				if err == nil {
					diffs[i] = diffFile(d, pair, old, current)
				}
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		for i, f := range diffs {
			if f.index != nil && len(f.problems) == 0 {
				p.index.put(fingerprint, contentOf(pairs[i].New), f.index)
			}
			m.add(f)
		}
		pairs = pairs[n:]
	}
	return nil
}

func (p *Planner) readPair(ctx context.Context, pair Pair) (old, current []byte, err error) {
	if old, err = p.read(ctx, pair.Old); err != nil {
		return nil, nil, err
	}
	current, err = p.read(ctx, pair.New)
	return old, current, err
}

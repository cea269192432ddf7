package planner

import (
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/promoctl/promoctl/spec"
)

// fileDiff is what differs between two versions of a file.
type fileDiff struct {
	removed, added []spec.Record // records that the two sides do not share
	refs           []spec.Ref    // of added records
	problems       spec.Problems // of the new version
	baseProblems   spec.Problems // of the old version
	index          *blobIndex    // of the new version; nil unless asked for
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
	}
	if d.indexed {
		out.index = indexOf(is)
	}
	before := make(map[spec.Key]spec.Digest, len(was.Records))
	for _, r := range was.Records {
		before[r.Key] = r.Digest
	}
	same := map[spec.Key]bool{}
	for _, r := range is.Records {
		if digest, ok := before[r.Key]; ok && digest == r.Digest {
			same[r.Key] = true
		} else {
			out.added = append(out.added, r)
		}
	}
	for _, r := range was.Records {
		if !same[r.Key] {
			out.removed = append(out.removed, r)
		}
	}
	for _, ref := range is.Refs {
		if !same[ref.From] {
			out.refs = append(out.refs, ref)
		}
	}
	return out
}

// readPairs reads and compares files on all cores and merges the results in the order
// of the pairs, so that problems do not depend on timing.
func (p *Planner) readPairs(ctx context.Context, d *datasetDiff, pairs []Pair, m *merger) error {
	const batch = 256 // bounds what waits to be merged
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
			if f.index != nil && pairs[i].New.Hash != "" {
				p.index.put(p.index.set(d.to.Fingerprint()), pairs[i].New.Hash, f.index)
			}
			m.add(f)
		}
		pairs = pairs[n:]
	}
	return nil
}

func (p *Planner) readPair(ctx context.Context, pair Pair) (old, current []byte, err error) {
	if pair.Old.Path != "" {
		if old, err = p.cfg.Repo.Blob(ctx, pair.Old.Hash); err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", pair.Old.Path, err)
		}
	}
	if pair.New.Path != "" {
		if current, err = p.cfg.Repo.Blob(ctx, pair.New.Hash); err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", pair.New.Path, err)
		}
	}
	return old, current, nil
}

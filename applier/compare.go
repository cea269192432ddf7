package applier

import (
	"fmt"
	"iter"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// compareRecords walks the records that a dataset should have (creates, sorted by key)
// and the live ones (sorted by key) in step and reports each key at which they differ:
// found is nil where a record is missing, want is nil where there is one too many. It
// returns the digest of the live records, counted anew from their content.
func compareRecords(wanted []planner.Change, live iter.Seq2[spec.Record, error], differ func(want, found *spec.Record)) (spec.DataDigest, error) {
	var held spec.DataDigest
	var last spec.Key
	for rec, err := range live {
		if err != nil {
			return spec.DataDigest{}, fmt.Errorf("scan after %d records: %w", held.Count, err)
		}
		if held.Count > 0 && rec.Key <= last {
			return spec.DataDigest{}, fmt.Errorf("scan: the driver yields key %q after %q", rec.Key, last)
		}
		last = rec.Key
		rec.Digest = spec.RecordDigest(rec.Key, rec.JSON) // what a store says of its own records is no proof
		held = held.Add(rec.Digest)
		for len(wanted) > 0 && wanted[0].Key < rec.Key {
			differ(wanted[0].After, nil)
			wanted = wanted[1:]
		}
		if len(wanted) == 0 || wanted[0].Key != rec.Key {
			differ(nil, &rec)
			continue
		}
		if wanted[0].After.Digest != rec.Digest {
			differ(wanted[0].After, &rec)
		}
		wanted = wanted[1:]
	}
	for _, c := range wanted {
		differ(c.After, nil)
	}
	return held, nil
}

// byDataset splits changes by dataset, keeping their order.
func byDataset(changes []planner.Change) map[string][]planner.Change {
	out := make(map[string][]planner.Change)
	for start := 0; start < len(changes); {
		end := start + 1
		for end < len(changes) && changes[end].Dataset == changes[start].Dataset {
			end++
		}
		out[changes[start].Dataset] = changes[start:end]
		start = end
	}
	return out
}

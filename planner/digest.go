package planner

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"

	"github.com/promoctl/promoctl/spec"
)

// planDigest is the SHA-256 over the target's effective pipeline file and every change.
// Commits are no part of it: the same changes have the same digest in a pull request
// and after the merge. Its golden vectors stand in testdata.
func (p *Planner) planDigest(config spec.Digest, plan *Plan) spec.Digest {
	h := sha256.New()
	fmt.Fprintf(h, "promoctl plan 1\nconfig %s\n", config)
	sensitive := plan.sensitive()
	for _, c := range plan.Changes {
		fmt.Fprintf(h, "%s %s %d:%s ", c.Op, c.Dataset, len(c.Key), c.Key)
		p.hashSide(h, c.Before, sensitive[c.Dataset])
		p.hashSide(h, c.After, sensitive[c.Dataset])
		h.Write([]byte{'\n'})
	}
	return spec.Digest(h.Sum(nil))
}

func (p *Planner) hashSide(h hash.Hash, r *spec.Record, sensitive bool) {
	switch {
	case r == nil:
		fmt.Fprint(h, "- ")
	case sensitive:
		fmt.Fprintf(h, "%s ", p.KeyedDigest(r.Digest))
	default:
		fmt.Fprintf(h, "%s ", r.Digest)
	}
}

// KeyedDigest is the digest of a sensitive record as it may leave the stores: without
// the key nobody can find the value by trying.
func (p *Planner) KeyedDigest(d spec.Digest) spec.Digest {
	mac := hmac.New(sha256.New, p.cfg.DigestKey)
	mac.Write(d[:])
	return spec.Digest(mac.Sum(nil))
}

// sensitive returns the datasets of the plan that have sensitive fields on either side.
func (p *Plan) sensitive() map[string]bool {
	out := map[string]bool{}
	for _, d := range p.Datasets {
		out[d.Name] = (d.Base != nil && d.Base.Sensitive()) || (d.Target != nil && d.Target.Sensitive())
	}
	return out
}

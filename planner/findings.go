package planner

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/promoctl/promoctl/spec"
)

// marker turns what rules find in one dataset into findings, and keeps sensitive
// values out of them.
type marker struct {
	p         *Planner
	hidden    map[string]bool // sensitive top-level fields
	sensitive bool            // the dataset has any
}

func (p *Planner) newMarker(plan *Plan, dataset string) *marker {
	hidden := plan.hiddenFields(dataset)
	return &marker{p, hidden, len(hidden) > 0}
}

// finding completes a hit. The fingerprint is made before values are masked.
func (m *marker) finding(c *check, change *Change, h hit) Finding {
	f := Finding{
		Rule: c.guard.ID(), Level: levelOf(c.guard), Dataset: change.Dataset, Key: change.Key,
		Field: h.field, Before: h.before, After: h.after, Pos: change.After.Pos, Message: h.message,
	}
	hide := m.hidden[topField(h.field)]
	if h.whole {
		f.Fingerprint = m.p.fingerprint(f, recordText(change.Before), recordText(change.After), m.sensitive)
	} else {
		f.Fingerprint = m.p.fingerprint(f, h.before, h.after, hide)
	}
	if hide && !h.whole {
		f.Field = topField(h.field) // the rest of the path may quote a list's items
		f.Before, f.After = maskText(f.Before), maskText(f.After)
		f.Message = fmt.Sprintf("%s changes in a way that this rule is about; its values are sensitive", f.Field)
	}
	return f
}

func recordText(r *spec.Record) string {
	if r == nil {
		return ""
	}
	return r.Digest.String()
}

func maskText(s string) string {
	if s == "" {
		return ""
	}
	return Mask
}

// fingerprint identifies a finding, so that an override holds for exactly what somebody
// saw: the first 12 hexadecimal digits of the SHA-256 over a head line and the six
// texts rule, dataset, key, field, before and after, each as its length in bytes, a
// colon, the text and a line feed. With keyed set, it is the HMAC-SHA-256 with the
// planner's key instead: nobody shall find a sensitive value by trying. Its golden
// vectors stand in testdata.
func (p *Planner) fingerprint(f Finding, before, after string, keyed bool) string {
	h := sha256.New()
	if keyed {
		h = hmac.New(sha256.New, p.cfg.DigestKey)
	}
	io.WriteString(h, "promoctl finding 1\n")
	for _, text := range [...]string{f.Rule, f.Dataset, string(f.Key), f.Field, before, after} {
		fmt.Fprintf(h, "%d:%s\n", len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

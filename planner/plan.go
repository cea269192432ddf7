package planner

import (
	"time"

	"github.com/promoctl/promoctl/spec"
)

// Commit is what people need to know of a commit. The zero Commit stands for "nothing
// is live yet".
type Commit struct {
	Hash    string    `json:"hash"` // 40 hexadecimal digits
	Subject string    `json:"subject"`
	Author  string    `json:"author"` // "Name <mail>"
	Time    time.Time `json:"time"`   // when it was committed
}

// Short returns the first ten digits of the hash.
func (c Commit) Short() string { return c.Hash[:min(10, len(c.Hash))] }

// Plan is the commit plan: what changes between two commits, as people review it.
// Two pairs of commits with the same trees have plans that differ in Base and Target
// only, and the same Digest.
type Plan struct {
	Base     Commit
	Target   Commit
	Env      string
	Datasets []DatasetPlan  // sorted by name; datasets without a change are left out
	Changes  []Change       // sorted by dataset and key
	Config   []ConfigChange // what the pipeline file changes by itself
	Findings []Finding      // strictest first, then by dataset, key and rule
	Digest   spec.Digest
}

// DatasetPlan sums up the changes of one dataset.
type DatasetPlan struct {
	Name    string
	Create  int
	Update  int
	Delete  int
	Base    *spec.Layout // nil: the dataset is new
	Target  *spec.Layout // nil: the dataset is gone
	Replace bool         // key or types changed so that stores replace the dataset as a whole
	Files   int          // files that differ and were read
}

// ConfigChange is one line about the pipeline file: a dataset, store or guardrail
// that came, went or changed.
type ConfigChange struct {
	What string `json:"what"` // "store hot: address changed"
}

// Empty reports whether the plan changes neither a record nor the pipeline.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 && len(p.Config) == 0 }

// Blocking returns the findings that stop a release unless somebody overrides them.
func (p *Plan) Blocking() []Finding {
	var out []Finding
	for _, f := range p.Findings {
		if f.Level != Warn {
			out = append(out, f)
		}
	}
	return out
}

// Level says what a finding demands.
type Level string

const (
	Deny    Level = "deny"    // not released, unless overridden
	Approve Level = "approve" // released once a second person agrees
	Warn    Level = "warn"    // released, and said
)

// Finding is what a guardrail says about one change, or about the pipeline file.
type Finding struct {
	Fingerprint string   `json:"fingerprint"` // 12 hexadecimal digits over rule, record, before and after
	Rule        string   `json:"rule"`
	Level       Level    `json:"level"`
	Dataset     string   `json:"dataset,omitempty"`
	Key         spec.Key `json:"key,omitempty"`
	Field       string   `json:"field,omitempty"`
	Before      string   `json:"before,omitempty"` // masked when sensitive
	After       string   `json:"after,omitempty"`
	Pos         spec.Pos `json:"pos"`
	Message     string   `json:"message"` // a sentence without the record's name
}

// StorePlan is what one store lacks to serve a commit.
type StorePlan struct {
	Store    string
	Datasets map[string]StoreDataset // every dataset that the store holds at base or target
	Changes  []Change                // of all datasets, sorted by dataset and key
}

// StoreDataset is a StorePlan's view of one dataset.
type StoreDataset struct {
	Base    *spec.Layout // nil: new to the store
	Target  *spec.Layout // nil: gone from the store
	Replace bool         // Changes hold the whole dataset, as creates
	Delta   Delta        // of Changes; with Replace, Added is the whole dataset and Removed is empty
}

// Relation says how a target commit stands to a live one.
type Relation int

const (
	Same     Relation = iota // the same commit
	Forward                  // the live commit is an ancestor of the target
	Backward                 // the target is an ancestor of the live commit: superseded
	Diverged                 // neither
	Unknown                  // the live commit is not in the repository
)

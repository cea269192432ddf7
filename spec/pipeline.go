package spec

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// PipelineFile is the name of the pipeline file, at the root of a data repository.
const PipelineFile = "promoctl.yaml"

// Pipeline is a pipeline file as it holds for one environment, with its schemas
// compiled. It is immutable.
type Pipeline struct {
	Name         string
	Env          string   // "" when the file declares no environments
	Environments []string // declared, sorted
	Datasets     []*Dataset
	Stores       []Store
	Guardrails   []Guardrail
	Release      ReleaseSettings
	// DigestKey is the reference to the secret that keys the digests of sensitive
	// records outside of stores, unexpanded; "" when none is declared.
	DigestKey string

	effective []byte // canonical JSON of what matters to a plan
}

// Store is a destination as declared. URL and Prefix may hold ${VARIABLE} references.
type Store struct {
	Name     string   `json:"name"`
	Driver   string   `json:"driver"`
	URL      string   `json:"url"`
	Required *bool    `json:"required"`
	MaxLag   Duration `json:"maxLag"`
	Wave     int      `json:"wave"`
	Prefix   string   `json:"prefix"`
	Buckets  int      `json:"buckets"`
	Create   *bool    `json:"create"`
}

// IsRequired reports whether a release waits for the store. The default is true.
func (s Store) IsRequired() bool { return s.Required == nil || *s.Required }

// MayCreate reports whether tables and directories are created when they are missing.
// The default is true for the stores that need no server.
func (s Store) MayCreate() bool {
	if s.Create != nil {
		return *s.Create
	}
	return s.Driver == "sqlite" || s.Driver == "file"
}

// Guardrail is a rule about plans.
type Guardrail struct {
	Rule       string      `json:"rule"`
	Name       string      `json:"name"`  // tells two uses of a rule apart; default: the rule
	Level      string      `json:"level"` // deny, approve or warn; default deny
	Datasets   []string    `json:"datasets"`
	Fields     []string    `json:"fields"`
	MaxPercent json.Number `json:"maxPercent"`
}

// ID is what overrides by environment and findings call the guardrail.
func (g Guardrail) ID() string {
	if g.Name != "" {
		return g.Name
	}
	return g.Rule
}

// ReleaseSettings says how releases run.
type ReleaseSettings struct {
	OnFailure string   `json:"onFailure"` // back (default) or stay
	Deadline  Duration `json:"deadline"`  // how long a store is retried after the first activation; default 10 s
	Lease     Duration `json:"lease"`     // how long staged data waits for its activation; default 15 min
	Gates     []Gate   `json:"gates"`
}

// Gate is a check between waves.
type Gate struct {
	BeforeWave int      `json:"beforeWave"`
	Wait       Duration `json:"wait"`
}

// Duration is a time.Duration that is written like "30m" or "1h30m".
type Duration time.Duration

// UnmarshalJSON implements json.Unmarshaler.
func (d *Duration) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a duration; write it like 30s, 15m or 1h30m", s)
	}
	*d = Duration(v)
	return nil
}

// Dataset returns the dataset of that name, or nil.
func (p *Pipeline) Dataset(name string) *Dataset {
	for _, d := range p.Datasets {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// Store returns the store of that name, or nil.
func (p *Pipeline) Store(name string) *Store {
	for i := range p.Stores {
		if p.Stores[i].Name == name {
			return &p.Stores[i]
		}
	}
	return nil
}

// Takes reports whether a store takes a dataset.
func (p *Pipeline) Takes(store string, d *Dataset) bool { return slices.Contains(d.Stores, store) }

// Targets returns the datasets that a reference may point into; none when the
// pipeline has no such dataset, and then the reference is not checked.
func (p *Pipeline) Targets(t *RefTarget) []*Dataset {
	var out []*Dataset
	for _, d := range p.Datasets {
		if (t.Dataset != "" && d.Name == t.Dataset) || (t.Kind != "" && d.Kind == t.Kind) {
			if len(d.Layout.Key) == 1 {
				out = append(out, d)
			}
		}
	}
	return out
}

// ConfigDigest is the SHA-256 of all that matters to a plan in the pipeline file: not
// file names, comments or order of members, but the text of schemas.
func (p *Pipeline) ConfigDigest() Digest { return sha256.Sum256(p.effective) }

// Fingerprint identifies how the dataset's files are read: schema, key and place of
// the records. Files with the same content give the same records under the same
// fingerprint.
func (d *Dataset) Fingerprint() Digest {
	text, _ := json.Marshal(struct {
		Format  int // grows when this package reads the same text otherwise than before
		Records []string
		Layout  Layout
		Schema  Digest
	}{1, d.records, d.Layout, d.Schema.Digest})
	return sha256.Sum256(text)
}

// Linked reports whether records of a dataset refer to others, or others to them.
func (p *Pipeline) Linked(d *Dataset) bool {
	if d.Schema.root.anywhere(func(t *Type) bool { return t.ref != nil }) {
		return true
	}
	for _, o := range p.Datasets {
		if o.Schema.RefersTo(d.Kind, d.Name) {
			return true
		}
	}
	return false
}

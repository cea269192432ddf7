package applier

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/promoctl/promoctl/spec"
)

// ReleaseID identifies a release to one store: 32 hexadecimal digits, the start of
// the SHA-256 of store, base release and sequence, target commit, pin and plan
// digest. Two programs that are about to do the same thing have the same ID. The
// empty ID means never released to.
type ReleaseID string

// Identity names who may write to a place in a store.
type Identity struct {
	Pipeline string `json:"pipeline"`
	Env      string `json:"env,omitempty"` // empty where the pipeline has no environments
}

// String returns pipeline or pipeline/env.
func (id Identity) String() string {
	if id.Env == "" {
		return id.Pipeline
	}
	return id.Pipeline + "/" + id.Env
}

// Marker is what a store says it serves. The zero Marker means never released to.
type Marker struct {
	Format   int                     `json:"format"` // MarkerFormat
	Identity Identity                `json:"identity"`
	Release  ReleaseID               `json:"release"`
	Origin   ReleaseID               `json:"origin"`             // the lead store's release that this one belongs to
	Seq      uint64                  `json:"seq"`                // grows by one with each activation, also for pin and repair
	Commit   string                  `json:"commit"`             // 40 hexadecimal digits
	Datasets map[string]DatasetState `json:"datasets,omitempty"` // what the store holds
	Pin      *Pin                    `json:"pin,omitempty"`
	Plan     spec.Digest             `json:"plan"` // digest of the commit plan that was released
	Kind     Kind                    `json:"kind"`
	At       time.Time               `json:"at"`             // when it was released, UTC, whole milliseconds
	By       string                  `json:"by"`             // who ran the release
	Note     string                  `json:"note,omitempty"` // why: the reason of a rollback, repair or override
	// Overrides are the findings that a person took responsibility for.
	Overrides []Override `json:"overrides,omitempty"`
	// Behind names the optional stores that the release was made without, and since
	// when each of them lags. Only the lead's marker has it: a store that cannot be
	// asked cannot say how far behind it is.
	Behind map[string]time.Time `json:"behind,omitempty"`
}

// DatasetState is what a store holds of one dataset.
type DatasetState struct {
	Data   spec.DataDigest `json:"data"`
	Layout spec.Layout     `json:"layout"`
}

// Kind says what sort of release a marker stems from.
type Kind string

const (
	KindApply    Kind = "apply"
	KindRollback Kind = "rollback"
	KindRepair   Kind = "repair" // live records were brought back to their commit
	KindBack     Kind = "back"   // the engine undid a release that not every store could take
	KindPin      Kind = "pin"
	KindUnpin    Kind = "unpin"
)

// Pin is an operator's hold on a release.
type Pin struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// Override says who lets a finding pass, and why.
type Override struct {
	Fingerprint string `json:"fingerprint"`
	By          string `json:"by"`
	Reason      string `json:"reason"`
}

// IsZero reports whether the store was never released to.
func (m Marker) IsZero() bool { return m.Release == "" }

// Equal reports whether two markers are the same in every respect.
func (m Marker) Equal(o Marker) bool { return bytes.Equal(m.Encode(), o.Encode()) }

// Encode returns the marker as JSON, the form that stores keep. The same marker
// gives the same bytes.
func (m Marker) Encode() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("applier: encode marker: %v", err)) // no field can fail to encode
	}
	return b
}

// DecodeMarker reads what Encode wrote, on behalf of the given identity. It returns
// ErrFormat for a newer format, before it looks at anything else, and ErrForeign for
// the marker of somebody else.
func DecodeMarker(data []byte, id Identity) (Marker, error) {
	var probe struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(data, &probe); err != nil {
		return Marker{}, fmt.Errorf("read marker: %w", err)
	}
	if probe.Format > MarkerFormat {
		return Marker{}, fmt.Errorf("%w: marker format %d, this program knows %d", ErrFormat, probe.Format, MarkerFormat)
	}
	var m Marker
	if err := json.Unmarshal(data, &m); err != nil {
		return Marker{}, fmt.Errorf("read marker: %w", err)
	}
	if m.Identity != id {
		return Marker{}, fmt.Errorf("%w: it is %s's, not %s's", ErrForeign, m.Identity, id)
	}
	return m, nil
}

// Release is one move of one store from a base marker to a target marker.
type Release struct {
	ID       ReleaseID                 `json:"id"`
	Attempt  string                    `json:"attempt"` // names the stage; 16 random hexadecimal digits
	Store    string                    `json:"store"`
	Base     Marker                    `json:"base"`
	Target   Marker                    `json:"target"`
	Datasets map[string]DatasetRelease `json:"datasets"` // every dataset the store holds at base or target
	// Overwrite: drift is overwritten instead of refused.
	Overwrite bool `json:"overwrite,omitempty"`
	// Adopt: records that exist before the first release are taken over if equal.
	Adopt bool `json:"adopt,omitempty"`
	// Expires is when the stage's lease ends. A partly activated stage never expires.
	Expires time.Time `json:"expires"`
}

// DatasetRelease says how a store holds a dataset before and after a release.
type DatasetRelease struct {
	Base   *spec.Layout `json:"base,omitempty"`   // nil: new to the store
	Target *spec.Layout `json:"target,omitempty"` // nil: gone from the store; all changes are deletes
	// Replace: the records cannot be carried over (another key, a narrower type), so
	// the whole dataset is staged as creates and takes the place of the old one.
	Replace bool `json:"replace,omitempty"`
}

// NewReleaseID returns the ID of a release to a store. See ReleaseID.
func NewReleaseID(store string, base, target Marker) ReleaseID {
	pin, _ := json.Marshal(target.Pin)
	h := sha256.New()
	fmt.Fprintf(h, "promoctl release 1\n%s\n%s\n%s %d\n%s\n%s\n%s %s\n",
		target.Identity, store, base.Release, base.Seq, target.Commit, pin, target.Kind, target.Plan)
	return ReleaseID(hex.EncodeToString(h.Sum(nil)[:16]))
}

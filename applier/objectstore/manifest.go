package objectstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// ManifestFormat is the form of manifests that this program writes.
const ManifestFormat = 1

// Manifest says which objects make up a release. It holds everything that a reader
// needs; the marker beside it holds what promoctl needs.
type Manifest struct {
	Format   int                `json:"format"` // ManifestFormat
	Datasets map[string]Dataset `json:"datasets"`
	// Attempt made the release, from what the attempt Follows made live.
	Attempt string `json:"attempt,omitempty"`
	Follows string `json:"follows,omitempty"`
	// Check is the SHA-256 of the manifest's bytes with zeros in its place.
	Check spec.Digest `json:"check"`
}

// Dataset says where the records of one dataset are.
type Dataset struct {
	Layout  spec.Layout `json:"layout"`
	Buckets int         `json:"buckets"` // for Bucket
	Objects []Object    `json:"objects"` // sorted by bucket; a bucket without records has none
}

// Object is one file, or S3 object, of JSON Lines. It never changes once a manifest
// names it.
type Object struct {
	Bucket  int         `json:"bucket"`
	Path    string      `json:"path"`   // relative to the store's directory, with slashes
	SHA256  spec.Digest `json:"sha256"` // of the bytes
	Records int64       `json:"records"`
	Bytes   int64       `json:"bytes"`
}

// object returns the object of a bucket, or nil when the bucket is empty.
func (d *Dataset) object(bucket int) *Object {
	i, ok := slices.BinarySearchFunc(d.Objects, bucket, func(o Object, b int) int { return o.Bucket - b })
	if !ok {
		return nil
	}
	return &d.Objects[i]
}

// encodeManifest returns the manifest's JSON with its check: the same manifest gives
// the same bytes.
func encodeManifest(m Manifest) ([]byte, error) {
	m.Check = spec.Digest{}
	data, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return bytes.Replace(data, checkMember(m.Check), checkMember(sha256.Sum256(data)), 1), nil
}

func checkMember(d spec.Digest) []byte { return []byte(`"check":"` + d.String() + `"`) }

// whole decodes a manifest after comparing it with its check.
func whole(data []byte) (Manifest, error) {
	m, err := decodeManifest(data)
	if err != nil {
		return Manifest{}, err
	}
	if m.Check != sha256.Sum256(bytes.Replace(data, checkMember(m.Check), checkMember(spec.Digest{}), 1)) {
		return Manifest{}, errTorn
	}
	return m, nil
}

// decodeManifest reads a manifest and checks what the rest of the package relies on.
func decodeManifest(data []byte) (Manifest, error) {
	var probe struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(data, &probe); err != nil {
		return Manifest{}, err
	}
	if probe.Format > ManifestFormat {
		return Manifest{}, fmt.Errorf("%w: manifest format %d, this program knows %d",
			applier.ErrFormat, probe.Format, ManifestFormat)
	}
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return Manifest{}, err
	}
	for name, d := range m.Datasets {
		if err := d.check(); err != nil {
			return Manifest{}, fmt.Errorf("dataset %s: %w", name, err)
		}
	}
	return m, nil
}

func (d *Dataset) check() error {
	if d.Buckets < 1 || d.Buckets > MaxBuckets {
		return fmt.Errorf("%d buckets; want 1 to %d", d.Buckets, MaxBuckets)
	}
	before := -1
	for _, o := range d.Objects {
		if o.Bucket <= before || o.Bucket >= d.Buckets {
			return errors.New("buckets are out of order or out of range")
		}
		if path.Clean(o.Path) != o.Path || !strings.HasPrefix(o.Path, objectsDir+"/") {
			return fmt.Errorf("path %q is not under %s/", o.Path, objectsDir)
		}
		before = o.Bucket
	}
	return nil
}

// errTorn: a file of a release is not what was written.
var errTorn = errors.New("torn or edited since it was written")

// seal is written last into a stage. Without it, or when it does not match, nothing
// of the stage is ever activated or believed.
type seal struct {
	Manifest spec.Digest     `json:"manifest"` // SHA-256 of manifest.json
	Receipt  applier.Receipt `json:"receipt"`
}

func newSeal(manifest []byte, r applier.Receipt) ([]byte, error) {
	return json.Marshal(seal{Manifest: sha256.Sum256(manifest), Receipt: r})
}

// openSealed decodes a manifest after comparing it with its seal.
func openSealed(manifest, sealed []byte) (Manifest, error) {
	var s seal
	if err := json.Unmarshal(sealed, &s); err != nil {
		return Manifest{}, fmt.Errorf("%s: %w: %w", sealFile, errTorn, err)
	}
	if s.Manifest != sha256.Sum256(manifest) {
		return Manifest{}, fmt.Errorf("%s: %w", manifestFile, errTorn)
	}
	m, err := whole(manifest)
	if err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", manifestFile, err)
	}
	return m, nil
}

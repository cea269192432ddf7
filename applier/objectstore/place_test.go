package objectstore_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/objectstore"
	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

// place is a directory under test.
type place struct {
	root    string
	buckets int
	faults  faults
}

func newPlace(t testing.TB, buckets int) *place {
	p := &place{root: filepath.Join(t.TempDir(), "shop"), buckets: buckets}
	p.faults = newFaults(t, p.root)
	return p
}

func (p *place) Open(t testing.TB, id applier.Identity) applier.Store {
	return open(t, p.root, func(cfg *applier.StoreConfig) { cfg.Identity, cfg.Buckets = id, p.buckets })
}

// open opens a store in dir that may create what is missing.
func open(t testing.TB, dir string, options ...func(*applier.StoreConfig)) *objectstore.Store {
	t.Helper()
	cfg := applier.StoreConfig{Name: "files", URL: dir, Identity: testIdentity(), Create: true}
	for _, o := range options {
		o(&cfg)
	}
	s, err := objectstore.OpenFile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func testIdentity() applier.Identity { return applier.Identity{Pipeline: "sale", Env: "test"} }

func (p *place) Read(ctx context.Context, dataset string, layout spec.Layout) (map[spec.Key]string, error) {
	got, err := readPlain(ctx, p.root, dataset)
	for key, record := range got {
		got[key] = withoutShop(record, layout)
	}
	return got, err
}

// withoutShop removes the fields that the shop owns, in case somebody put them there.
func withoutShop(record string, layout spec.Layout) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(record), &fields) != nil {
		return record
	}
	found := false
	for _, f := range layout.Fields {
		if _, ok := fields[f.Name]; ok && f.Owner == spec.OwnerShop {
			delete(fields, f.Name)
			found = true
		}
	}
	if !found {
		return record
	}
	out, _ := json.Marshal(fields) // raw values of a valid object
	return string(out)
}

// List implements storetest.Lister.
func (p *place) List(t testing.TB) []string { return listFiles(t, p.root) }

func listFiles(t testing.TB, root string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		names = append(names, strings.TrimPrefix(path, root))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// SetFormat rewrites the number in the live marker.
func (p *place) SetFormat(t testing.TB, format int) {
	t.Helper()
	dir, err := newestDir(p.root)
	if err != nil || dir == "" {
		t.Fatal("nothing is live", err)
	}
	file := filepath.Join(dir, "marker.json")
	number := regexp.MustCompile(`^\{"format":\d+`)
	writeFile(t, file, number.ReplaceAll(readFile(t, file), fmt.Appendf(nil, `{"format":%d`, format)))
}

// Break implements storetest.Place.
func (p *place) Break(t testing.TB, kind storetest.Fault) (func(), bool) {
	switch kind {
	case storetest.FaultReadOnly:
		return p.faults.readOnly(t), true
	case storetest.FaultFull:
		return p.faults.full(t), true
	}
	return nil, false
}

// Tamper edits the object of a record, as somebody with an editor does: what is new
// goes to the end. Where there is no object it makes one and changes the manifest.
func (p *place) Tamper(t testing.TB, dataset string, layout spec.Layout, key spec.Key, canonical []byte) {
	t.Helper()
	dir, m := p.manifest(t)
	d, ok := m.Datasets[dataset]
	if !ok {
		d = objectstore.Dataset{Layout: layout, Buckets: 3}
	}
	bucket := int(crc32.ChecksumIEEE([]byte(key)) % uint32(d.Buckets))
	i := slices.IndexFunc(d.Objects, func(o objectstore.Object) bool { return o.Bucket == bucket })
	if i >= 0 {
		editObject(t, filepath.Join(p.root, d.Objects[i].Path), key, canonical)
		return
	}
	if canonical == nil {
		return
	}
	o := objectstore.Object{Bucket: bucket, Path: fmt.Sprintf("objects/byhand/%s/%d.jsonl", dataset, bucket)}
	editObject(t, filepath.Join(p.root, o.Path), key, canonical)
	d.Objects = append(d.Objects, o)
	slices.SortFunc(d.Objects, func(a, b objectstore.Object) int { return a.Bucket - b.Bucket })
	m.Datasets[dataset] = d
	p.writeManifest(t, dir, m)
}

// manifest returns the live manifest, or that of data that was never released.
func (p *place) manifest(t testing.TB) (string, objectstore.Manifest) {
	t.Helper()
	dir, err := newestDir(p.root)
	if err != nil {
		t.Fatal(err)
	}
	m := objectstore.Manifest{Format: objectstore.ManifestFormat, Datasets: map[string]objectstore.Dataset{}}
	if dir == "" {
		return filepath.Join(p.root, "live", "000000000000"), m
	}
	if err := json.Unmarshal(readFile(t, filepath.Join(dir, "manifest.json")), &m); err != nil {
		t.Fatal(err)
	}
	return dir, m
}

// writeManifest replaces a manifest, with a check that holds.
func (p *place) writeManifest(t testing.TB, dir string, m objectstore.Manifest) {
	t.Helper()
	m.Check = spec.Digest{}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "manifest.json"), bytes.Replace(data, check(bytes.Repeat([]byte("0"), 64)), check(hash(data)), 1))
}

func check(digest []byte) []byte { return fmt.Appendf(nil, `"check":"%s"`, digest) }

func hash(data []byte) []byte {
	sum := sha256.Sum256(data)
	return []byte(hex.EncodeToString(sum[:]))
}

func editObject(t testing.TB, file string, key spec.Key, canonical []byte) {
	t.Helper()
	quoted, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var out [][]byte
	for line := range bytes.Lines(old) {
		var l struct{ Key spec.Key }
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		if l.Key != key {
			out = append(out, line)
		}
	}
	if canonical != nil {
		out = append(out, fmt.Appendf(nil, "{\"key\": %s, \"record\":%s}\n", quoted, canonical))
	}
	writeFile(t, file, bytes.Join(out, nil))
}

func readFile(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// writeFile replaces a file in one step.
func writeFile(t testing.TB, file string, data []byte) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file+".edit", data, 0o644)
	}
	if err == nil {
		err = os.Rename(file+".edit", file)
	}
	if err != nil {
		t.Fatal(err)
	}
}

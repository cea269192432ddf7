package spec_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/promoctl/promoctl/schemas"
	"github.com/promoctl/promoctl/spec"
)

// The files under testdata/golden are vectors that another implementation could check
// itself against. Changing one changes what stores hold: it needs a new marker format.
var update = flag.Bool("update", false, "write testdata/golden anew")

// golden compares a value with a file, as indented JSON.
func golden(t *testing.T, name string, value any) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, string(want), b.String())
}

func TestGoldenLayouts(t *testing.T) {
	layouts := map[string]spec.Layout{}
	for _, kind := range schemas.Kinds() {
		layouts[kind] = built(t, kind).Layout
	}
	golden(t, "layouts.json", layouts)
}

// TestLayoutOfDerivedKeys: parts that are no field of the record have columns of their own.
func TestLayoutOfDerivedKeys(t *testing.T) {
	schema := `{"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "File_Vendor": {"type": "string"},
		"window": {"type": "object", "properties": {"start": {"type": "string"}}}, "size": {"type": ["number", "string"]}}}`
	d := dataset(t, schema, "records: models", `key: [$file.vendor, "$file.a-b", id, window.start, size, else]`)
	equal(t, []spec.KeyPart{
		{Name: "$file.vendor", Column: "file_vendor_key"}, {Name: "$file.a-b", Column: "file_a_b"},
		{Name: "id", Column: "id", Field: true}, {Name: "window.start", Column: "window_start"},
		{Name: "size", Column: "size_key"}, {Name: "else", Column: "else"},
	}, d.Layout.Key)
	equal(t, true, d.Layout.Open)
}

// vector is a text, what it is in canonical form, and its digests.
type vector struct {
	Key       spec.Key    `json:"key"`
	Text      string      `json:"text"`
	Canonical string      `json:"canonical"`
	Digest    spec.Digest `json:"digest"`
	KeyHash   string      `json:"key_hash"`
}

func TestGoldenDigests(t *testing.T) {
	var vectors []vector
	for _, v := range [][2]string{
		{"a", `{}`},
		{"SKU-1", ` { "b" : 1.50 , "a" : [ true, false, null, "x" ] } `},
		{"SKU-2", `{"n": [0, -0, -0.0, 1E3, 1.5e-3, 100.00, 12345678901234567890.123456789, 0.10]}`},
		{"SKU-3", `{"s": "\u0041\u00e9\ud83d\ude00 \"\\\/\b\f\n\r\t\u0001\u007f\u2028<&>"}`},
		{"SKU-4", `{"z": {"b": {}, "a": []}, "é": 1, "Z": 2, "aa": 3, "a": 4}`},
		{"a%2Fb/100%25", `{"价格": "199.00"}`},
	} {
		canonical, err := spec.Canonical([]byte(v[1]))
		if err != nil {
			t.Fatal(err)
		}
		key, hash := spec.Key(v[0]), spec.HashKey(spec.Key(v[0]))
		again, err := spec.Canonical(canonical)
		if err != nil || !bytes.Equal(canonical, again) {
			t.Errorf("Canonical(%s) = %s, %v", canonical, again, err)
		}
		r := spec.NewRecord(key, canonical)
		equal(t, spec.RecordDigest(key, canonical), r.Digest)
		vectors = append(vectors, vector{key, v[1], string(canonical), r.Digest, spec.Digest(append(hash[:], make([]byte, 16)...)).String()[:32]})
	}
	golden(t, "records.json", vectors)
}

func TestGoldenDataDigests(t *testing.T) {
	ones := spec.Digest(bytes.Repeat([]byte{0xff}, 32))
	one := spec.Digest{31: 1}
	a, b := spec.RecordDigest("a", []byte("{}")), spec.RecordDigest("b", []byte("{}"))
	var zero spec.DataDigest
	golden(t, "datadigests.json", map[string]spec.DataDigest{
		"empty":                       zero,
		"a":                           zero.Add(a),
		"a b":                         zero.Add(a).Add(b),
		"a b without a":               zero.Add(a).Add(b).Remove(a),
		"2^256-1 and 1":               zero.Add(ones).Add(one),
		"2^256-1 and 2^256-1":         zero.Add(ones).Add(ones),
		"2^256-1 and a, plus 1 and b": zero.Add(ones).Add(a).Plus(zero.Add(one).Add(b)),
		"a, minus 1 and b":            zero.Add(a).Minus(zero.Add(one).Add(b)),
		"nothing without 1":           zero.Remove(one),
	})
	equal(t, zero.Add(b).Add(a), zero.Add(a).Add(b))
	equal(t, zero, zero.Add(a).Remove(a))
	equal(t, zero.Add(a), zero.Add(a).Plus(zero.Add(b)).Minus(zero.Add(b)))
}

// TestDataDigestsAreSums checks the arithmetic against math/big.
func TestDataDigestsAreSums(t *testing.T) {
	modulus := new(big.Int).Lsh(big.NewInt(1), 256)
	sum, digest := new(big.Int), spec.DataDigest{}
	for i := range 1000 {
		r := spec.RecordDigest(spec.Key(strings.Repeat("k", i+1)), []byte("{}"))
		n := new(big.Int).SetBytes(r[:])
		if i%3 == 2 {
			digest, sum = digest.Remove(r), sum.Sub(sum, n)
		} else {
			digest, sum = digest.Add(r), sum.Add(sum, n)
		}
		sum.Mod(sum, modulus)
		if got := new(big.Int).SetBytes(digest.Sum[:]); got.Cmp(sum) != 0 {
			t.Fatalf("after %d: %x, want %x", i, got, sum)
		}
	}
}

func TestDigestText(t *testing.T) {
	d := spec.RecordDigest("a", []byte("{}"))
	text, err := d.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var back spec.Digest
	if err := back.UnmarshalText(text); err != nil || back != d || back.IsZero() || d.Short() != string(text[:12]) {
		t.Errorf("%s came back as %s, %v", d, back, err)
	}
	for _, bad := range []string{"", "ab", string(text) + "0", string(text) + "00", "x" + string(text[1:])} {
		if err := new(spec.Digest).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a digest", bad)
		}
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for _, bad := range []string{"", "{", "{}]", "{} {}", "{}}", `{"a": 1e999}`, "\xff", `"\ud800`, "nul", `{"a":1,"a":2`} {
		if got, err := spec.Canonical([]byte(bad)); err == nil {
			t.Errorf("Canonical(%q) = %s", bad, got)
		}
	}
	for _, bad := range []any{1, 1.5, []string{"a"}, json.Number("0x1"), map[string]any{"a": struct{}{}}, "\xff", map[string]any{"\xff": nil}} {
		if got, err := spec.CanonicalValue(bad); err == nil {
			t.Errorf("CanonicalValue(%v) = %s", bad, got)
		}
	}
}

// TestCanonicalValueLeavesItsArgumentAlone: callers go on using what they passed.
func TestCanonicalValueLeavesItsArgumentAlone(t *testing.T) {
	v := map[string]any{"n": json.Number("1.50"), "l": []any{json.Number("1e2")}}
	got, err := spec.CanonicalValue(v)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, `{"l":[100],"n":1.5}`, string(got))
	equal(t, map[string]any{"n": json.Number("1.50"), "l": []any{json.Number("1e2")}}, v)
}

package objectstore

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/promoctl/promoctl/spec"
)

func TestLine(t *testing.T) {
	for _, test := range []struct{ key, record, want string }{
		{"SKU-1", `{"price":1}`, `{"key":"SKU-1","record":{"price":1}}`},
		{"红 <&>/a%2Fb", `{}`, `{"key":"红 <&>/a%2Fb","record":{}}`},
		{"a\"b\\c\n", `{}`, `{"key":"a\"b\\c\u000a","record":{}}`},
	} {
		got := string(appendLine(nil, entry{key: []byte(test.key), record: []byte(test.record)}))
		if got != test.want+"\n" {
			t.Errorf("got %swant %s", got, test.want)
		}
	}
}

// What is written is read back, by the fast way and by the one for lines of others.
func TestLineRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.String().Filter(utf8.ValidString).Draw(t, "key")
		value := rapid.String().Filter(utf8.ValidString).Draw(t, "value")
		in := entry{key: []byte(key), record: append(appendString([]byte(`{"v":`), []byte(value)), '}')}
		if err := checkRecord(&spec.Record{Key: spec.Key(key), JSON: in.record}); err != nil {
			t.Fatal(err)
		}
		line := bytes.TrimSuffix(appendLine(nil, in), []byte("\n"))
		for name, parse := range map[string]func([]byte) (entry, error){"own": parseOwn, "any": parseAny} {
			out, err := parse(line)
			if err != nil || !bytes.Equal(in.key, out.key) || !bytes.Equal(in.record, out.record) {
				t.Fatalf("%s: %q became %q, %q (%v)", name, line, out.key, out.record, err)
			}
		}
	})
}

func TestCheckRecord(t *testing.T) {
	for _, r := range []spec.Record{
		{Key: "a\xff", JSON: []byte(`{}`)},
		{Key: "a", JSON: []byte("{\n}")},
		{Key: "a", JSON: []byte(`[]`)},
		{Key: "a"},
	} {
		if checkRecord(&r) == nil {
			t.Errorf("record %q %q was taken", r.Key, r.JSON)
		}
	}
}

// However keys are spread over cursors, they come out in order and all of them.
func TestKway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfDistinct(rapid.StringN(0, 4, -1), func(s string) string { return s }).Draw(t, "keys")
		slices.Sort(keys)
		spread := make([]list, rapid.IntRange(1, 9).Draw(t, "cursors"))
		for _, key := range keys {
			at := &spread[rapid.IntRange(0, len(spread)-1).Draw(t, "at")]
			at.entries = append(at.entries, entry{key: []byte(key)})
		}
		var cursors []cursor
		for i := range spread {
			cursors = append(cursors, &spread[i])
		}
		k, err := newKway(cursors)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for {
			e, err := k.next()
			if errors.Is(err, io.EOF) {
				break
			}
			got = append(got, string(e.key))
		}
		if !slices.Equal(keys, got) {
			t.Fatal(cmp.Diff(keys, got))
		}
	})
}

func TestDecodeManifestRefuses(t *testing.T) {
	for _, text := range []string{
		`{"format":1`,
		`{"format":2}`,
		`{"format":1,"datasets":{"a":{"buckets":0}}}`,
		`{"format":1,"datasets":{"a":{"buckets":9999}}}`,
		`{"format":1,"datasets":{"a":{"buckets":2,"objects":[{"bucket":2,"path":"objects/x/a/y"}]}}}`,
		`{"format":1,"datasets":{"a":{"buckets":2,"objects":[{"bucket":1,"path":"objects/x"},{"bucket":0,"path":"objects/y"}]}}}`,
		`{"format":1,"datasets":{"a":{"buckets":2,"objects":[{"bucket":1,"path":"/etc/passwd"}]}}}`,
		`{"format":1,"datasets":{"a":{"buckets":2,"objects":[{"bucket":1,"path":"objects/../../x"}]}}}`,
	} {
		if m, err := decodeManifest([]byte(text)); err == nil {
			t.Errorf("%s was taken as %v", text, m)
		}
	}
}

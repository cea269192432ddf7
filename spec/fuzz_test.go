package spec_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/promoctl/promoctl/spec"
)

// FuzzParse: any bytes give records or problems, never a panic. Positions lie within
// the file, records are canonical, and what Parse says does not depend on chance.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"- id: a\n  number: 1.50\n  text: 0123\n", "id: a\nany: {x: [1, ~, yes]}\n", "[{\"id\": \"a\", \"number\": 1e2}]",
		"- &a {id: a}\n- <<: *a\n", "---\n- id: a\n...\n---\nid: b\n", "<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n",
		"\ufeff- id: a\r\n  text: |\r\n    x\r\n", "- id: \"\\ud800\"\n", "- id: !!str a\n", "? [a]\n: b\n", "- {id: a, any: [[[[{}]]]]}", "{\"id\": \"\\ud83d\"}",
		"-\tid: a", "- id: a\n -id: b", "%YAML 1.1\n---\n", "*", "&", "- at: 2026-11-11T00:00:00+08:00\n", "- id: a\u2028b\n", "- number: -", "- >\n", "- |2\n x",
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	typed, coupon := dataset(f, strictSchema), built(f, "coupon")
	open := dataset(f, "", "records: models", "key: [$file.vendor, id]")
	f.Fuzz(func(t *testing.T, data []byte, isJSON bool) {
		name := "f.yaml"
		if isJSON {
			name = "f.json"
		}
		for _, d := range []*spec.Dataset{typed, coupon, open} {
			p, problems := d.Parse(name, data)
			for _, problem := range problems {
				checkPos(t, data, problem.Pos, problem.String())
				if problem.What == "" {
					t.Errorf("a problem says nothing: %v", problem)
				}
			}
			for _, r := range p.Records {
				checkPos(t, data, r.Pos, string(r.JSON))
				again, err := spec.Canonical(r.JSON)
				if err != nil || !bytes.Equal(again, r.JSON) {
					t.Errorf("%s is not canonical: %s, %v", r.JSON, again, err)
				}
				if r.Key == "" || r.Digest != spec.RecordDigest(r.Key, r.JSON) {
					t.Errorf("key %q, digest %s", r.Key, r.Digest)
				}
			}
			p2, problems2 := d.Parse(name, data)
			equal(t, problems.Error(), problems2.Error())
			equal(t, len(p.Records), len(p2.Records))
		}
	})
}

// checkPos checks that a position lies within a text. Columns count characters, and one
// past the last character is where an empty value stands.
func checkPos(t *testing.T, data []byte, at spec.Pos, what string) {
	t.Helper()
	if at.Line == 0 && at.Col == 0 {
		return // about the file as a whole
	}
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data)), "\n")
	if at.Line < 1 || at.Line > len(lines) || at.Col < 1 {
		t.Errorf("%s is outside of %d lines: %s", at, len(lines), what)
		return
	}
	if line := lines[at.Line-1]; utf8.ValidString(line) && at.Col > utf8.RuneCountInString(line)+1 {
		t.Errorf("%s is behind the end of its line %q: %s", at, line, what)
	}
}

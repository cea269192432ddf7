package spec_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/promoctl/promoctl/spec"
)

// TestStyleDoesNotMatter: records that are written in any style, with any order, quotes,
// comments and spelling of numbers and times, have the canonical JSON and the digest of
// what was meant.
func TestStyleDoesNotMatter(t *testing.T) {
	d := dataset(t, strictSchema)
	rapid.Check(t, func(t *rapid.T) {
		meant := rapid.SliceOfNDistinct(anyRecord(), 0, 5, func(r map[string]any) string { return r["id"].(string) }).Draw(t, "records")
		want := map[spec.Key]string{}
		for _, r := range meant {
			canonical, err := spec.CanonicalValue(r)
			if err != nil {
				t.Fatal(err)
			}
			want[spec.MakeKey(r["id"].(string))] = string(canonical)
		}
		name, text := "f.yaml", ""
		w := writer{t}
		if w.chance(30) {
			name, text = "f.json", w.json(w.shuffled(meant))
		} else {
			text = w.file(w.shuffled(meant))
		}
		p, problems := d.Parse(name, []byte(text))
		if len(problems) > 0 {
			t.Fatalf("%v in\n%s", problems, text)
		}
		var digest, wantDigest spec.DataDigest
		for _, r := range p.Records {
			if string(r.JSON) != want[r.Key] {
				t.Fatalf("%s: got %s, want %s from\n%s", r.Key, r.JSON, want[r.Key], text)
			}
			digest = digest.Add(r.Digest)
			if line := strings.Split(text, "\n")[r.Pos.Line-1]; r.Pos.Col < 1 || r.Pos.Col > len(line)+1 {
				t.Fatalf("%s is outside of\n%s", r.Pos, text)
			}
		}
		for key, canonical := range want {
			wantDigest = wantDigest.Add(spec.RecordDigest(key, []byte(canonical)))
		}
		if digest != wantDigest {
			t.Fatalf("%v, want %v", digest, wantDigest)
		}
	})
}

// TestCanonicalIsIdempotent: canonical text is its own canonical form, whatever it came from.
func TestCanonicalIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRecord().Draw(t, "record")
		once, err := spec.Canonical([]byte(writer{t}.json(r)))
		if err != nil {
			t.Fatal(err)
		}
		twice, err := spec.Canonical(once)
		if err != nil || string(once) != string(twice) {
			t.Fatalf("%s became %s, %v", once, twice, err)
		}
	})
}

var texts = rapid.OneOf(
	rapid.SampledFrom([]string{"0123", "1.10", "yes", "on", "null", "~", "", " ", "2026-11-11", "12:30", "1e3", "- a", "# x", "a: b", "a #b", "'", `"`, "\\", "{x}", "[x]", "&a", "*a", "!a", "%a", "@a", "`a", "|", ">", "?", ":", "<<", "=", ".", "...", "---", "价格 ✓", "😀", "a\nb", "\ta", "a\n\n b\n", "x\u2028y", "\u0085", "\ufeff", "\u007f"}),
	rapid.String().Filter(func(s string) bool { return !strings.ContainsRune(s, 0) }),
	rapid.StringMatching(`[a-z0-9][a-zA-Z0-9 _.-]{0,12}[a-z0-9]`),
)

// anyRecord generates records of strictSchema in canonical terms.
func anyRecord() *rapid.Generator[map[string]any] {
	number := rapid.Custom(func(t *rapid.T) json.Number {
		n := rapid.StringMatching(`-?(0|[1-9][0-9]{0,25})(\.[0-9]{0,8}[1-9])?`).Draw(t, "number")
		if n == "-0" {
			n = "0"
		}
		return json.Number(n)
	})
	return rapid.Custom(func(t *rapid.T) map[string]any {
		r := map[string]any{"id": rapid.StringMatching(`[a-zA-Z0-9/%._-]{1,8}`).Draw(t, "id")}
		maybe := func(name string, value func() any) {
			if rapid.Bool().Draw(t, "has "+name) {
				r[name] = value()
			}
		}
		maybe("text", func() any { return texts.Draw(t, "text") })
		maybe("maybe", func() any { return texts.Draw(t, "maybe") })
		maybe("number", func() any { return number.Draw(t, "number") })
		maybe("whole", func() any { return json.Number(fmt.Sprint(rapid.Int32().Draw(t, "whole"))) })
		maybe("flag", func() any { return rapid.Bool().Draw(t, "flag") })
		maybe("at", func() any {
			return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), rapid.SampledFrom([]int64{0, 5e8, 123456789}).Draw(t, "fraction")).UTC().Format(time.RFC3339Nano)
		})
		maybe("list", func() any {
			list := []any{}
			for _, s := range rapid.SliceOfN(texts, 0, 4).Draw(t, "list") {
				list = append(list, s)
			}
			return list
		})
		maybe("object", func() any { return map[string]any{"a": number.Draw(t, "a")} })
		maybe("any", func() any {
			return map[string]any{texts.Draw(t, "name") + "x": []any{nil, true, number.Draw(t, "n"), texts.Draw(t, "s")}}
		})
		return r
	})
}

// writer writes records in random styles.
type writer struct{ t *rapid.T }

func (w writer) chance(percent int) bool { return rapid.IntRange(0, 99).Draw(w.t, "chance") < percent }

func (w writer) shuffled(list []map[string]any) []any {
	var out []any
	for _, r := range rapid.Permutation(list).Draw(w.t, "order") {
		out = append(out, r)
	}
	return out
}

func (w writer) file(records []any) string {
	if len(records) == 0 {
		return rapid.SampledFrom([]string{"", "[]", "# none\n", "---\n"}).Draw(w.t, "empty")
	}
	if w.chance(20) {
		return w.flow(records) + w.comment() + "\n"
	}
	var b strings.Builder
	for _, r := range records {
		if w.chance(20) {
			b.WriteString(strings.TrimPrefix(w.comment(), " ") + "\n")
		}
		b.WriteString("-" + strings.Repeat(" ", rapid.IntRange(1, 3).Draw(w.t, "indent")))
		column := len(b.String()) - strings.LastIndexByte(b.String(), '\n') - 1
		if w.chance(20) {
			b.WriteString(w.flow(r) + w.comment() + "\n")
			continue
		}
		for i, name := range w.names(r.(map[string]any)) {
			if i > 0 {
				b.WriteString(strings.Repeat(" ", column))
			}
			fmt.Fprintf(&b, "%s: %s%s\n", name, w.value(name, r.(map[string]any)[name], column), w.comment())
		}
		if w.chance(20) { // null in an optional field is the same as leaving it out
			if _, has := r.(map[string]any)["maybe_number"]; !has {
				b.WriteString(strings.Repeat(" ", column) + rapid.SampledFrom([]string{"maybe_number: null", "maybe_number:", "maybe_number: ~"}).Draw(w.t, "null") + "\n")
			}
		}
	}
	return b.String()
}

func (w writer) names(r map[string]any) []string {
	return rapid.Permutation(slices.Sorted(maps.Keys(r))).Draw(w.t, "names")
}

func (w writer) comment() string {
	return rapid.SampledFrom([]string{"", "", "", " # was 5: cheaper, see #12", " #"}).Draw(w.t, "comment")
}

// value writes a value in block style where it has one.
func (w writer) value(name string, v any, column int) string {
	list, ok := v.([]any)
	if !ok || len(list) == 0 || w.chance(50) {
		return w.scalarOrFlow(name, v)
	}
	var b strings.Builder
	for _, item := range list {
		b.WriteString("\n" + strings.Repeat(" ", column+1) + "- " + w.scalarOrFlow(name, item))
	}
	return b.String()
}

func (w writer) scalarOrFlow(name string, v any) string {
	switch v := v.(type) {
	case json.Number:
		return w.number(v)
	case string:
		if name == "at" {
			return w.time(v)
		}
		return w.text(v, name != "any")
	}
	return w.flow(v)
}

// flow writes a value between brackets; strings in quotes.
func (w writer) flow(v any) string {
	switch v := v.(type) {
	case nil:
		return rapid.SampledFrom([]string{"null", "~"}).Draw(w.t, "null")
	case json.Number:
		return w.number(v)
	case []any:
		var parts []string
		for _, item := range v {
			parts = append(parts, w.flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, name := range w.names(v) {
			parts = append(parts, w.text(name, false)+": "+w.flow(v[name]))
		}
		return "{" + strings.Join(parts, ",  ") + "}"
	case string:
		return w.text(v, false)
	}
	return fmt.Sprint(v)
}

var plain = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9 _.-]*[a-zA-Z0-9])?$`)

// text writes a string plain where the schema makes it one, or in quotes.
func (w writer) text(s string, typed bool) string {
	if typed && plain.MatchString(s) && !strings.EqualFold(s, "null") && w.chance(60) {
		return s
	}
	if !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == 0x85 || r == 0xfeff || r == 0x2028 || r == 0x2029 || r > 0xd7ff && r < 0xe000 || r >= 0xfff0 && r < 0x10000 || r >= 0x80 && r < 0xa0
	}) && w.chance(50) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return quoted(s)
}

// quoted writes a string as YAML's double quotes take it: with the escapes of JSON, and
// what is invisible as an escape.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString("\\" + string(r))
		case r >= ' ' && r < 0x7f || r >= 0xa0 && r < 0x2000 || r >= 0x4e00 && r < 0xa000:
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, "\\U%08x", r)
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// number writes a number with an exponent or with zeros that carry nothing.
func (w writer) number(n json.Number) string {
	s := n.String()
	if whole, frac, ok := strings.Cut(s, "."); ok && w.chance(30) {
		return strings.TrimSuffix(whole+"."+frac+"000", "0") + rapid.SampledFrom([]string{"", "e0", "E+00", "e-0"}).Draw(w.t, "exponent")
	}
	if !strings.Contains(s, ".") && strings.HasSuffix(s, "0") && len(s) > 2 && w.chance(50) {
		return strings.TrimSuffix(s, "0") + "e1"
	}
	return s
}

// time writes an instant in some zone.
func (w writer) time(s string) string {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		w.t.Fatal(err)
	}
	offset := rapid.IntRange(-12*60, 14*60).Draw(w.t, "zone")
	return at.In(time.FixedZone("", offset*60)).Format(time.RFC3339Nano)
}

// json writes a value as JSON with random white space.
func (w writer) json(v any) string {
	space := rapid.SampledFrom([]string{"", " ", "\n", "\t", " \r\n "}).Draw(w.t, "space")
	switch v := v.(type) {
	case json.Number:
		return w.number(v)
	case []any:
		var parts []string
		for _, item := range v {
			parts = append(parts, w.json(item))
		}
		return "[" + space + strings.Join(parts, space+","+space) + "]"
	case map[string]any:
		var parts []string
		for _, name := range w.names(v) {
			value := w.json(v[name])
			if s, ok := v[name].(string); ok && name == "at" {
				value = `"` + w.time(s) + `"`
			}
			parts = append(parts, w.json(name)+space+":"+value)
		}
		return "{" + strings.Join(parts, ","+space) + space + "}"
	}
	b, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\ufeff", `\ufeff`)
}

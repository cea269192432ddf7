package spec_test

import (
	"testing"

	"github.com/promoctl/promoctl/spec"
)

func TestCarriesOver(t *testing.T) {
	field := func(name string, edit func(f *spec.Field)) spec.Field {
		f := spec.Field{Name: name, Type: spec.TypeString}
		if edit != nil {
			edit(&f)
		}
		return f
	}
	required := func(f *spec.Field) { f.Required = true }
	nullable := func(f *spec.Field) { f.Nullable = true }
	requiredNullable := func(f *spec.Field) { f.Required, f.Nullable = true, true }
	layout := func(fields ...spec.Field) spec.Layout {
		return spec.Layout{Key: []spec.KeyPart{{Name: "id", Column: "id", Field: true}}, Fields: append([]spec.Field{field("id", required)}, fields...)}
	}
	other := layout()
	other.Key[0].Name = "sku"
	for _, c := range []struct {
		name   string
		is, to spec.Layout
		want   bool
	}{
		{"the same", layout(field("a", nil)), layout(field("a", nil)), true},
		{"a field more", layout(), layout(field("a", nil)), true},
		{"a required field more", layout(), layout(field("a", required)), true}, // every record changes
		{"an optional field less", layout(field("a", nil)), layout(), true},
		{"a required field less", layout(field("a", required)), layout(), false},
		{"another type", layout(field("a", nil)), layout(field("a", func(f *spec.Field) { f.Type = spec.TypeNumber })), false},
		{"another owner", layout(field("a", nil)), layout(field("a", func(f *spec.Field) { f.Owner = spec.OwnerShop })), false},
		{"git is the owner by default", layout(field("a", nil)), layout(field("a", func(f *spec.Field) { f.Owner = spec.OwnerGit })), true},
		{"sensitive from now on", layout(field("a", nil)), layout(field("a", func(f *spec.Field) { f.Sensitive = true })), true},
		{"required from now on", layout(field("a", nil)), layout(field("a", required)), true},
		{"optional from now on", layout(field("a", required)), layout(field("a", nil)), false},
		{"nullable from now on", layout(field("a", required)), layout(field("a", requiredNullable)), false},
		{"null changes its meaning", layout(field("a", nullable)), layout(field("a", requiredNullable)), false},
		{"another key", layout(), other, false},
	} {
		if got := c.is.CarriesOver(c.to); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestLayoutLookups(t *testing.T) {
	coupon, price := built(t, "coupon").Layout, built(t, "price").Layout
	equal(t, &spec.Field{Name: "code", Type: spec.TypeString, Sensitive: true}, coupon.Field("code"))
	if coupon.Field("cod") != nil || !coupon.Sensitive() || price.Sensitive() {
		t.Error("wrong about fields")
	}
}

func TestDatasetsThatReferToEachOther(t *testing.T) {
	p := load(t, files{
		spec.PipelineFile: pipelineText("  - {name: products, files: [a], kind: product}\n  - {name: prices, files: [b], kind: price}\n  - {name: own, files: [b], schema: own.json}\n  - {name: alone, files: [\"b\", \"!c\"], key: [id]}\n  - {name: named, files: [\"b\", \"!c\"], key: [id]}\n"),
		"own.json":        object(`"of": {"type": "string", "x-ref": {"dataset": "named"}}`),
	})
	for name, want := range map[string]bool{"products": true, "prices": true, "own": true, "alone": false, "named": true} {
		if got := p.Linked(p.Dataset(name)); got != want {
			t.Errorf("Linked(%s) = %v", name, got)
		}
	}
	same := func(a, b string) bool { return p.Dataset(a).SameFiles(p.Dataset(b)) }
	equal(t, []bool{true, false, false, true}, []bool{same("prices", "own"), same("prices", "products"), same("prices", "alone"), same("alone", "named")})
	equal(t, 1, len(p.Targets(&spec.RefTarget{Kind: "product"})))
	equal(t, 0, len(p.Targets(&spec.RefTarget{Kind: "stock"})))
}

func TestProblemsAreSortedAndSplit(t *testing.T) {
	var ps spec.Problems
	if ps.Err() != nil {
		t.Error("no problem is an error")
	}
	ps.Addf(spec.Pos{File: "b", Line: 2, Col: 1}, "x", "%q is wrong; write %s", "a; b", "c; d")
	ps.Addf(spec.Pos{File: "a", Line: 10, Col: 1}, "", "no remedy")
	ps.Addf(spec.Pos{File: "a", Line: 9, Col: 12}, "y", `"\"; " has quotes; mend it`)
	ps.Addf(spec.Pos{File: "a", Line: 9, Col: 2}, "y", "said twice")
	ps.Addf(spec.Pos{File: "a", Line: 9, Col: 2}, "y", "said twice")
	ps.Addf(spec.Pos{File: "a"}, "", "about the file")
	ps.Sort()
	equal(t, lines(
		"a: about the file", "a:9:2: y: said twice", `a:9:12: y: "\"; " has quotes; mend it`, "a:10:1: no remedy", `b:2:1: x: "a; b" is wrong; write c; d`,
	), ps.Err().Error())
	equal(t, []string{`"\"; " has quotes`, "mend it"}, []string{ps[2].What, ps[2].Fix})
	equal(t, []string{`"a; b" is wrong`, "write c; d"}, []string{ps[4].What, ps[4].Fix})
}

func TestRecordFields(t *testing.T) {
	r := spec.NewRecord("k", []byte(`{"a":12345678901234567890.5,"b":[null]}`))
	fields := r.Fields()
	fields["c"] = "changed"
	again := r.Fields()
	if len(again) != 2 {
		t.Errorf("the record changed: %v", again)
	}
	got, err := spec.CanonicalValue(again)
	if err != nil || string(got) != string(r.JSON) {
		t.Errorf("%s, %v", got, err)
	}
}

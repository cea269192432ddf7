package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/promoctl/promoctl/spec"
)

func fidelityChecks() []check {
	checks := []check{
		{"records of 5,000 keys at once", manyRecords},
		{"large values", largeValues},
	}
	for _, f := range forms() {
		checks = append(checks, check{"records are held byte for byte: " + f.name, f.check})
	}
	return checks
}

// form is a layout with records that are hard to hold in it.
type form struct {
	name    string
	layout  spec.Layout
	records Records
}

// check releases the records, one by one changed and deleted, and back.
func (f form) check(t testing.TB, s Suite) {
	full := Content{"things": {Layout: f.layout, Records: f.records}}
	empty := Content{"things": {Layout: f.layout}}
	r := serving(t, s, full)
	r.expect("created")
	half := full
	i := 0
	for k := range f.records {
		if i++; i%2 == 0 {
			half = half.With("things", k, "")
		}
	}
	r.release(half)
	r.expect("half of it deleted")
	r.release(full)
	r.expect("full again")
	r.release(empty)
	r.expect("deleted")
	r.release(full)
	r.expect("created again")
}

// canonical returns the canonical form of hand-written JSON.
func canonical(text string) string {
	b, err := spec.Canonical([]byte(text))
	if err != nil {
		panic(fmt.Sprintf("storetest: fixture %s: %v", text, err))
	}
	return string(b)
}

// texts are strings that SQL, file names, JSON or a collation could mistake.
func texts() []string {
	return []string{
		"plain", "UPPER", "upper", "with space", "a/b", "a%2Fb", "100%", "%", "/", "//", "..", ".", "~",
		`'; DROP TABLE prices; --`, `"quoted"`, "`backtick`", `back\slash`, "semi;colon", "a,b", "a=b&c?d#e",
		"{brace}", "[0]", "<b>&amp;</b>", "$1", "?", ":name", "%s%d", "*", "NULL", "null", "true", "0", "0123", "1e3", "-0",
		"尺寸", "Größe", "résumé", "naïve", "İstanbul", "ß", "ss", "ﬁ", "\u2028\u2029", "😀", "👨‍👩‍👧", "\ufeffbom", "e\u0301",
		strings.Repeat("long", 50),
	}
}

// manyRecords is a release of the size of a sale, and an edit of a part of it.
func manyRecords(t testing.TB, s Suite) {
	const n = 5000
	r := begin(t, s)
	full := manyPrices(n, "19.99")
	r.release(full)
	r.expect("created")
	edited := Records{}
	for k, v := range full["prices"].Records {
		edited[k] = v
	}
	for i := 0; i < n; i += 2 {
		sku := "SKU-" + digits(i)
		edited[spec.MakeKey(sku)] = price(sku, "9.99")
		if i%10 == 0 {
			delete(edited, spec.MakeKey(sku))
		}
	}
	for i := range 100 {
		k, v := moreKeys(i)
		edited[k] = v
	}
	r.release(Content{"prices": {Layout: priceLayout(), Records: edited}})
	r.expect("edited")
	r.release(full)
	r.expect("back")
}

func largeValues(t testing.TB, s Suite) {
	big := strings.Repeat(`0123456789 "quoted" \ 尺寸 `, 40_000) // more than a megabyte
	quoted, err := spec.CanonicalValue(big)
	if err != nil {
		t.Fatal(err)
	}
	l := spec.Layout{Key: key("id"), Fields: []spec.Field{
		{Name: "id", Type: spec.TypeString, Required: true},
		{Name: "list", Type: spec.TypeJSON},
		{Name: "text", Type: spec.TypeString},
	}}
	records := Records{
		"text":  fmt.Sprintf(`{"id":"text","text":%s}`, quoted),
		"list":  fmt.Sprintf(`{"id":"list","list":[%s,%s]}`, quoted, quoted),
		"small": `{"id":"small","text":""}`,
	}
	c := Content{"things": {Layout: l, Records: records}}
	r := serving(t, s, c)
	r.expect("created")
	r.release(c.With("things", "text", `{"id":"text","text":"short now"}`))
	r.expect("shortened")
	r.release(c)
	r.expect("long again")
}

package storetest

import (
	"fmt"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// forms lists layouts with records that are hard to hold in them.
func forms() []form {
	return []form{
		textKeys(), compositeKeys(), integerKeys(), documentKeys(), nestedKeys(),
		everyType(), nullable(), openRecords(), bareRecords(), oddNames(),
	}
}

func quote(s string) string {
	b, _ := spec.CanonicalValue(s) // a string is always fine
	return string(b)
}

func textKeys() form {
	f := form{name: "keys of any text", records: Records{}, layout: spec.Layout{
		Key: key("id"),
		Fields: []spec.Field{
			{Name: "id", Type: spec.TypeString, Required: true},
			{Name: "text", Type: spec.TypeString},
		},
	}}
	for _, text := range texts() {
		f.records[spec.MakeKey(text)] = fmt.Sprintf(`{"id":%s,"text":%s}`, quote(text), quote(text))
	}
	return f
}

// compositeKeys has parts that sort otherwise than their keys do, and parts that
// would collide if they were joined without care.
func compositeKeys() form {
	f := form{name: "composite keys", records: Records{}, layout: spec.Layout{
		Key: key("sku", "region"),
		Fields: []spec.Field{
			{Name: "n", Type: spec.TypeInteger, Required: true},
			{Name: "region", Type: spec.TypeString, Required: true},
			{Name: "sku", Type: spec.TypeString, Required: true},
		},
	}}
	pairs := [][2]string{
		{"a", "b"}, {"a!", "b"}, {"a", "b/c"}, {"a/b", "c"}, {"a%2Fb", "c"}, {"ab", "c"}, {"a", "bc"},
		{"a b", "c"}, {"A", "b"}, {"a", "B"}, {"尺", "寸"}, {"尺寸", "x"}, {"0", "1"}, {"00", "1"},
	}
	for i, p := range pairs {
		f.records[spec.MakeKey(p[0], p[1])] = fmt.Sprintf(`{"n":%d,"region":%s,"sku":%s}`, i, quote(p[1]), quote(p[0]))
	}
	return f
}

// integerKeys sort as numbers in a column and as text in a key.
func integerKeys() form {
	f := form{name: "keys of numbers", records: Records{}, layout: spec.Layout{
		Key: key("tier", "sku"),
		Fields: []spec.Field{
			{Name: "sku", Type: spec.TypeString, Required: true},
			{Name: "tier", Type: spec.TypeInteger, Required: true},
		},
	}}
	for _, tier := range []string{"-5", "-10", "0", "1", "9", "10", "100", "9223372036854775807", "-9223372036854775808"} {
		f.records[spec.MakeKey(tier, "s")] = fmt.Sprintf(`{"sku":"s","tier":%s}`, tier)
	}
	return f
}

// documentKeys has a part that is not in the record at all.
func documentKeys() form {
	f := form{name: "key parts of the enclosing document", records: Records{}, layout: spec.Layout{
		Key: []spec.KeyPart{{Name: "$file.vendor", Column: "file_vendor"}, {Name: "id", Column: "id", Field: true}},
		Fields: []spec.Field{
			{Name: "id", Type: spec.TypeString, Required: true},
			{Name: "input", Type: spec.TypeNumber},
		},
	}}
	for _, vendor := range []string{"acme", "acme/eu", "ACME", "量"} {
		for _, id := range []string{"small", "large", "x/y"} {
			f.records[spec.MakeKey(vendor, id)] = fmt.Sprintf(`{"id":%s,"input":0.075}`, quote(id))
		}
	}
	return f
}

// nestedKeys has a part that stands inside an object of the record.
func nestedKeys() form {
	f := form{name: "nested key parts", records: Records{}, layout: spec.Layout{
		Key: []spec.KeyPart{{Name: "sku", Column: "sku", Field: true}, {Name: "window.start", Column: "window_start"}},
		Fields: []spec.Field{
			{Name: "sku", Type: spec.TypeString, Required: true},
			{Name: "window", Type: spec.TypeJSON, Required: true},
		},
	}}
	for _, at := range []string{"2026-11-10T16:00:00Z", "2026-11-11T16:00:00.5Z"} {
		f.records[spec.MakeKey("SKU-1", at)] = fmt.Sprintf(`{"sku":"SKU-1","window":{"end":null,"start":%q}}`, at)
	}
	return f
}

func everyType() form {
	f := form{name: "all field types", records: Records{}, layout: spec.Layout{
		Key: key("id"),
		Fields: []spec.Field{
			{Name: "flag", Type: spec.TypeBoolean},
			{Name: "id", Type: spec.TypeString, Required: true},
			{Name: "integer", Type: spec.TypeInteger},
			{Name: "json", Type: spec.TypeJSON},
			{Name: "number", Type: spec.TypeNumber},
			{Name: "text", Type: spec.TypeString, Sensitive: true},
			{Name: "time", Type: spec.TypeTime},
		},
	}}
	values := map[string][]string{
		"flag":    {"true", "false"},
		"integer": {"0", "-1", "9223372036854775807", "-9223372036854775808"},
		"json": {
			`{}`, `[]`, `{"a":[1,{"b":null}],"z":"尺寸"}`, `[1.5,"1.5",true,null,[[]]]`, `"text"`, `"null"`, `""`, `7`, `0.1`, `true`,
		},
		"number": {
			"0", "1", "-1", "0.1", "-0.001", "19.99", "1.1", "1000", "10000000000000000000000",
			"12345678901234567890.123456789", "0.000000000000000000001", "9007199254740993", "-123456789012345678901234567890.5",
		},
		"time": {`"2026-11-11T00:00:00Z"`, `"2026-11-11T00:00:00.123456789Z"`, `"0001-01-01T00:00:00Z"`, `"9999-12-31T23:59:59Z"`},
	}
	for _, text := range append(texts(), "", "\t\n\r\x01\x1f") {
		values["text"] = append(values["text"], quote(text))
	}
	for field, list := range values {
		for i, v := range list {
			id := fmt.Sprintf("%s-%d", field, i)
			f.records[spec.MakeKey(id)] = canonical(fmt.Sprintf(`{"id":%q,%q:%s}`, id, field, v))
		}
	}
	f.records["none"] = `{"id":"none"}`
	f.records["all"] = canonical(`{"id":"all","flag":false,"integer":0,"json":{},"number":0,"text":"","time":"2026-11-11T00:00:00Z"}`)
	return f
}

// nullable has fields whose null is kept because they are required, next to optional
// ones, which are absent instead, and to texts that look like null.
func nullable() form {
	f := form{name: "null in required nullable fields", records: Records{}, layout: spec.Layout{Key: key("id")}}
	f.layout.Fields = append(f.layout.Fields, spec.Field{Name: "id", Type: spec.TypeString, Required: true})
	types := []spec.FieldType{spec.TypeString, spec.TypeInteger, spec.TypeNumber, spec.TypeBoolean, spec.TypeTime, spec.TypeJSON}
	values := []string{`"null"`, "0", "0.5", "false", `"2026-11-11T00:00:00Z"`, `"null"`}
	var nulls, full []string
	for i, typ := range types {
		name := fmt.Sprintf("n%d", i)
		f.layout.Fields = append(f.layout.Fields, spec.Field{Name: name, Type: typ, Required: true, Nullable: true})
		nulls = append(nulls, fmt.Sprintf("%q:null", name))
		full = append(full, fmt.Sprintf("%q:%s", name, values[i]))
	}
	f.layout.Fields = append(f.layout.Fields, spec.Field{Name: "optional", Type: spec.TypeString, Nullable: true})
	f.records["nulls"] = canonical(`{"id":"nulls",` + strings.Join(nulls, ",") + `}`)
	f.records["full"] = canonical(`{"id":"full","optional":"null",` + strings.Join(full, ",") + `}`)
	f.records["mixed"] = canonical(`{"id":"mixed","optional":"",` + strings.Join(nulls[:3], ",") + "," + strings.Join(full[3:], ",") + `}`)
	return f
}

func openRecords() form {
	return form{name: "open layouts", layout: spec.Layout{
		Key: key("id"), Open: true,
		Fields: []spec.Field{
			{Name: "id", Type: spec.TypeString, Required: true},
			{Name: "n", Type: spec.TypeNumber},
		},
	}, records: Records{
		"declared": `{"id":"declared","n":1.5}`,
		"free":     canonical(`{"id":"free","":"empty name","a b":1,"A":2,"a":3,"尺寸":"m","ID":"other","big":12345678901234567890.5}`),
		"nested":   canonical(`{"id":"nested","n":2,"x":{"y":{"z":[null,true,"'"]}}}`),
		"null":     `{"gone":null,"id":"null"}`,
		"odd":      canonical(`{"id":"odd","_extra":{"a":1},"key":"k","record":"r","json":"j","digest":"d","\"quoted\"":1}`),
	}}
}

// bareRecords has no declared field but what the open layout lets in.
func bareRecords() form {
	return form{name: "untyped records with a document key", layout: spec.Layout{
		Key:  []spec.KeyPart{{Name: "$file.name", Column: "file_name"}},
		Open: true,
	}, records: Records{
		"a":                 `{}`,
		"b":                 `{"a":[],"b":{}}`,
		spec.MakeKey("c/d"): `{"file_name":"not the key"}`,
		"e%2F":              `{"x":"y"}`,
	}}
}

// oddNames has fields named like words of SQL, and with capitals.
func oddNames() form {
	f := form{name: "fields with odd names", layout: spec.Layout{Key: key("key")}, records: Records{}}
	names := []string{"Group", "desc", "group_id", "index", "key", "limit", "op", "order", "rowid_", "select", "table", "value", "with-dash", "x.y", "尺寸"}
	var members []string
	for i, n := range names {
		f.layout.Fields = append(f.layout.Fields, spec.Field{Name: n, Type: spec.TypeString, Required: n == "key"})
		if n != "key" {
			members = append(members, fmt.Sprintf("%q:\"%d\"", n, i))
		}
	}
	f.records["all"] = canonical(`{"key":"all",` + strings.Join(members, ",") + `}`)
	f.records["none"] = `{"key":"none"}`
	return f
}

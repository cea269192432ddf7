package sqlstore

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/promoctl/promoctl/spec"
)

// Any record that an open layout may hold comes back from its columns byte by byte.
func TestRecordsSurviveTheirColumns(t *testing.T) {
	l := spec.Layout{
		Key:  []spec.KeyPart{{Name: "id", Column: "id", Field: true}, {Name: "$file.x", Column: "file_x"}},
		Open: true,
		Fields: []spec.Field{
			{Name: "flag", Type: spec.TypeBoolean},
			{Name: "id", Type: spec.TypeString, Required: true},
			{Name: "int", Type: spec.TypeInteger, Required: true, Nullable: true},
			{Name: "json", Type: spec.TypeJSON, Nullable: true},
			{Name: "mine", Type: spec.TypeInteger, Owner: spec.OwnerShop},
			{Name: "num", Type: spec.TypeNumber},
			{Name: "text", Type: spec.TypeString, Required: true, Nullable: true},
		},
	}
	sh, err := newShape(&sqliteDialect{}, "t", l)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		id, x := rapid.String().Draw(t, "id"), rapid.String().Draw(t, "x")
		fields := drawObject(t, 2)
		delete(fields, "mine")
		fields["id"] = id
		maybe := func(name string, draw func() any) {
			if delete(fields, name); rapid.Bool().Draw(t, name+" is there") {
				fields[name] = draw()
			}
		}
		maybe("flag", func() any { return rapid.Bool().Draw(t, "flag") })
		maybe("num", func() any { return json.Number(fmt.Sprint(rapid.IntRange(-1e9, 1e9).Draw(t, "num")) + ".25") })
		maybe("json", func() any { return drawValue(t, 2) })
		fields["int"], fields["text"] = nil, nil
		if rapid.Bool().Draw(t, "not null") {
			fields["int"] = json.Number(fmt.Sprint(rapid.Int64().Draw(t, "int")))
			fields["text"] = rapid.String().Draw(t, "text")
		}
		canonical, err := spec.CanonicalValue(fields)
		if err != nil {
			t.Fatal(err)
		}
		want := spec.NewRecord(spec.MakeKey(id, x), canonical)
		values, err := sh.encode(nil, &want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, sh.decode(values)); diff != "" {
			t.Fatalf("record (-want +got):\n%s", diff)
		}
	})
}

func drawObject(t *rapid.T, depth int) map[string]any {
	object := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "members") {
		object[rapid.String().Draw(t, "name")] = drawValue(t, depth-1)
	}
	return object
}

func drawValue(t *rapid.T, depth int) any {
	kinds := 5
	if depth > 0 {
		kinds = 7
	}
	switch rapid.IntRange(1, kinds).Draw(t, "kind") {
	case 1:
		return nil
	case 2:
		return rapid.Bool().Draw(t, "bool")
	case 3:
		return json.Number(fmt.Sprint(rapid.Int64().Draw(t, "number")))
	case 4, 5:
		return rapid.String().Draw(t, "string")
	case 6:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			list = append(list, drawValue(t, depth-1))
		}
		return list
	}
	return drawObject(t, depth)
}

func TestMembersOfWhatIsNotCanonical(t *testing.T) {
	for _, text := range []string{
		``, `{`, `}`, `null`, `[]`, `{"a"}`, `{"a":}`, `{"a":,"b":1}`, `{"a":1 "b":2}`, `{"a" :1}`, `{"a":"x" }`,
		`{"a":[1}`, `{"a":]}`, `{"a":"x}`, `{a:1}`, `{"a":1,,"b":2}`, `{"a\":1}`, `{"\x":1}`, `{"a":1]}`,
	} {
		err := eachMember([]byte(text), func(string, []byte) error { return nil })
		if err == nil {
			t.Errorf("%s: got no error", text)
		}
	}
}

// What a column should not hold compares as different and still is JSON.
func TestMisfitsAreShown(t *testing.T) {
	tests := []struct {
		typ   spec.FieldType
		value any
		want  string
	}{
		{spec.TypeString, int64(5), `"int64:5"`},
		{spec.TypeString, []byte("ab"), `"blob:6162"`},
		{spec.TypeInteger, "many", `"many"`},
		{spec.TypeInteger, 1.5, `"float64:1.5"`},
		{spec.TypeNumber, "1.50", `1.50`},
		{spec.TypeNumber, "cheap", `"cheap"`},
		{spec.TypeNumber, "-", `"-"`},
		{spec.TypeNumber, 1.5, `"float64:1.5"`},
		{spec.TypeNumber, int64(2), `"int64:2"`},
		{spec.TypeBoolean, int64(7), `7`},
		{spec.TypeBoolean, "true", `"true"`},
		{spec.TypeJSON, `{"a": 1}`, `{"a": 1}`},
		{spec.TypeJSON, `{"a"`, `"{\"a\""`},
		{spec.TypeTime, int64(0), `"int64:0"`},
	}
	for _, test := range tests {
		c := column{typ: test.typ}
		got := string(c.json(test.value))
		if got != test.want || !json.Valid([]byte(got)) {
			t.Errorf("%s column with %T %v: %s, want %s", test.typ, test.value, test.value, got, test.want)
		}
	}
}

package objectstore

import (
	"bytes"
	"encoding/json"

	"github.com/promoctl/promoctl/spec"
)

// withoutShop returns a record without the fields that the shop owns. promoctl never
// writes them into an object; this is for objects that somebody else edited.
func withoutShop(record []byte, l *spec.Layout) []byte {
	if !mentionsShop(record, l) {
		return record
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(record, &fields) != nil {
		return record // shown as it is
	}
	before := len(fields)
	for _, f := range l.Fields {
		if f.Owner == spec.OwnerShop {
			delete(fields, f.Name)
		}
	}
	if len(fields) == before {
		return record
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if enc.Encode(fields) != nil {
		return record
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// mentionsShop reports whether the name of such a field stands anywhere in the record.
func mentionsShop(record []byte, l *spec.Layout) bool {
	for _, f := range l.Fields {
		if f.Owner == spec.OwnerShop && bytes.Contains(record, []byte(f.Name)) {
			return true
		}
	}
	return false
}

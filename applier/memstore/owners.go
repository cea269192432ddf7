package memstore

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/promoctl/promoctl/spec"
)

// splitOwners parts a record into what Git owns and what the shop owns. Without
// fields of the shop the first is the record itself, byte for byte, and the second nil.
func splitOwners(canonical []byte, layout spec.Layout) (git, shop []byte, err error) {
	var owned []string
	for _, f := range layout.Fields {
		if f.Owner == spec.OwnerShop {
			owned = append(owned, f.Name)
		}
	}
	if canonical == nil || len(owned) == 0 {
		return canonical, nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(canonical))
	d.UseNumber()
	var gits map[string]any
	if err := d.Decode(&gits); err != nil {
		return nil, nil, fmt.Errorf("read record: %w", err)
	}
	shops := map[string]any{}
	for _, name := range owned {
		if v, ok := gits[name]; ok {
			shops[name] = v
			delete(gits, name)
		}
	}
	if len(shops) == 0 {
		return canonical, nil, nil
	}
	if git, err = spec.CanonicalValue(gits); err != nil {
		return nil, nil, fmt.Errorf("write record: %w", err)
	}
	if shop, err = spec.CanonicalValue(shops); err != nil {
		return nil, nil, fmt.Errorf("write the shop's fields: %w", err)
	}
	return git, shop, nil
}

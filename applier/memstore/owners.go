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
	var all map[string]json.RawMessage
	if err := json.Unmarshal(canonical, &all); err != nil {
		return nil, nil, fmt.Errorf("read record: %w", err)
	}
	shops := map[string]json.RawMessage{}
	for _, name := range owned {
		if v, ok := all[name]; ok {
			shops[name] = v
			delete(all, name)
		}
	}
	if len(shops) == 0 {
		return canonical, nil, nil
	}
	if git, err = encode(all); err != nil {
		return nil, nil, err
	}
	shop, err = encode(shops)
	return git, shop, err
}

// encode writes members sorted by name and leaves their values as they are.
func encode(members map[string]json.RawMessage) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(members); err != nil {
		return nil, fmt.Errorf("write record: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bojanz/currency"
)

// promoctl's own keywords of a schema. A misspelt or misplaced one is an error: a field
// that was meant to be sensitive must not pass as an ordinary one.

// keyword reads one of them into t.
func keyword(t *Type, name string, v any) error {
	switch name {
	case "x-key", "x-cap":
		return nil // of the schema as a whole
	case "x-price":
		return boolKeyword(name, v, &t.price)
	case "x-sensitive":
		return boolKeyword(name, v, &t.sensitive)
	case "x-owner":
		if v != string(OwnerShop) && v != string(OwnerGit) {
			return fmt.Errorf("x-owner: got %v; write \"shop\" or \"git\"", v)
		}
		t.owner = Owner(v.(string))
		return nil
	case "x-money":
		t.money = &moneyRule{}
		return moneyKeyword(name, v, t.money)
	case "x-ref":
		t.ref = &RefTarget{}
		err := objectKeyword(name, v, t.ref)
		if err == nil && (t.ref.Kind == "") == (t.ref.Dataset == "") {
			err = fmt.Errorf("x-ref: write {\"kind\": KIND} or {\"dataset\": NAME}")
		}
		return err
	}
	return fmt.Errorf("unknown keyword %s; promoctl knows x-key, x-cap, x-money, x-price, x-sensitive, x-owner and x-ref", name)
}

func moneyKeyword(name string, v any, to *moneyRule) error {
	err := objectKeyword(name, v, to)
	switch {
	case err != nil:
		return err
	case (to.Currency == "") == (to.Code == ""):
		return fmt.Errorf("x-money: write {\"currency\": FIELD} or {\"code\": \"CNY\"}")
	case to.Code != "" && !currency.IsValid(to.Code):
		return fmt.Errorf("x-money: %q is not a currency code of ISO 4217; write one such as CNY", to.Code)
	}
	return nil
}

func boolKeyword(name string, v any, to *bool) error {
	b, ok := v.(bool)
	if !ok {
		return fmt.Errorf("%s: got %v; write true or false", name, v)
	}
	*to = b
	return nil
}

func objectKeyword(name string, v any, to any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// settleKeywords checks that a value can be what the keywords say of it. What is said
// of a list is meant of its items.
func settleKeywords(t *Type) error {
	const number = kindNumber | kindInteger
	if t.kinds&^kindNull == kindArray && (t.money != nil || t.price || t.ref != nil) {
		item := firstOf(t.items, &Type{kinds: kindAny}).clone()
		item.annotate(&Type{money: t.money, price: t.price, ref: t.ref})
		t.items, t.money, t.price, t.ref = item, nil, false, nil
		return settleKeywords(item)
	}
	switch {
	case t.money != nil && !t.kinds.has(number):
		return fmt.Errorf("x-money: an amount is a number; write \"type\": \"number\"")
	case t.price && !t.kinds.has(number):
		return fmt.Errorf("x-price: a price is a number; write \"type\": \"number\"")
	case t.ref != nil && !t.kinds.has(number|kindString):
		return fmt.Errorf("x-ref: a reference is a text or a number; write \"type\": \"string\"")
	}
	return nil
}

// checkKeywords looks for keywords of promoctl in all of a schema, also where no type
// is built from and they would have no effect.
func checkKeywords(schema any, at string, dead string) error {
	s, ok := schema.(map[string]any)
	if !ok {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if err := checkKeyword(s, name, at, dead); err != nil {
			return err
		}
	}
	return nil
}

func checkKeyword(s map[string]any, name, at, dead string) error {
	switch v := s[name].(type) {
	case map[string]any:
		switch name {
		case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas":
			for _, member := range slices.Sorted(maps.Keys(v)) {
				if err := checkKeywords(v[member], joinPath(at, member), dead); err != nil {
					return err
				}
			}
			return nil
		case "items", "additionalItems", "additionalProperties", "then", "else":
			return checkKeywords(v, at, dead)
		case "if", "not", "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems":
			return checkKeywords(v, at, name)
		}
	case []any:
		switch name {
		case "allOf", "anyOf", "oneOf", "prefixItems", "items":
			for _, schema := range v {
				if err := checkKeywords(schema, at, dead); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return checkOwnKeyword(name, s[name], at, dead)
}

func checkOwnKeyword(name string, v any, at, dead string) error {
	if !strings.HasPrefix(name, "x-") {
		return nil
	}
	where := ""
	if at != "" {
		where = at + ": "
	}
	switch {
	case dead != "":
		return fmt.Errorf("%s%s has no effect below %q; put it where the field is declared", where, name, dead)
	case at != "" && (name == "x-key" || name == "x-cap"):
		return fmt.Errorf("%s%s is about the whole record; put it at the top of the schema", where, name)
	}
	if err := keyword(&Type{}, name, v); err != nil {
		return fmt.Errorf("%s%w", where, err)
	}
	return nil
}

package storetest

import (
	"fmt"

	"github.com/promoctl/promoctl/spec"
)

// key makes the key parts of top-level fields.
func key(fields ...string) []spec.KeyPart {
	var parts []spec.KeyPart
	for _, f := range fields {
		parts = append(parts, spec.KeyPart{Name: f, Column: f, Field: true})
	}
	return parts
}

// priceLayout is the plain case: one key, a few typed fields.
func priceLayout() spec.Layout {
	return spec.Layout{Key: key("sku"), Fields: []spec.Field{
		{Name: "active", Type: spec.TypeBoolean},
		{Name: "currency", Type: spec.TypeString, Required: true},
		{Name: "price", Type: spec.TypeNumber, Required: true},
		{Name: "sku", Type: spec.TypeString, Required: true},
		{Name: "start", Type: spec.TypeTime},
		{Name: "tags", Type: spec.TypeJSON},
	}}
}

// stockLayout has a composite key and a field that the shop owns.
func stockLayout() spec.Layout {
	return spec.Layout{Key: key("sku", "location"), Fields: []spec.Field{
		{Name: "allocated", Type: spec.TypeInteger, Required: true},
		{Name: "limit", Type: spec.TypeInteger, Required: true, Nullable: true},
		{Name: "location", Type: spec.TypeString, Required: true},
		{Name: "remaining", Type: spec.TypeInteger, Owner: spec.OwnerShop},
		{Name: "sku", Type: spec.TypeString, Required: true},
	}}
}

// price returns a record of priceLayout.
func price(sku, amount string) string {
	return fmt.Sprintf(`{"active":true,"currency":"CNY","price":%s,"sku":%q,"tags":["sale",%q]}`, amount, sku, sku)
}

// stock returns a key and a record of stockLayout.
func stock(sku, location string, allocated int) (spec.Key, string) {
	return spec.MakeKey(sku, location),
		fmt.Sprintf(`{"allocated":%d,"limit":null,"location":%q,"sku":%q}`, allocated, location, sku)
}

// sale returns n prices and n/4 stocks. Every record differs from version to version,
// and each version lacks some records that others have.
func sale(n, version int) Content {
	prices, stocks := Records{}, Records{}
	for i := range n {
		sku := fmt.Sprintf("SKU-%05d", i)
		if i%10 != version%10 {
			prices[spec.MakeKey(sku)] = price(sku, fmt.Sprintf("%d.%d5", 10+i, version%10))
		}
		if i%4 == 0 {
			k, v := stock(sku, "hangzhou", i+version)
			stocks[k] = v
		}
	}
	return Content{
		"prices": {Layout: priceLayout(), Records: prices},
		"stocks": {Layout: stockLayout(), Records: stocks},
	}
}

// short returns few of a count in short mode.
func short(isShort bool, long, few int) int {
	if isShort {
		return few
	}
	return long
}

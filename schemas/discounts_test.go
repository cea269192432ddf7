package schemas_test

import "testing"

const goodPromotion = `{
	"id": "d11-300-50", "title": "50 off every 300", "currency": "CNY",
	"discount": {"type": "spend_and_save", "steps": [{"spend": 300, "save": 50}], "repeat": true},
	"applies_to": {"everything": true}, "priority": 10, "stackable": true,
	"starts_at": "2026-11-11T00:00:00+08:00", "ends_at": "2026-11-12T00:00:00+08:00"}`

func TestPromotion(t *testing.T) {
	check(t, compile(t, "promotion.json"), goodPromotion, []instance{
		{"everything", `{
			"titles": {"zh-CN": "每满300减50"}, "enabled": false,
			"applies_to": {"skus": ["A"], "categories": ["beauty"], "brands": ["Lumeya"], "tags": ["hero"],
				"exclude_skus": ["B"], "exclude_categories": ["beauty/tools"], "exclude_tags": ["outlet"]},
			"conditions": {"min_spend": 300, "min_quantity": 2, "channels": ["app"], "regions": ["CN"],
				"member_tiers": ["gold"], "customers": "new", "payment_methods": ["alipay"]},
			"total_limit": 1000, "per_customer_limit": 2, "per_order_limit": 1, "budget": 500000,
			"exclusive_group": "store-wide", "stacks_with_coupons": true, "tags": ["d11"], "note": "as last year"}`, ""},
		{"no end", `{"ends_at": null}`, "/ required"},
		{"no word about stacking", `{"stackable": null}`, "/ required"},
		{"zone missing", `{"ends_at": "2026-11-12T00:00:00"}`, "/ends_at format"},
		{"id with a space", `{"id": "d11 300"}`, "/id pattern"},
		{"targets nothing", `{"applies_to": {"everything": null, "exclude_tags": ["x"]}}`, "/applies_to anyOf"},
		{"targets an empty list", `{"applies_to": {"skus": []}}`, "/applies_to/skus minItems"},
		{"everything denied", `{"applies_to": {"everything": false}}`, "/applies_to/everything const"},
		{"no condition", `{"conditions": {}}`, "/conditions minProperties"},
		{"customers unknown", `{"conditions": {"customers": "all"}}`, "/conditions/customers enum"},
		{"limit of zero", `{"total_limit": 0}`, "/total_limit minimum"},
		{"code on a promotion", `{"code": "SAVE20"}`, "/ additionalProperties"},
	})
}

// TestDiscount goes through every type: what it needs, and that it refuses what
// belongs to another type, where it would be silently ignored.
func TestDiscount(t *testing.T) {
	const good = `{
		"id": "x", "title": "x", "currency": "CNY", "applies_to": {"everything": true}, "priority": 0, "stackable": false,
		"starts_at": "2026-11-11T00:00:00Z", "ends_at": "2026-11-12T00:00:00Z", "discount": {"type": "free_shipping"}}`
	check(t, compile(t, "promotion.json"), good, []instance{
		{"percent_off", `{"discount": {"type": "percent_off", "percent": 12.5, "max_discount": 100}}`, ""},
		{"percent_off without percent", `{"discount": {"type": "percent_off"}}`, "/discount required"},
		{"percent_off with amount", `{"discount": {"type": "percent_off", "percent": 5, "amount": 5}}`, "/discount/amount false"},
		{"percent over 100", `{"discount": {"type": "percent_off", "percent": 101}}`, "/discount/percent maximum"},
		{"percent of zero", `{"discount": {"type": "percent_off", "percent": 0}}`, "/discount/percent exclusiveMinimum"},
		{"amount_off", `{"discount": {"type": "amount_off", "amount": 30}}`, ""},
		{"amount_off without amount", `{"discount": {"type": "amount_off"}}`, "/discount required"},
		{"amount_off with percent", `{"discount": {"type": "amount_off", "amount": 5, "percent": 5}}`, "/discount/percent false"},
		{"fixed_price", `{"discount": {"type": "fixed_price", "price": 9.9}}`, ""},
		{"fixed_price without price", `{"discount": {"type": "fixed_price"}}`, "/discount required"},
		{"fixed_price with steps", `{"discount": {"type": "fixed_price", "price": 9, "steps": [{"spend": 1, "save": 1}]}}`, "/discount/steps false"},
		{"spend_and_save without steps", `{"discount": {"type": "spend_and_save"}}`, "/discount required"},
		{"spend_and_save, step saves nothing", `{"discount": {"type": "spend_and_save", "steps": [{"spend": 1, "save": 0}]}}`, "/discount/steps/0/save exclusiveMinimum"},
		{"buy_and_get", `{"discount": {"type": "buy_and_get", "buy_quantity": 2, "get_quantity": 1, "percent": 100, "repeat": true}}`, ""},
		{"buy_and_get without percent", `{"discount": {"type": "buy_and_get", "buy_quantity": 2, "get_quantity": 1}}`, "/discount required"},
		{"buy_and_get with price", `{"discount": {"type": "buy_and_get", "buy_quantity": 2, "get_quantity": 1, "percent": 100, "price": 1}}`, "/discount/price false"},
		{"bundle_price", `{"discount": {"type": "bundle_price", "quantity": 3, "price": 99}}`, ""},
		{"bundle_price of one", `{"discount": {"type": "bundle_price", "quantity": 1, "price": 99}}`, "/discount/quantity minimum"},
		{"bundle_price with percent", `{"discount": {"type": "bundle_price", "quantity": 3, "price": 99, "percent": 5}}`, "/discount/percent false"},
		{"gift", `{"discount": {"type": "gift", "gift_skus": ["A"]}}`, ""},
		{"gift without article", `{"discount": {"type": "gift"}}`, "/discount required"},
		{"gift with percent", `{"discount": {"type": "gift", "gift_skus": ["A"], "percent": 5}}`, "/discount/percent false"},
		{"free_shipping with amount", `{"discount": {"type": "free_shipping", "amount": 5}}`, "/discount/amount false"},
		{"unknown type", `{"discount": {"type": "half_price"}}`, "/discount/type enum"},
		{"no type", `{"discount": {"type": null, "percent": 5}}`, "/discount required"},
	})
}

const goodCoupon = `{
	"id": "d11-new-20", "title": "20 off for new customers", "given_by": "claim", "currency": "CNY",
	"discount": {"type": "amount_off", "amount": 20}, "applies_to": {"everything": true}, "stackable": false,
	"starts_at": "2026-11-11T00:00:00+08:00", "ends_at": "2026-11-12T00:00:00+08:00", "total_limit": 50000}`

func TestCoupon(t *testing.T) {
	check(t, compile(t, "coupon.json"), goodCoupon, []instance{
		{"everything", `{
			"titles": {"zh-CN": "新客立减20"}, "enabled": true, "code": "NEW20-D11", "given_by": "code",
			"conditions": {"min_spend": 99}, "claim_from": "2026-11-01T00:00:00+08:00", "claim_until": "2026-11-11T00:00:00+08:00",
			"valid_hours": 72, "budget": 1000000, "per_customer_limit": 1, "per_day_limit": 20000, "priority": 5,
			"exclusive_group": "new", "stacks_with_promotions": false, "promotion": "d11-300-50", "tags": ["d11"], "note": "growth team"}`, ""},
		{"no cap is for the guardrail to say", `{"total_limit": null}`, ""},
		{"code missing", `{"given_by": "code"}`, "/ required"},
		{"code too short", `{"given_by": "code", "code": "D11"}`, "/code minLength"},
		{"code as a number", `{"given_by": "code", "code": 20261111}`, "/code type"},
		{"budget of zero", `{"budget": 0}`, "/budget exclusiveMinimum"},
		{"limit of zero", `{"total_limit": 0}`, "/total_limit minimum"},
		{"limit as text", `{"total_limit": "unlimited"}`, "/total_limit type"},
		{"no window", `{"starts_at": null}`, "/ required"},
		{"given by nobody", `{"given_by": "email"}`, "/given_by enum"},
		{"unknown field", `{"max_uses": 5}`, "/ additionalProperties"},
	})
}

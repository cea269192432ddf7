package schemas_test

import "testing"

const goodPipeline = `{
	"apiVersion": "promoctl.dev/v1", "kind": "Pipeline", "metadata": {"name": "double-eleven"},
	"datasets": [{"name": "prices", "files": ["prices/**/*.yaml"]}],
	"stores": [{"name": "orders", "driver": "sqlite", "url": ".live/shop.db"}]}`

func TestPipeline(t *testing.T) {
	check(t, compile(t, "pipeline.json"), goodPipeline, []instance{
		{"everything", `{
			"datasets": [
				{"name": "prices", "files": ["prices/**/*.yaml", "!prices/drafts/**"], "kind": "price", "key": ["sku"], "stores": ["orders", "archive"]},
				{"name": "suppliers", "files": ["suppliers/*.yml"], "schema": "schemas/supplier.json", "records": "models", "key": ["$file.id", "id"]}],
			"stores": [
				{"name": "orders", "driver": "sqlite", "url": "${SHOP_DB}", "required": true, "wave": 1, "prefix": "d11_", "create": true},
				{"name": "archive", "driver": "file", "url": ".live/archive", "required": false, "maxLag": "1h30m", "wave": 2, "buckets": 64, "create": false}],
			"guardrails": [
				{"rule": "price-change", "maxPercent": 30, "level": "deny", "name": "big-moves", "datasets": ["prices"], "fields": ["price"]},
				{"rule": "zero-price"}, {"rule": "decimal-slip", "level": "approve"}, {"rule": "coupon-cap", "level": "warn"}],
			"release": {"onFailure": "back", "deadline": "10s", "lease": "15m", "gates": [{"beforeWave": 2, "wait": "5s"}]},
			"sensitive": {"digestKey": "${PROMOCTL_DIGEST_KEY}"},
			"defaultEnvironment": "staging",
			"environments": {
				"staging": {"stores": [{"name": "orders", "url": ".live/staging.db"}], "guardrails": [{"rule": "price-change", "maxPercent": 80}, {"name": "big-moves", "level": "warn"}]},
				"production": {}}}`, ""},
		{"other version", `{"apiVersion": "promoctl.dev/v2"}`, "/apiVersion const"},
		{"no name", `{"metadata": {"name": null}}`, "/metadata required"},
		{"no dataset", `{"datasets": []}`, "/datasets minItems"},
		{"no store", `{"stores": null}`, "/ required"},
		{"unknown field", `{"dataset": []}`, "/ additionalProperties"},
		{"dataset name with hyphen", `{"datasets": [{"name": "flash-prices", "files": ["x"]}]}`, "/datasets/0/name pattern"},
		{"dataset name of 49", `{"datasets": [{"name": "a234567890123456789012345678901234567890123456789", "files": ["x"]}]}`, "/datasets/0/name maxLength"},
		{"dataset without files", `{"datasets": [{"name": "prices"}]}`, "/datasets/0 required"},
		{"unknown kind", `{"datasets": [{"name": "p", "files": ["x"], "kind": "prices"}]}`, "/datasets/0/kind enum"},
		{"empty key", `{"datasets": [{"name": "p", "files": ["x"], "key": []}]}`, "/datasets/0/key minItems"},
		{"unknown field of a dataset", `{"datasets": [{"name": "p", "files": ["x"], "glob": "y"}]}`, "/datasets/0 additionalProperties"},
		{"store without url", `{"stores": [{"name": "s", "driver": "file"}]}`, "/stores/0 required"},
		{"unknown driver", `{"stores": [{"name": "s", "driver": "oracle", "url": "x"}]}`, "/stores/0/driver enum"},
		{"lag without a unit", `{"stores": [{"name": "s", "driver": "file", "url": "x", "required": false, "maxLag": "30"}]}`, "/stores/0/maxLag pattern"},
		{"required as text", `{"stores": [{"name": "s", "driver": "file", "url": "x", "required": "yes"}]}`, "/stores/0/required type"},
		{"unknown rule", `{"guardrails": [{"rule": "price_change"}]}`, "/guardrails/0/rule enum"},
		{"rule missing", `{"guardrails": [{"maxPercent": 30}]}`, "/guardrails/0 required"},
		{"percent of another rule", `{"guardrails": [{"rule": "zero-price", "maxPercent": 30}]}`, "/guardrails/0/maxPercent false"},
		{"unknown level", `{"guardrails": [{"rule": "zero-price", "level": "error"}]}`, "/guardrails/0/level enum"},
		{"unknown failure mode", `{"release": {"onFailure": "rollback"}}`, "/release/onFailure enum"},
		{"gate before the first wave", `{"release": {"gates": [{"beforeWave": 1, "wait": "5s"}]}}`, "/release/gates/0/beforeWave minimum"},
		{"environment with datasets", `{"environments": {"staging": {"datasets": []}}}`, "/environments/staging additionalProperties"},
		{"environment changes a store without a name", `{"environments": {"staging": {"stores": [{"url": "x"}]}}}`, "/environments/staging/stores/0 required"},
		{"environment changes no rule", `{"environments": {"staging": {"guardrails": [{"maxPercent": 5}]}}}`, "/environments/staging/guardrails/0 anyOf"},
		{"environment in capitals", `{"environments": {"Staging": {}}}`, "propertyNames Staging"},
		{"default of nothing", `{"defaultEnvironment": "staging"}`, "/ dependentRequired"},
	})
}

package generate

import (
	"fmt"
	"os"
	"path/filepath"
)

// A promoctl.yaml for generated data. The guardrails are the ones that promoctl init
// writes and that mean something for prices.
const (
	pipelineHead = `apiVersion: promoctl.dev/v1
kind: Pipeline
metadata: {name: generated}
datasets:
  - name: prices
    files: ["prices/*.yaml"]
    kind: price
`
	pipelineProducts = `  - name: products
    files: ["products/*.yaml"]
    kind: product
`
	pipelineTail = `stores:
  - {name: shop, driver: sqlite, url: .live/shop.db}
  - {name: files, driver: file, url: .live/files}
guardrails:
  - {rule: price-change, maxPercent: 30}
  - {rule: zero-price}
  - {rule: decimal-slip}
`
)

// writePipeline writes the pipeline file, and a .gitignore that keeps the stores,
// which lie in the same folder, out of Git.
func writePipeline(dir string, o Options) error {
	text := pipelineHead
	if o.Products {
		text += pipelineProducts
	}
	for name, text := range map[string]string{"promoctl.yaml": text + pipelineTail, ".gitignore": ".live/\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("generate: %w", err)
		}
	}
	return nil
}

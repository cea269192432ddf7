package spec

import (
	"bytes"
	"fmt"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	read := func(string) ([]byte, error) {
		return []byte("apiVersion: promoctl.dev/v1\nkind: Pipeline\nmetadata: {name: t}\ndatasets:\n  - {name: prices, files: [\"*.yaml\"], kind: price}\nstores:\n  - {name: a, driver: file, url: x}\n"), nil
	}
	p, err := LoadPipeline(read, "")
	if err != nil {
		b.Fatal(err)
	}
	var text bytes.Buffer
	for i := range 10000 {
		fmt.Fprintf(&text, "- sku: SKU-%07d\n  currency: CNY\n  price: %d.90\n  list_price: %d.90\n  cost: %d.10\n  tags: [sale, autumn]\n", i, i+100, i+200, i+10)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		_, ps := p.Datasets[0].Parse("a.yaml", text.Bytes())
		if len(ps) > 0 {
			b.Fatal(ps[:3])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/10000, "us/record")
}

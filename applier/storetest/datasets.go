package storetest

import (
	"testing"

	"github.com/promoctl/promoctl/spec"
)

func datasetChecks() []check {
	return []check{
		{"a dataset with Replace is staged as a whole and takes the place of the old one", replaceDataset},
		{"a replaced dataset stays as it is until activation", replaceStaged},
		{"a dataset that is new to the store is created", newDataset},
		{"a dataset that is gone is emptied, and may come back in another form", goneDataset},
		{"a field added to the layout leaves the other records as they are", addedField},
		{"a field dropped from the layout is gone from the records", droppedField},
		{"a layout that opens or closes keeps the records", openedLayout},
	}
}

// regional is priceLayout with another key and with texts for prices.
func regional() Dataset {
	l := priceLayout()
	l.Key = key("sku", "region")
	l.Fields = []spec.Field{
		{Name: "price", Type: spec.TypeString, Required: true},
		{Name: "region", Type: spec.TypeString, Required: true},
		{Name: "sku", Type: spec.TypeString, Required: true},
	}
	records := Records{}
	for _, region := range []string{"east", "west"} {
		for i := range 12 {
			sku := "SKU-" + digits(i)
			records[spec.MakeKey(sku, region)] = `{"price":"about 10","region":"` + region + `","sku":"` + sku + `"}`
		}
	}
	return Dataset{Layout: l, Records: records}
}

func replacePrices(s *Step) { s.Replace = []string{"prices"} }

func replaceDataset(t testing.TB, s Suite) {
	plain := sale(20, 1)
	replaced := plain.WithDataset("prices", regional())
	r := serving(t, s, plain)
	r.release(replaced, replacePrices)
	r.expect("replaced")
	if got := r.read("prices", regional().Layout); len(got) != 24 {
		t.Errorf("the replaced dataset has %d records, want 24", len(got))
	}
	edited := replaced.With("prices", "SKU-000001/east", `{"price":"1","region":"east","sku":"SKU-000001"}`).
		With("prices", "SKU-000002/east", "")
	r.release(edited)
	r.expect("edited")
	r.release(plain, replacePrices)
	r.expect("replaced back")
	r.release(sale(20, 2), replacePrices) // the same layout, staged as a whole
	r.expect("replaced by the same layout")
}

func replaceStaged(t testing.TB, s Suite) {
	r := serving(t, s, sale(20, 1))
	m := r.move(r.holds.WithDataset("prices", regional()), replacePrices)
	r.stage(r.store, m)
	r.expect("staged")
	r.must("discard", r.store.Discard(t.Context(), m.Release))
	r.expect("discarded")
	r.release(sale(20, 2))
	r.expect("released in the old form")
	_, err := r.store.Stage(t.Context(), m.Release, m.failingSeq(3))
	if err == nil {
		t.Errorf("stage with failing changes got no error")
	}
	r.expect("after a failed replacement")
	r.release(r.holds.WithDataset("prices", regional()), replacePrices)
	r.expect("replaced")
}

func newDataset(t testing.TB, s Suite) {
	c := sale(20, 1)
	r := serving(t, s, c.Without("stocks"))
	r.expect("with one dataset")
	m := r.move(c)
	r.layouts["stocks"] = stockLayout()
	r.stage(r.store, m)
	r.expect("staged")
	r.activate(r.store, m)
	r.expect("with two datasets")
	r.release(sale(20, 2))
	r.expect("edited")
}

func goneDataset(t testing.TB, s Suite) {
	c := sale(20, 1)
	r := serving(t, s, c)
	r.release(c.Without("prices"))
	r.expect("without prices")
	if _, ok := r.state(r.store).Live.Datasets["prices"]; ok {
		t.Errorf("the marker still has the prices")
	}
	r.release(c.Without("prices").WithDataset("prices", sale(20, 2)["prices"]))
	r.expect("with prices again")
	r.release(c.Without("prices"))
	r.release(c.WithDataset("prices", regional()))
	r.expect("with other prices")
}

func addedField(t testing.TB, s Suite) {
	c := sale(20, 1)
	r := serving(t, s, c)
	d := c["prices"]
	d.Layout.Fields = append(d.Layout.Fields, // "sku", "start", "tags", and then
		spec.Field{Name: "tier", Type: spec.TypeString},
		spec.Field{Name: "weight", Type: spec.TypeNumber},
	)
	wide := c.WithDataset("prices", d).
		With("prices", "SKU-00003", `{"currency":"CNY","price":1,"sku":"SKU-00003","tier":"gold"}`).
		With("prices", "SKU-00099", `{"currency":"CNY","price":1,"sku":"SKU-00099","weight":0.125}`)
	m := r.move(wide)
	r.stage(r.store, m)
	r.expect("staged with more fields")
	r.activate(r.store, m)
	r.expect("with more fields")
	r.release(wide.With("prices", "SKU-00004", ""))
	r.expect("edited with more fields")
}

func droppedField(t testing.TB, s Suite) {
	c := Content{"prices": {Layout: priceLayout(), Records: Records{
		"had":  `{"currency":"CNY","price":1,"sku":"had","tags":["a"]}`,
		"hads": `{"active":false,"currency":"CNY","price":2,"sku":"hads","tags":[]}`,
		"not":  `{"currency":"CNY","price":3,"sku":"not"}`,
	}}}
	r := serving(t, s, c)
	d := Dataset{Layout: priceLayout(), Records: Records{
		"had":  `{"currency":"CNY","price":1,"sku":"had"}`,
		"hads": `{"active":false,"currency":"CNY","price":2,"sku":"hads"}`,
		"not":  `{"currency":"CNY","price":3,"sku":"not"}`,
	}}
	d.Layout.Fields = d.Layout.Fields[:5] // without tags
	r.release(Content{"prices": d})
	r.expect("without tags")
	r.release(c)
	r.expect("with tags again")
}

func openedLayout(t testing.TB, s Suite) {
	c := sale(10, 1)
	r := serving(t, s, c)
	d := c["prices"]
	d.Layout.Open = true
	open := c.WithDataset("prices", d).
		With("prices", "free", `{"a":{"b":[1,null,"x"]},"currency":"CNY","price":1,"sku":"free","zz":null}`)
	r.release(open)
	r.expect("open")
	r.release(open.With("prices", "free", `{"currency":"CNY","price":1,"sku":"free","zz":0.5}`))
	r.expect("edited")
	if marker := r.state(r.store).Live; !marker.Datasets["prices"].Layout.Open {
		t.Errorf("the marker's layout is not open")
	}
	r.release(c)
	r.expect("closed again")
}

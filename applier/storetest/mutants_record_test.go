package storetest

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// holding breaks what the place holds of a record after activation.
func holding(change func(record map[string]any)) func(f *faulty) {
	return func(f *faulty) {
		f.activate = func(ctx context.Context, r applier.Release) error {
			if err := f.Store.Activate(ctx, r); err != nil {
				return err
			}
			for name := range r.Target.Datasets {
				records, err := f.place.Place.Read(ctx, name)
				if err != nil {
					return err
				}
				for k, v := range records {
					f.put(r, planner.Change{Dataset: name, Key: k, After: altered(k, v, change)})
				}
			}
			return nil
		}
	}
}

func altered(k spec.Key, text string, change func(map[string]any)) *spec.Record {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var members map[string]any
	if err := d.Decode(&members); err != nil {
		panic(err)
	}
	change(members)
	b, err := spec.CanonicalValue(members)
	if err != nil {
		panic(err)
	}
	rec := spec.NewRecord(k, b)
	return &rec
}

const heldAs = "records are held byte for byte: "

func recordMutants() []mutant {
	return []mutant{
		{name: "texts are changed", breakage: holding(func(record map[string]any) {
			for name, v := range record {
				if text, ok := v.(string); ok {
					record[name] = text + " "
				}
			}
		}), seenBy: []string{
			heldAs + "keys of any text", heldAs + "composite keys", heldAs + "key parts of the enclosing document",
			heldAs + "nested key parts", heldAs + "all field types", heldAs + "fields with odd names",
			heldAs + "untyped records with a document key", "large values",
			"any history, commit by commit, jumping or going back, ends with exactly the commit's records",
		}},
		{name: "numbers are floats", breakage: holding(floats), seenBy: []string{
			heldAs + "all field types", heldAs + "keys of numbers", heldAs + "open layouts",
		}},
		{name: "null is left out", breakage: holding(func(record map[string]any) {
			for name, v := range record {
				if v == nil {
					delete(record, name)
				}
			}
		}), seenBy: []string{
			heldAs + "null in required nullable fields", heldAs + "open layouts",
			"a layout that opens or closes keeps the records",
		}},
		{name: "a new field is not stored", breakage: holding(func(record map[string]any) { delete(record, "tier") }),
			seenBy: []string{"a field added to the layout leaves the other records as they are"}},
		{name: "a dropped field comes back", breakage: holding(func(record map[string]any) {
			if _, ok := record["tags"]; !ok {
				record["tags"] = []any{}
			}
		}), seenBy: []string{"a field dropped from the layout is gone from the records"}},
		{name: "deletes are lost", breakage: deletesLost, seenBy: []string{
			"a dataset that is gone is emptied, and may come back in another form",
			"records of 5,000 keys at once",
			"any history, commit by commit, jumping or going back, ends with exactly the commit's records",
		}},
		{name: "the shop's fields show", breakage: func(f *faulty) {
			f.scan = func(ctx context.Context, dataset string, layout spec.Layout) (applier.Marker, recordSeq, error) {
				return rescan(f, ctx, dataset, layout, func(rec spec.Record) spec.Record {
					shop := f.place.ShopFields(dataset, rec.Key)
					if shop == "" {
						return rec
					}
					return *altered(rec.Key, string(rec.JSON), func(m map[string]any) { m["remaining"] = shop })
				})
			}
		}, seenBy: []string{"fields that the shop owns are no drift and never show"}},
	}
}

func floats(record map[string]any) {
	for name, v := range record {
		if n, ok := v.(json.Number); ok {
			x, err := n.Float64()
			if err != nil {
				panic(err)
			}
			b, err := json.Marshal(x)
			if err != nil {
				panic(err)
			}
			record[name] = json.Number(b)
		}
	}
}

// deletesLost brings deleted records back, as a driver does that only upserts.
func deletesLost(f *faulty) {
	deleted := map[string][]planner.Change{}
	f.stage = func(ctx context.Context, r applier.Release, changes changeSeq) (applier.Receipt, error) {
		all, err := collect(changes)
		if err != nil {
			return applier.Receipt{}, err
		}
		for _, c := range all {
			if c.Op == planner.Delete {
				deleted[r.Attempt] = append(deleted[r.Attempt], c.Inverse())
			}
		}
		return f.Store.Stage(ctx, r, seqOf(all))
	}
	f.activate = func(ctx context.Context, r applier.Release) error {
		err := f.Store.Activate(ctx, r)
		for _, c := range deleted[r.Attempt] {
			f.put(r, c)
		}
		return err
	}
}

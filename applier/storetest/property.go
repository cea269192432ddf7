package storetest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/promoctl/promoctl/spec"
)

func propertyChecks() []check {
	return []check{
		{"any history, commit by commit, jumping or going back, ends with exactly the commit's records", histories},
	}
}

// property lets rapid watch a rig: it fails the case and not the test, so that the
// case is shrunk.
type property struct {
	testing.TB
	rt *rapid.T
}

func (p property) Helper()                           { p.rt.Helper() }
func (p property) Log(args ...any)                   { p.rt.Log(args...) }
func (p property) Logf(format string, args ...any)   { p.rt.Logf(format, args...) }
func (p property) Error(args ...any)                 { p.rt.Error(args...) }
func (p property) Errorf(format string, args ...any) { p.rt.Errorf(format, args...) }
func (p property) Fatal(args ...any)                 { p.rt.Fatal(args...) }
func (p property) Fatalf(format string, args ...any) { p.rt.Fatalf(format, args...) }
func (p property) Fail()                             { p.rt.Fail() }
func (p property) FailNow()                          { p.rt.FailNow() }
func (p property) Failed() bool                      { return p.rt.Failed() }
func (p property) Cleanup(f func())                  { p.rt.Cleanup(f) }

func histories(t testing.TB, s Suite) {
	rapid.Check(t, func(rt *rapid.T) {
		r := begin(property{t, rt}, s)
		commits := []Content{{"prices": {Layout: priceLayout()}, "stocks": {Layout: stockLayout()}}}
		for range rapid.IntRange(1, 5).Draw(rt, "commits") {
			commits = append(commits, randomEdit(rt, commits[len(commits)-1]))
		}
		for range rapid.IntRange(1, 5).Draw(rt, "releases") {
			i := rapid.IntRange(0, len(commits)-1).Draw(rt, "commit")
			r.release(commits[i])
		}
		r.release(commits[len(commits)-1])
		r.expect("at the last commit")
	})
}

// randomEdit returns a commit that follows c.
func randomEdit(rt *rapid.T, c Content) Content {
	next := maps.Clone(c)
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if rapid.IntRange(0, 9).Draw(rt, "empty "+name) == 0 {
			next = next.WithDataset(name, Dataset{Layout: c[name].Layout})
		}
	}
	for range rapid.IntRange(0, 12).Draw(rt, "edits") {
		sku := fmt.Sprintf("SKU-%d", rapid.IntRange(0, 9).Draw(rt, "sku"))
		value := rapid.IntRange(0, 3).Draw(rt, "value")
		switch rapid.IntRange(0, 3).Draw(rt, "edit") {
		case 0:
			next = next.With("prices", spec.MakeKey(sku), "")
		case 1:
			k, v := stock(sku, "wuhan", value)
			next = next.With("stocks", k, v)
		default:
			next = next.With("prices", spec.MakeKey(sku), price(sku, fmt.Sprint(value+1)))
		}
	}
	return next
}

package objectstore_test

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// The sizes that the design names: a tenth of a million records changes.
const (
	benchRecords = 1_000_000
	benchChanges = 100_000
)

// BenchmarkRelease stages and activates changes all over a large dataset. x_write is
// its speed relative to writing and syncing the same bytes plainly, in the same run:
// 1 is as fast as that.
func BenchmarkRelease(b *testing.B) {
	s := newShop(b)
	base, _ := releaseChanges(b, s, applier.Marker{}, everyRecord())
	var ours, plain time.Duration
	for version := 1; b.Loop(); version++ {
		b.StopTimer()
		changes := make([]planner.Change, benchChanges)
		for i := range changes {
			changes[i] = benchChange(i*(benchRecords/benchChanges), version)
		}
		b.StartTimer()
		next, took := releaseChanges(b, s, base, changes)
		b.StopTimer()
		base, ours = next, ours+took
		plain += writePlainly(b, s.root)
		b.StartTimer()
	}
	b.ReportMetric(float64(benchChanges*b.N)/ours.Seconds(), "changes/s")
	b.ReportMetric(float64(benchRecords*b.N)/ours.Seconds(), "records/s")
	b.ReportMetric(plain.Seconds()/ours.Seconds(), "x_write")
}

// everyRecord returns the changes of the first release.
func everyRecord() []planner.Change {
	changes := make([]planner.Change, benchRecords)
	for i := range changes {
		changes[i] = benchChange(i, 0)
	}
	return changes
}

// BenchmarkScan reads all records in order of keys.
func BenchmarkScan(b *testing.B) {
	s := newShop(b)
	releaseChanges(b, s, applier.Marker{}, everyRecord())
	for b.Loop() {
		_, seq, err := s.store.Scan(b.Context(), "prices", priceLayout())
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for _, err := range seq {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != benchRecords {
			b.Fatalf("%d records", n)
		}
	}
	b.ReportMetric(float64(benchRecords*b.N)/b.Elapsed().Seconds(), "records/s")
}

// releaseChanges releases changes and returns the new marker and how long it took.
func releaseChanges(b *testing.B, s *shop, base applier.Marker, changes []planner.Change) (applier.Marker, time.Duration) {
	b.Helper()
	layout := priceLayout()
	target := applier.Marker{
		Format: applier.MarkerFormat, Identity: testIdentity(), Seq: base.Seq + 1,
		Commit: fmt.Sprintf("%040d", base.Seq+1), Kind: applier.KindApply,
	}
	target.Release = applier.NewReleaseID("files", base, target)
	dataset := applier.DatasetRelease{Base: &layout, Target: &layout}
	if base.IsZero() {
		dataset.Base = nil
	}
	r := applier.Release{
		ID: target.Release, Attempt: fmt.Sprintf("%016d", target.Seq), Base: base, Target: target,
		Datasets: map[string]applier.DatasetRelease{"prices": dataset},
		Expires:  time.Now().Add(time.Hour),
	}
	start := time.Now()
	if _, err := s.store.Stage(b.Context(), r, each(changes)); err != nil {
		b.Fatal(err)
	}
	if err := s.store.Activate(b.Context(), r); err != nil {
		b.Fatal(err)
	}
	return target, time.Since(start)
}

func each(changes []planner.Change) iter.Seq2[planner.Change, error] {
	return func(yield func(planner.Change, error) bool) {
		for _, c := range changes {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// benchChange takes record i from the version before to the version.
func benchChange(i, version int) planner.Change {
	var before *spec.Record
	if version > 0 {
		r := benchRecord(i, version-1)
		before = &r
	}
	after := benchRecord(i, version)
	c, _ := planner.MakeChange("prices", before, &after)
	return c
}

func benchRecord(i, version int) spec.Record {
	sku := fmt.Sprintf("SKU-%07d", i)
	return spec.NewRecord(spec.Key(sku), fmt.Appendf(nil,
		`{"channels":["app","web"],"cost":%d.5,"currency":"CNY","list_price":%d,"price":%d.%02d,"sku":%q,"tags":["sale"]}`,
		i%400, i%900+200, i%900, version%100, sku))
}

// writePlainly writes the objects of the newest release once more, one after the
// other with a sync each, and returns how long that took.
func writePlainly(b *testing.B, root string) time.Duration {
	b.Helper()
	_, m := (&place{root: root}).manifest(b)
	var objects [][]byte
	for _, o := range m.Datasets["prices"].Objects {
		objects = append(objects, bytes.Clone(readFile(b, filepath.Join(root, o.Path))))
	}
	dir := b.TempDir()
	start := time.Now()
	for i, data := range objects {
		f, err := os.Create(filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.Write(data); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
	return time.Since(start)
}

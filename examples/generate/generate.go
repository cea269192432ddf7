// Package generate writes data repositories of any size.
//
// Benchmarks and people who want to try scale need a million records that look like
// prices, are the same on every machine, and cost seconds and not minutes to write.
// What it writes is made from a seed and nothing else: the same options give the same
// bytes.
package generate

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// Options says what to write.
type Options struct {
	Records int    // how many prices, at least 1
	Files   int    // in how many files, at most Records; 0 means one for each 1,000 records
	Seed    uint64 // what the values are made from
	// Products adds a product for each price, so that every reference is to something.
	Products bool
	// DataOnly leaves out the pipeline file, for data that joins a repository that has one.
	DataOnly bool
}

func (o Options) check() (Options, error) {
	if o.Records < 1 {
		return o, fmt.Errorf("generate: %d records; ask for at least 1", o.Records)
	}
	if o.Files == 0 {
		o.Files = (o.Records + 999) / 1000
	}
	if o.Files < 1 || o.Files > o.Records {
		return o, fmt.Errorf("generate: %d records in %d files; ask for 1 to %d files", o.Records, o.Files, o.Records)
	}
	return o, nil
}

// Write writes a data repository into dir, which is created if it is not there: prices
// in prices/generated-NNNN.yaml, with Products also products/generated-NNNN.yaml, and a
// pipeline file that releases them to SQLite and to files. Files of the same name are
// replaced. It writes on all cores and keeps no records in memory.
func Write(dir string, o Options) error {
	o, err := o.check()
	if err != nil {
		return err
	}
	for _, sub := range folders(o) {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return fmt.Errorf("generate: %w", err)
		}
	}
	if !o.DataOnly {
		if err := writePipeline(dir, o); err != nil {
			return err
		}
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range o.Files {
		g.Go(func() error { return writePart(dir, o, i) })
	}
	return g.Wait()
}

func folders(o Options) []string {
	if o.Products {
		return []string{pricesDir, productsDir}
	}
	return []string{pricesDir}
}

const (
	pricesDir   = "prices"
	productsDir = "products"
)

// partName is the name of the i-th file, counted from 1. Four digits keep the order of
// names for as many files as anybody wants in one folder.
func partName(i int) string { return fmt.Sprintf("generated-%04d.yaml", i+1) }

// writePart writes the i-th file of prices and, if asked, of products.
func writePart(dir string, o Options, i int) error {
	first, last := share(o, i)
	err := writeFile(filepath.Join(dir, pricesDir, partName(i)), func(w *bufio.Writer) {
		each(o, i, first, last, func(a article, buf []byte) []byte { return a.appendPrice(buf) }, w)
	})
	if err != nil || !o.Products {
		return err
	}
	return writeFile(filepath.Join(dir, productsDir, partName(i)), func(w *bufio.Writer) {
		each(o, i, first, last, func(a article, buf []byte) []byte { return a.appendProduct(buf) }, w)
	})
}

// share returns the numbers of the records in the i-th file: first to last-1. The
// files differ by one record at most.
func share(o Options, i int) (first, last int) {
	size, rest := o.Records/o.Files, o.Records%o.Files
	first = i*size + min(i, rest)
	last = first + size
	if i < rest {
		last++
	}
	return first, last
}

// each makes the articles of a file one by one. Each file has random numbers of its
// own, so that files can be written in any order.
func each(o Options, file, first, last int, appendTo func(article, []byte) []byte, w *bufio.Writer) {
	r := rand.New(rand.NewPCG(o.Seed, uint64(file)))
	var buf []byte
	for n := first; n < last; n++ {
		buf = appendTo(makeArticle(r, n), buf[:0])
		w.Write(buf) // an error stays in w and is returned by Flush
	}
}

func writeFile(name string, fill func(w *bufio.Writer)) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	w := bufio.NewWriterSize(f, 64<<10)
	fill(w)
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return fmt.Errorf("generate: write %s: %w", name, err)
	}
	return nil
}

package generate

import (
	"flag"
	"fmt"
	"io"
)

// Command is the program promogen: it reads arguments (without the program's name),
// writes or edits a data repository, and returns the exit code: 0 done, 1 error, 64
// usage. Messages go to stderr.
func Command(args []string, stderr io.Writer) int {
	f := flag.NewFlagSet("promogen", flag.ContinueOnError)
	f.SetOutput(stderr)
	records := f.Int("records", 1000, "how many prices to write, or to change with -edit")
	files := f.Int("files", 0, "in how many files; 0 writes 1,000 records a file, and edits one file")
	seed := f.Uint64("seed", 1, "what the values are made from")
	products := f.Bool("products", false, "write a product for each price")
	dataOnly := f.Bool("data-only", false, "write no promoctl.yaml")
	edit := f.Bool("edit", false, "change prices in DIR by a few per cent instead of writing them")
	f.Usage = func() {
		fmt.Fprintln(stderr, "promogen writes a data repository of generated prices.\n\nusage: promogen [flags] DIR")
		f.PrintDefaults()
	}
	if f.Parse(args) != nil {
		return 64
	}
	if f.NArg() != 1 {
		f.Usage()
		return 64
	}
	var err error
	if *edit {
		err = Edit(f.Arg(0), *records, max(1, *files), *seed)
	} else {
		err = Write(f.Arg(0), Options{*records, *files, *seed, *products, *dataOnly})
	}
	if err != nil {
		fmt.Fprintln(stderr, "promogen:", err)
		return 1
	}
	return 0
}

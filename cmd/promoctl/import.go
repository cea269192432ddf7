package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/promoctl/promoctl/spec"
)

// importFlags are the flags of promoctl import.
type importFlags struct {
	csv, store, dataset, out, delimiter string
	ignore, set                         []string
	force                               bool
}

func (a *app) importCommand() *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use:   "import (--csv FILE | --store NAME)",
		Short: "Write YAML from a CSV file, or from what a store holds",
		Long: `Write YAML from what a shop already has: a CSV file, or the live records of a store. The
pipeline file on disk says what the records look like. Nothing is written unless all of
it is right and no other file of the dataset has one of the keys already; what was written
is read back and compared.

The header of a CSV file names fields: sku, window.start for a field inside of another
one, $file.vendor for a part of the key that stands in the enclosing document. Cells are
read as the schema says:
  text      stays the text that it is: 0123 is not 83, and 1.10 is not 1.1
  number    digits with a point for decimals, and nothing between thousands
  boolean   true or false, in any case
  time      RFC 3339 with a zone, such as 2026-11-11T00:00:00+08:00
  list      JSON, or texts with semicolons between them: hero;livestream
  object    JSON, or a column for each field
An empty cell leaves the field out. A column that the schema says nothing about holds
numbers or booleans if all of its cells are such, else texts. The file is UTF-8, with or
without a byte order mark.

Exit codes: 0 done, 1 something is wrong in the data or in the way, 64 usage.`,
		Example: `  promoctl import --csv prices.csv
  promoctl import --csv export.csv --dataset prices --ignore-column stock --set currency=CNY
  promoctl import --store shop --force
  promoctl validate && git add . && git commit -m "Import" && promoctl apply --adopt`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return a.runImport(c.Context(), f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.csv, "csv", "", "read this CSV `FILE`")
	flags.StringVar(&f.store, "store", "", "read the live records of the store `NAME`")
	flags.StringVar(&f.dataset, "dataset", "", "the dataset to import; may be left out if there is one only, or for all that a store holds")
	flags.StringVar(&f.out, "out", "", "write to `FILE`; default: imported.yaml where the dataset keeps its files")
	flags.BoolVar(&f.force, "force", false, "replace files of an earlier import, and write records that stand in other files too")
	flags.StringVar(&f.delimiter, "delimiter", "", "what stands between the cells: a character or tab; default: comma, semicolon or tab, as the first line has it")
	flags.StringSliceVar(&f.ignore, "ignore-column", nil, "leave the column `NAME` out; may be repeated")
	flags.StringArrayVar(&f.set, "set", nil, "give every record a field that the file lacks, as `FIELD=VALUE`; may be repeated")
	return c
}

func (a *app) runImport(ctx context.Context, f importFlags) error {
	csv, err := f.check()
	if err != nil {
		return err
	}
	root := a.findRoot()
	p, err := a.importPipeline(root, f.store == "")
	if err != nil {
		return err
	}
	datasets, err := f.datasets(p)
	if err != nil {
		return err
	}
	im := &importer{app: a, root: root, pipeline: p, flags: f}
	for _, d := range datasets {
		if _, err := im.outPath(d); err != nil {
			return err
		}
	}
	if f.csv != "" {
		err = im.fromCSV(datasets[0], csv)
	} else {
		err = im.fromStore(ctx, p.Store(f.store), datasets)
	}
	if err == nil {
		err = im.write(ctx)
	}
	if err != nil {
		return err
	}
	im.report()
	return nil
}

// check checks the flags as far as they speak for themselves.
func (f importFlags) check() (spec.CSVOptions, error) {
	o := spec.CSVOptions{Ignore: f.ignore, Set: map[string]string{}}
	switch {
	case (f.csv == "") == (f.store == ""):
		return o, usageError(errors.New("import needs --csv FILE or --store NAME, one of them; see promoctl import --help"))
	case f.store != "" && (len(f.ignore) > 0 || len(f.set) > 0 || f.delimiter != ""):
		return o, usageError(errors.New("--ignore-column, --set and --delimiter are for --csv; a store's columns are those of its dataset"))
	case f.delimiter == "tab" || f.delimiter == `\t`:
		o.Delimiter = '\t'
	case utf8.RuneCountInString(f.delimiter) > 1 || strings.ContainsAny(f.delimiter, "\"\r\n"):
		return o, usageError(fmt.Errorf("--delimiter %q is not one character; write , or ; or tab", f.delimiter))
	case f.delimiter != "":
		o.Delimiter, _ = utf8.DecodeRuneInString(f.delimiter)
	}
	for _, s := range f.set {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" || strings.TrimSpace(value) == "" {
			return o, usageError(fmt.Errorf("--set %s is not FIELD=VALUE; write it like --set currency=CNY", s))
		}
		o.Set[name] = value
	}
	return o, nil
}

// importPipeline loads the pipeline file on disk, which need not be committed yet. What
// records look like is the same in every environment; a store is not.
func (a *app) importPipeline(root string, anyEnv bool) (*spec.Pipeline, error) {
	read := dirReader(root)
	p, err := spec.LoadPipeline(read, a.envName)
	if names := spec.EnvironmentNames(read); err != nil && anyEnv && a.envName == "" && len(names) > 0 {
		p, err = spec.LoadPipeline(read, names[0])
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s has no %s, which says what the records look like; run promoctl init to start one", root, spec.PipelineFile)
	}
	return p, a.orUnknownEnv(err, read)
}

// datasets returns what to import.
func (f importFlags) datasets(p *spec.Pipeline) ([]*spec.Dataset, error) {
	var all []*spec.Dataset
	var names []string
	if f.store != "" && p.Store(f.store) == nil {
		return nil, usageError(fmt.Errorf("there is no store %s in the pipeline file", f.store))
	}
	for _, d := range p.Datasets {
		if f.store == "" || p.Takes(f.store, d) {
			all, names = append(all, d), append(names, d.Name)
		}
	}
	switch {
	case f.dataset != "":
		for _, d := range all {
			if d.Name == f.dataset {
				return []*spec.Dataset{d}, nil
			}
		}
		return nil, usageError(fmt.Errorf("there is no dataset %s to import; choose one of %s", f.dataset, strings.Join(names, ", ")))
	case len(all) == 0:
		return nil, usageError(errors.New("no dataset goes to store " + f.store + "; see " + spec.PipelineFile))
	case len(all) > 1 && f.csv != "":
		return nil, usageError(fmt.Errorf("the pipeline has several datasets; choose one with --dataset %s", strings.Join(names, "|")))
	case len(all) > 1 && f.out != "":
		return nil, usageError(errors.New("--out is for one dataset; choose it with --dataset"))
	}
	return all, nil
}

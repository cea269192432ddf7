package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/stores"
	"github.com/promoctl/promoctl/spec"
)

// importer is one run of promoctl import.
type importer struct {
	*app
	root     string
	pipeline *spec.Pipeline
	flags    importFlags
	source   string // what the head of each file says
	parts    []*importedDataset
}

// importedDataset is what one dataset gets.
type importedDataset struct {
	*spec.Import
	dataset *spec.Dataset
	files   []newFile
	other   []string // keys of records that the store spells otherwise than Git will
}

func (im *importer) part(d *spec.Dataset) *importedDataset {
	p := &importedDataset{Import: d.NewImport(), dataset: d}
	im.parts = append(im.parts, p)
	return p
}

func (im *importer) fromCSV(d *spec.Dataset, o spec.CSVOptions) error {
	text, err := readUpTo(im.path(im.flags.csv), spec.MaxCSVSize+1)
	if err != nil {
		return err
	}
	im.source = filepath.Base(im.flags.csv)
	p := im.part(d)
	p.CSV(im.flags.csv, text, o)
	return p.Problems().Err()
}

func readUpTo(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(io.LimitReader(f, most))
	return b.Bytes(), err
}

func (im *importer) fromStore(ctx context.Context, st *spec.Store, datasets []*spec.Dataset) error {
	id := applier.Identity{Pipeline: im.pipeline.Name, Env: im.pipeline.Env}
	store, err := stores.Open(*st, id, im.root, im.getenv)
	if err != nil {
		return err
	}
	if c, ok := store.(io.Closer); ok {
		defer c.Close()
	}
	scanner, ok := store.(applier.Scanner)
	if !ok {
		return fmt.Errorf("store %s: its driver cannot list live records", st.Name)
	}
	im.source = "store " + st.Name
	var problems spec.Problems
	for _, d := range datasets {
		p := im.part(d)
		if err := p.scan(ctx, scanner, st.Name); err != nil {
			return fmt.Errorf("store %s: dataset %s: %w", st.Name, d.Name, err)
		}
		problems = append(problems, p.Problems()...)
	}
	return problems.Err()
}

// scan takes over what the store holds of the dataset. How it holds it is what its
// marker says, else what the pipeline file does.
func (p *importedDataset) scan(ctx context.Context, scanner applier.Scanner, store string) error {
	layout := p.dataset.Layout
	if live, err := liveLayout(ctx, scanner, p.dataset.Name); err != nil {
		return err
	} else if live != nil {
		layout = *live
	}
	if !slices.Equal(layout.Key, p.dataset.Layout.Key) {
		return errors.New("the store holds it under another key than the pipeline file says; import with the pipeline file of the live commit")
	}
	_, records, err := scanner.Scan(ctx, p.dataset.Name, layout)
	if err != nil {
		return err
	}
	for r, err := range records {
		if err != nil {
			return err
		}
		taken, ok := p.Record(fmt.Sprintf("%s/%s/%s", store, p.dataset.Name, r.Key), readableNumbers(r, layout))
		if ok && (taken.Key != r.Key || taken.Digest != r.Digest) {
			p.other = append(p.other, string(r.Key))
		}
	}
	return nil
}

// liveLayout returns how a store says that it holds a dataset; nil if it says nothing.
func liveLayout(ctx context.Context, scanner applier.Scanner, dataset string) (*spec.Layout, error) {
	store, ok := scanner.(applier.Store)
	if !ok {
		return nil, nil
	}
	state, err := store.Live(ctx)
	if err != nil {
		return nil, err
	}
	if held, ok := state.Live.Datasets[dataset]; ok {
		return &held.Layout, nil
	}
	return nil, nil
}

// readableNumbers turns numbers that a SQL table keeps in a column of another type than
// the layout wants into the number or text that the field is to have: a shop's own
// table has prices as REAL and article numbers as INTEGER. Drivers show them as text
// with the type before it, so that they compare as different.
func readableNumbers(r spec.Record, layout spec.Layout) spec.Record {
	if !bytes.Contains(r.JSON, []byte(`"int64:`)) && !bytes.Contains(r.JSON, []byte(`"float64:`)) {
		return r
	}
	fields := r.Fields()
	for _, f := range layout.Fields {
		text, _ := fields[f.Name].(string)
		number, ok := strings.CutPrefix(text, "int64:")
		if !ok {
			number, ok = strings.CutPrefix(text, "float64:")
		}
		switch {
		case !ok:
		case f.Type == spec.TypeNumber || f.Type == spec.TypeInteger:
			fields[f.Name] = json.Number(number)
		case f.Type == spec.TypeString:
			fields[f.Name] = number
		}
	}
	canonical, err := spec.CanonicalValue(fields)
	if err != nil {
		return r // not a number after all; the schema will say so
	}
	return spec.Record{Key: r.Key, JSON: canonical, Digest: r.Digest}
}

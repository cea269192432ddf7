package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// checkClashes refuses keys that stand in other files of their dataset: written once more
// they would make the whole repository invalid.
func (im *importer) checkClashes(ctx context.Context) error {
	var places spec.Problems
	src := spec.DirSource(im.root)
	for f, err := range src.Files(ctx) {
		if err == nil && f.Mode == spec.ModeFile {
			err = im.clashes(ctx, src, f, &places)
		}
		if err != nil {
			return err
		}
	}
	if len(places) == 0 {
		return nil
	}
	const most = 5
	places.Sort()
	list := places[:min(most, len(places))].Error()
	if n := len(places) - most; n > 0 {
		list += fmt.Sprintf("\nand %d more", n)
	}
	return fmt.Errorf("nothing was written; %s in other files already:\n  %s\ndelete them there or leave them out here, or write them all the same with --force",
		standText(len(places)), strings.ReplaceAll(list, "\n", "\n  "))
}

func standText(n int) string {
	if n == 1 {
		return "1 of the records stands"
	}
	return fmt.Sprintf("%d of the records stand", n)
}

// clashes notes where in a file records stand that the import would write too.
func (im *importer) clashes(ctx context.Context, src spec.Source, f spec.SourceFile, places *spec.Problems) error {
	for _, p := range im.parts {
		if p.Count() == 0 || !p.dataset.Matches(f.Path) {
			continue
		}
		data, err := src.Read(ctx, f)
		if err != nil {
			return fmt.Errorf("read %s: %w", f.Path, err)
		}
		parsed, _ := p.dataset.Parse(f.Path, data) // what is wrong in it is for validate to say
		for _, key := range parsed.Broken {
			parsed.Records = append(parsed.Records, spec.Record{Key: key, Pos: spec.Pos{File: f.Path}})
		}
		for _, r := range parsed.Records {
			if p.Has(r.Key) {
				*places = append(*places, spec.Problem{Pos: r.Pos, What: p.dataset.Name + " " + string(r.Key)})
			}
		}
	}
	return nil
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/promoctl/promoctl/planner"
)

// What shoppers are to see of the serum, before and after the slip.
const (
	priceBefore = "199 CNY"
	priceBad    = "19.9 CNY"
)

// showReading reads the price as the shop does and shows how anybody can.
func (d *demo) showReading(ctx context.Context) error {
	sku := slip().sku
	fromSQL, err := priceFromSQL(ctx, filepath.Join(d.dir, d.database()), sku)
	if err != nil {
		return err
	}
	fromFile, file, err := priceFromFiles(filepath.Join(d.dir, d.edge()), sku)
	if err != nil {
		return err
	}
	d.say(`
Shoppers can buy. The shop's services read plain SQL and plain files, with code
that knows nothing of promoctl:

  SQL   %s
        %s
  file  %s
        %s

The same in a shell:
`, askSQL(sku), d.colored(planner.RoleHeading, fromSQL), shortFile(file), d.colored(planner.RoleHeading, fromFile))
	for _, line := range d.shellReading(sku) {
		d.say("  %s", line)
	}
	return expectEqual(fromSQL, fromFile, priceBefore)
}

// askSQL is the shopper's statement as a person would write it.
func askSQL(sku string) string { return strings.Replace(shopperSQL, "?", "'"+sku+"'", 1) }

// shellReading is the same reading for a shell, from the demo's directory.
func (d *demo) shellReading(sku string) []string {
	return []string{
		"sqlite3 " + d.database() + " \\",
		"    \"" + askSQL(sku) + "\"",
		"live=$(ls -d " + d.edge() + "/live/* | tail -n 1)",
		`grep -o 'objects/[^"]*/prices/[^"]*' $live/manifest.json |`,
		"    sed 's|^|" + d.edge() + `/|' | xargs grep -h '"key":"` + sku + `"'`,
	}
}

// shortFile shortens the hash that a file is called by.
func shortFile(file string) string {
	dir, name := filepath.Split(file)
	return dir + name[:min(12, len(name))] + "..." + filepath.Ext(name)
}

// expectPrice reads the price as the shop does, says so, and fails if it is not want.
func (d *demo) expectPrice(ctx context.Context, want string) error {
	sku := slip().sku
	fromSQL, err := priceFromSQL(ctx, filepath.Join(d.dir, d.database()), sku)
	if err != nil {
		return err
	}
	fromFile, _, err := priceFromFiles(filepath.Join(d.dir, d.edge()), sku)
	if err != nil {
		return err
	}
	d.say("Shoppers see: %s in SQLite, %s in the files.", d.colored(planner.RoleHeading, fromSQL), d.colored(planner.RoleHeading, fromFile))
	return expectEqual(fromSQL, fromFile, want)
}

func expectEqual(fromSQL, fromFile, want string) error {
	if fromSQL != want || fromFile != want {
		return fmt.Errorf("shoppers should see %s, and see %s in SQLite and %s in the files", want, fromSQL, fromFile)
	}
	return nil
}

// stages counts what the stores hold staged of whatever commit, and how many of them
// hold the bad commit sealed.
func (d *demo) stages(ctx context.Context) (all, sealed int, err error) {
	out, err := d.ask(ctx, "status", "--format", "json")
	if err != nil {
		return 0, 0, err
	}
	var status struct {
		Stores []struct {
			Known  bool
			Staged []struct {
				Commit string
				Sealed bool
			}
		}
	}
	if err := json.Unmarshal(out, &status); err != nil {
		return 0, 0, fmt.Errorf("read the status: %w", err)
	}
	for _, store := range status.Stores {
		if !store.Known {
			return 0, 0, fmt.Errorf("a store cannot be asked: %s", out)
		}
		for _, st := range store.Staged {
			all++
			if st.Sealed && st.Commit == d.bad.Hash {
				sealed++
			}
		}
	}
	return all, sealed, nil
}

// expectStages fails if not just so many stores hold the bad commit, and nothing else.
func (d *demo) expectStages(ctx context.Context, want int) error {
	all, sealed, err := d.stages(ctx)
	if err == nil && (all != want || sealed != want) {
		err = fmt.Errorf("%d releases should be staged in the stores, and %d are, %d of them complete", want, all, sealed)
	}
	return err
}

// showSealed prints what grep would find in the status.
func (d *demo) showSealed(ctx context.Context) error {
	out, err := d.ask(ctx, "status", "--format", "json")
	if err != nil {
		return err
	}
	for line := range bytes.Lines(out) {
		if bytes.Contains(line, []byte("sealed")) {
			d.stdout.Write(line)
		}
	}
	return nil
}

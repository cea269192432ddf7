package generate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Edit changes the prices of records in a repository that Write has written: changes
// of them, in exactly as many files as asked, by 1 to 5 per cent. A price never rises
// above its list price or falls below its floor, and comments and everything else stay
// as they are. The same seed and data give the same edit; other seeds choose other
// records. It is an error if the files do not hold that many records.
func Edit(dir string, changes, files int, seed uint64) error {
	names, err := filepath.Glob(filepath.Join(dir, pricesDir, "generated-*.yaml"))
	if err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	if changes < 1 || files < 1 || files > changes || files > len(names) {
		return fmt.Errorf("generate: %d changes in %d files, and %s has %d files of generated prices; ask for at least one change a file, in at most that many", changes, files, dir, len(names))
	}
	r := rand.New(rand.NewPCG(seed, uint64(len(names))))
	chosen := r.Perm(len(names))[:files]
	slices.Sort(chosen)
	for i, n := range chosen {
		first, last := share(Options{Records: changes, Files: files}, i)
		if err := editFile(names[n], last-first, r); err != nil {
			return err
		}
	}
	return nil
}

// editFile changes so many prices of one file.
func editFile(name string, changes int, r *rand.Rand) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	prices := priceLines(lines)
	if changes > len(prices) {
		return fmt.Errorf("generate: %s has %d prices; %d changes do not fit, spread them over more files", name, len(prices), changes)
	}
	chosen := r.Perm(len(prices))[:changes]
	slices.Sort(chosen)
	for _, n := range chosen {
		if err := editPrice(lines, prices[n], r); err != nil {
			return fmt.Errorf("generate: %s: %w", name, err)
		}
	}
	if err := os.WriteFile(name, bytes.Join(lines, nil), 0o644); err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	return nil
}

// priceLines returns the numbers of the lines that hold a price.
func priceLines(lines [][]byte) []int {
	var out []int
	for i, line := range lines {
		if bytes.HasPrefix(line, []byte("  price: ")) {
			out = append(out, i)
		}
	}
	return out
}

// editPrice replaces the price on line at by another one between floor and list price,
// which stand on the lines below it.
func editPrice(lines [][]byte, at int, r *rand.Rand) error {
	old, err := amount(lines[at])
	if err != nil {
		return err
	}
	list, floor := int64(0), int64(0)
	for i := at + 1; i < len(lines) && bytes.HasPrefix(lines[i], []byte("  ")); i++ {
		switch {
		case bytes.HasPrefix(lines[i], []byte("  list_price: ")):
			list, err = amount(lines[i])
		case bytes.HasPrefix(lines[i], []byte("  floor: ")):
			floor, err = amount(lines[i])
		}
		if err != nil {
			return err
		}
	}
	step := max(1, old*(1+r.Int64N(5))/100)
	if r.IntN(2) == 0 {
		step = -step
	}
	if next := old + step; next > list || next < floor {
		step = -step
	}
	line := appendAmount([]byte("  price: "), old+step)
	lines[at] = append(line, '\n')
	return nil
}

// amount reads "  name: 12.34" as hundredths.
func amount(line []byte) (int64, error) {
	_, text, _ := strings.Cut(strings.TrimSpace(string(line)), ": ")
	yuan, fen, ok := strings.Cut(text, ".")
	n, err := strconv.ParseInt(yuan+fen, 10, 64)
	if err != nil || !ok || len(fen) != 2 {
		return 0, fmt.Errorf("%q is not an amount that was generated; write two decimals and nothing behind them", text)
	}
	return n, nil
}

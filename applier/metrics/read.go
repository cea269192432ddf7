package metrics

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/promoctl/promoctl/applier"
)

// Read returns what the spool in dir keeps, the newest event first, at most limit of
// them; 0 means all. It changes nothing there. A directory that does not exist holds
// nothing, and a line that is not whole, as a killed process leaves it, is left out.
// The error is that of a directory or file that cannot be read.
func Read(dir string, limit int) ([]applier.Event, error) {
	all, err := numbers(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read event spool: %w", err)
	}
	var out []applier.Event
	for _, n := range slices.Backward(all) {
		text, err := os.ReadFile(fileName(dir, n))
		if errors.Is(err, fs.ErrNotExist) {
			continue // a release that goes on meanwhile removed it
		}
		if err != nil {
			return nil, fmt.Errorf("read event spool: %w", err)
		}
		for _, line := range slices.Backward(bytes.Split(text, []byte("\n"))) {
			if limit > 0 && len(out) == limit {
				return out, nil
			}
			var e applier.Event
			if json.Unmarshal(line, &e) == nil {
				out = append(out, e)
			}
		}
	}
	return out, nil
}

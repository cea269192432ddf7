package main

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/metrics"
)

// recorder returns what takes the events of a release: the progress display and the
// local spool. A repository that cannot be written to has no spool, and that stops
// nothing.
func (w *workspace) recorder(p *progress) applier.Recorder {
	log := slog.New(slog.NewTextHandler(w.stderr, nil))
	spool, err := metrics.OpenSpool(filepath.Join(w.repo.CacheDir(), "events"), log)
	if err != nil {
		fmt.Fprintf(w.stderr, "note: the steps of this run are not kept for later: %v\n", err)
		return p
	}
	return metrics.Tee(spool, p)
}

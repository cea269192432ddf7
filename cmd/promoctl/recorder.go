package main

import "github.com/promoctl/promoctl/applier"

// recorder returns what takes the events of a release: the progress display and the
// local spool.
func (w *workspace) recorder(p *progress) applier.Recorder { return p }

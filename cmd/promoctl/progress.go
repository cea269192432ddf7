package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/promoctl/promoctl/applier"
)

// progress shows a release under way: bars on a terminal, a log line for each finished
// step with --verbose, and elsewhere a plain line now and then when there is much to
// stage. It is an applier.Recorder.
type progress struct {
	mu    sync.Mutex
	log   *slog.Logger // nil: no log lines
	bars  *mpb.Progress
	open  map[string]*mpb.Bar
	plain io.Writer // nil: no plain lines
}

// plainEvery is how many staged records go by between two plain lines.
const plainEvery = 100_000

func (a *app) newProgress() *progress {
	p := &progress{open: map[string]*mpb.Bar{}}
	switch {
	case a.verbose:
		p.log = slog.New(slog.NewTextHandler(a.stderr, nil))
	case a.terminal:
		p.bars = mpb.New(mpb.WithOutput(a.stderr), mpb.WithWidth(40))
	default:
		p.plain = a.stderr
	}
	return p
}

// Record implements applier.Recorder.
func (p *progress) Record(e applier.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.log != nil {
		p.logStep(e)
	}
	if p.bars != nil && e.Step == applier.StepStage && e.Store != "" {
		p.draw(e)
	}
	if p.plain != nil && e.Step == applier.StepStage && !e.Done && e.Count > 0 && e.Count%plainEvery == 0 {
		fmt.Fprintf(p.plain, "staging in %s: %d of %d records\n", e.Store, e.Count, e.Total)
	}
}

func (p *progress) logStep(e applier.Event) {
	if !e.Done {
		return
	}
	level := slog.LevelInfo
	args := []any{"store", e.Store, "took", e.Took}
	if e.Total > 0 {
		args = append(args, "records", e.Total)
	}
	if e.Release != "" {
		args = append(args, "release", e.Release, "seq", e.Seq)
	}
	if e.Err != "" {
		level = slog.LevelWarn
		args = append(args, "error", e.Err)
	}
	p.log.Log(context.Background(), level, string(e.Step), args...)
}

// draw moves the bar of a store that is staging.
func (p *progress) draw(e applier.Event) {
	bar := p.open[e.Store]
	if bar == nil {
		bar = p.bars.AddBar(0, mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(fmt.Sprintf("staging in %-12s ", e.Store))),
			mpb.AppendDecorators(decor.CountersNoUnit("%d of %d records")))
		p.open[e.Store] = bar
	}
	bar.SetTotal(int64(e.Total), false)
	bar.SetCurrent(int64(e.Count))
	if e.Done {
		bar.SetTotal(-1, true)
		delete(p.open, e.Store)
	}
}

// end removes what is left of the bars, before anything else is printed.
func (p *progress) end() {
	p.mu.Lock()
	for _, bar := range p.open {
		bar.Abort(true)
	}
	p.mu.Unlock()
	if p.bars != nil {
		p.bars.Wait()
	}
}

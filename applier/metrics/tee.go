package metrics

import "github.com/promoctl/promoctl/applier"

// Tee returns a recorder that hands every event to each of the recorders, in order.
func Tee(recorders ...applier.Recorder) applier.Recorder { return tee(recorders) }

type tee []applier.Recorder

// Record implements [applier.Recorder].
func (t tee) Record(e applier.Event) {
	for _, r := range t {
		r.Record(e)
	}
}

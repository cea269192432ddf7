// Package storetest holds one conformance suite that every driver runs.
//
// A release is only as safe as the weakest store, and the engine believes each
// sentence of the contract in [applier.Store]. So each sentence is a check here,
// named after it, and a driver is done when [Run] passes against the real thing.
// The checks see a store through its methods, and the place it lives in through
// [Place]: what a plain reader sees, and what somebody does behind promoctl's back.
//
// The package also has the builder that the suite uses, [Step], so that tests of
// drivers and of the engine can make complete releases from maps of records.
package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/spec"
)

// Fault is a way in which a place can fail.
type Fault string

const (
	FaultReadOnly Fault = "read-only" // nothing can be written
	FaultFull     Fault = "full"      // no room for what a release of some hundred records writes
)

// Place is where a store lives: a directory, a database. The suite opens any number
// of handles on it, as several processes would, and looks at it and tampers with it
// without the driver. It may also be a [Lister] or an [Interrupter].
type Place interface {
	// Open returns a new handle on the place for the identity. The suite closes it
	// (if it is an io.Closer) at the end.
	Open(t testing.TB, id applier.Identity) applier.Store
	// Read returns what a plain reader (a shop's service that does not use promoctl)
	// sees of a dataset now, as one consistent read: key to canonical JSON, without
	// the fields that the shop owns. A dataset that is not there is empty. It is
	// called concurrently with everything else.
	Read(ctx context.Context, dataset string, layout spec.Layout) (map[spec.Key]string, error)
	// Tamper changes a live record behind promoctl's back; nil canonical deletes it.
	// It creates what the dataset needs if nothing was released yet.
	Tamper(t testing.TB, dataset string, layout spec.Layout, key spec.Key, canonical []byte)
	// SetFormat rewrites the live marker's format number in place.
	SetFormat(t testing.TB, format int)
	// Break makes the place fail as a real fault would and returns what mends it; ok
	// is false where the place cannot show that fault. Readers must go on.
	Break(t testing.TB, kind Fault) (mend func(), ok bool)
}

// Suite says how to test one driver.
type Suite struct {
	New        func(t testing.TB) Place // a fresh, empty place
	Partitions int                      // how many partitions the store has; 1: store-wide atomicity is demanded
}

// Run runs every check of the Store contract, each as a subtest named after the
// sentence that it checks. A place whose handles implement [applier.Scanner] or
// [applier.Initializer] is checked for those too.
func Run(t *testing.T, s Suite) {
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) { c.run(t, s) })
	}
}

// check is one sentence of the contract. It takes testing.TB, not *testing.T, so
// that the suite's own test can watch it fail.
type check struct {
	name string
	run  func(t testing.TB, s Suite)
}

// checks returns all checks in the order of the contract.
func checks() []check {
	return slices.Concat(
		liveChecks(), identityChecks(),
		stageChecks(), unsealedChecks(), driftChecks(),
		activateChecks(), atomicChecks(), raceChecks(), discardChecks(),
		datasetChecks(), fidelityChecks(), scanChecks(), initChecks(),
		faultChecks(), interruptChecks(), propertyChecks(),
	)
}

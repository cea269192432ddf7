// Package applier releases plans to stores.
//
// It owns the [Store] interface, which says what must hold for data to become live
// at once or not at all, and the [Engine], which drives stores through one release:
// read markers, plan per store, stage everywhere, compare receipts, activate the lead
// store, then the others. The state of a release lives in the stores themselves,
// updated atomically with the data; there is no state file and no lock that a killed
// process could leave behind. The engine knows no driver and no Git.
package applier

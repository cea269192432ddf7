// Package metrics keeps what releases did, step by step, so that people can ask for it
// later. Metrics never stand in the way of a release: whatever fails in here is said
// once and otherwise ignored.
//
// Events go to a [Spool] first, a directory of JSON Lines beside the repository, which
// needs no server. Whatever ships events elsewhere reads them from there.
package metrics

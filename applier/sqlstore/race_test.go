//go:build race

package sqlstore_test

// underRace: SQLite here is C turned into Go, and the race detector slows it down by
// ten; loops shrink and only every seventh boundary between statements is cut.
const underRace = true

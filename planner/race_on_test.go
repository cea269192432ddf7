//go:build race

package planner_test

// raceEnabled shrinks what is slow under the race detector.
const raceEnabled = true

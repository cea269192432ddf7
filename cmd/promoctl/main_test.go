package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be promoctl when it is called so, as scripts and the
// demo do.
func TestMain(m *testing.M) {
	// A program with the race detector waits a second before it ends; these are many.
	os.Setenv("GORACE", quickRace)
	testscript.Main(m, scriptPrograms())
}

const quickRace = "atexit_sleep_ms=10"

// TestScripts runs testdata/script. In each script, HOME is a directory of its own with
// a Git identity; scriptCommands and scriptPrograms say what it can do.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUpScript,
		Cmds:                scriptCommands(),
	})
}

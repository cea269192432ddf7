package main

import (
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// environment is the world around a run of the program, so that tests can give it
// another one.
type environment struct {
	args     []string // without the program's name
	stdin    io.Reader
	stdout   io.Writer
	stderr   io.Writer
	getenv   func(string) string
	dir      string // working directory
	now      func() time.Time
	terminal bool // stderr is a terminal: progress may be drawn there
	color    bool // stdout is a terminal: text may be colored
}

func osEnv() environment {
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	dumb := os.Getenv("TERM") == "dumb" || os.Getenv("CI") != ""
	return environment{
		args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, dir: dir, now: time.Now,
		terminal: !dumb && term.IsTerminal(int(os.Stderr.Fd())),
		color:    !dumb && os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(os.Stdout.Fd())),
	}
}

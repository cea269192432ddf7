//go:build unix

package main

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// cappedProgram runs a command that can make no file larger than so many bytes, as on a
// disk that is full.
//
//	capped BYTES COMMAND...
func cappedProgram(size string, command []string) error {
	n, err := strconv.ParseUint(size, 10, 64)
	if err != nil {
		return err
	}
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
		return err
	}
	return syscall.Exec(path, command, os.Environ())
}

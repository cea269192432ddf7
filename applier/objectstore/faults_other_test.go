//go:build !linux

package objectstore_test

import (
	"syscall"
	"testing"
)

// mountSmall would mount a small file system on root; only Linux lets a test do that.
func mountSmall(testing.TB, string) faults { return nil }

// setEffectiveUser changes who the process is when it touches files.
func setEffectiveUser(id int) error { return syscall.Seteuid(id) }

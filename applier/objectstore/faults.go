package objectstore

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// explain adds what to do to the faults of a file system. The error already names
// the file.
func explain(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w; the disk is full: make room and run the same command again", err)
	case errors.Is(err, syscall.EFBIG):
		return fmt.Errorf("%w; the limit for file sizes is too low: raise it (ulimit -f) and run the same command again", err)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w; the file system is read-only: mount it writable and run the same command again", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w; let the user that runs promoctl read and write there and run the same command again", err)
	}
	return err
}

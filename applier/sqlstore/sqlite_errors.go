package sqlstore

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// resultCode returns SQLite's primary result code of an error; 0 if it has none.
func resultCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

func isBusy(err error) bool { return resultCode(err) == sqlite3.SQLITE_BUSY }

// explain says what to do about the faults that operators meet.
func (d *sqliteDialect) explain(err error) error {
	switch resultCode(err) {
	case sqlite3.SQLITE_BUSY:
		return fmt.Errorf("the database is locked by another program for %d seconds or more; find the program that holds a long write transaction: %w", d.tries, err)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("no space left for the database; free disk space and run the command again: %w", err)
	case sqlite3.SQLITE_READONLY:
		return fmt.Errorf("the database is read-only; check the permissions of the file and its directory: %w", err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("the database is damaged; restore it from a backup (the sqlite3 shell's .recover may save data): %w", err)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("the file is not a SQLite database; check the store's url: %w", err)
	case sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("the database cannot be opened; check that the directory exists and may be written: %w", err)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("the disk failed to read or write the database; check disk and file system: %w", err)
	}
	return err
}

package sqlstore

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

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
	if vfs := d.params.Get("vfs"); vfs != "" && strings.Contains(err.Error(), vfs) {
		return errors.New("url names a vfs that SQLite does not have; correct the parameter vfs, or remove it") // it may hold a secret
	}
	switch resultCode(err) {
	case 0:
		if errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("let the user that runs promoctl read and write the file and its directory: %w", err)
		}
		return err
	case sqlite3.SQLITE_CONSTRAINT:
		return fmt.Errorf("a constraint or trigger of a table refuses a row; if the shop added it, change it there, then run the command again: %w", err)
	case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_SCHEMA:
		return fmt.Errorf("the tables are not as promoctl left them, or a trigger of the shop failed; run promoctl init-store to see what is missing, then promoctl apply --repair: %w", err)
	case sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return fmt.Errorf("let the user that runs promoctl read and write the file and its directory: %w", err)
	case sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_TOOBIG:
		return fmt.Errorf("there is not enough memory for a record or a statement; free memory and run the command again: %w", err)
	case sqlite3.SQLITE_INTERRUPT:
		return fmt.Errorf("it was interrupted; run the command again: %w", err)
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
	return fmt.Errorf("the database refused; run the command again, and check the file with PRAGMA integrity_check if that does not help: %w", err)
}

package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// scriptPrograms are the programs that scripts can run: promoctl itself, and what stands
// for the shop, an operator's hand and the bad luck of a machine. None of them knows
// promoctl's packages.
func scriptPrograms() map[string]func() {
	return map[string]func(){
		"promoctl": main,
		"sql":      func() { end(sqlProgram(os.Args[1], os.Args[2:])) },
		"sqlfile":  func() { end(sqlFileProgram(os.Args[1], os.Args[2])) },
		"record":   func() { end(recordProgram(os.Args[1], os.Args[2], os.Args[3])) },
		"when":     func() { end(whenProgram(os.Args[1], os.Args[2], os.Args[3:])) },
		"locked":   func() { end(lockedProgram(os.Args[1], os.Args[2:])) },
		"capped":   func() { end(cappedProgram(os.Args[1], os.Args[2:])) },
		"together": func() { end(togetherProgram(os.Args[1:])) },
	}
}

// childCode is the exit code of the child of a program.
type childCode int

func (c childCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

func end(err error) {
	var code childCode
	switch {
	case errors.As(err, &code):
		os.Exit(int(code))
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
}

// sqlProgram runs statements on a SQLite file and prints the rows of queries.
//
//	sql FILE STATEMENT...
func sqlProgram(file string, statements []string) error {
	db, err := openSQL(file)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, s := range statements {
		if err := printRows(db, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// sqlFileProgram runs the statements of a file, as an administrator's shell does.
//
//	sqlfile FILE STATEMENTS
func sqlFileProgram(file, statements string) error {
	text, err := os.ReadFile(statements)
	if err != nil {
		return err
	}
	db, err := openSQL(file)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(string(text))
	return err
}

func openSQL(file string) (*sql.DB, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: "_pragma=busy_timeout(20000)"}
	return sql.Open("sqlite", dsn.String())
}

func printRows(db *sql.DB, statement string) error {
	rows, err := db.Query(statement)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		values := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			if i > 0 {
				fmt.Print(" ")
			}
			fmt.Print(v.String)
		}
		fmt.Println()
	}
	return rows.Err()
}

// recordProgram prints a record as a reader of the file store finds it.
//
//	record DIR DATASET KEY
func recordProgram(dir, dataset, key string) error {
	releases, err := os.ReadDir(filepath.Join(dir, "live")) // sorted by name
	if err != nil || len(releases) == 0 {
		return fmt.Errorf("nothing is live in %s: %w", dir, err)
	}
	var m struct {
		Datasets map[string]struct {
			Buckets uint32
			Objects []struct {
				Bucket uint32
				Path   string
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "live", releases[len(releases)-1].Name(), "manifest.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return err
	}
	d := m.Datasets[dataset]
	for _, o := range d.Objects {
		if o.Bucket == crc32.ChecksumIEEE([]byte(key))%d.Buckets {
			return printLine(filepath.Join(dir, o.Path), fmt.Sprintf(`{"key":%q,`, key))
		}
	}
	return fmt.Errorf("no record %s", key)
}

func printLine(file, prefix string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.HasPrefix(s.Text(), prefix) {
			fmt.Println(s.Text())
			return nil
		}
	}
	return fmt.Errorf("no line %s in %s", prefix, file)
}

// whenProgram runs a command and sends it a signal as soon as a file is there whose name
// matches a pattern; with LOCK it takes the write lock of a SQLite file before that and
// keeps it. It ends with the command's exit code, 137 if that was killed.
//
//	when PATTERN [LOCK=FILE,]INT|KILL COMMAND...
func whenProgram(pattern, name string, command []string) error {
	cmd, ended, err := start(command)
	if err != nil {
		return err
	}
	for {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			break
		}
		select {
		case err := <-ended:
			return fmt.Errorf("%v ended before there was a file %s: %v", command, pattern, err)
		case <-time.After(2 * time.Millisecond):
		}
	}
	if file, rest, ok := strings.Cut(strings.TrimPrefix(name, "LOCK="), ","); ok {
		db, err := lockSQL(file)
		if err != nil {
			return err
		}
		defer db.Close()
		name = rest
	}
	sig := syscall.SIGINT
	if name == "KILL" {
		sig = syscall.SIGKILL
	}
	if err := cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("%v ended before it got the signal: %v", command, err)
	}
	return codeOfChild(<-ended)
}

// start runs a command in the background.
func start(command []string) (*exec.Cmd, <-chan error, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return cmd, ended, nil
}

func codeOfChild(err error) error {
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() < 0:
		return childCode(137)
	case errors.As(err, &exit):
		return childCode(exit.ExitCode())
	}
	return err
}

// lockedProgram runs a command while it holds the write lock of a SQLite file, as a shop
// with a long transaction does.
//
//	locked FILE COMMAND...
func lockedProgram(file string, command []string) error {
	db, err := lockSQL(file)
	if err != nil {
		return err
	}
	defer db.Close()
	_, ended, err := start(command)
	if err != nil {
		return err
	}
	return codeOfChild(<-ended)
}

// lockSQL takes the write lock of a SQLite file, until the file is closed.
func lockSQL(file string) (*sql.DB, error) {
	db, err := openSQL(file)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	_, err = conn.ExecContext(context.Background(), "BEGIN IMMEDIATE")
	return db, err
}

// togetherProgram runs two commands, with "--" between them, at the same time, and
// prints their exit codes.
//
//	together COMMAND... -- COMMAND...
func togetherProgram(args []string) error {
	for i, a := range args {
		if a != "--" {
			continue
		}
		_, first, err := start(args[:i])
		if err != nil {
			return err
		}
		_, second, err := start(args[i+1:])
		if err != nil {
			return err
		}
		fmt.Printf("exit codes %d and %d\n", codeNumber(<-first), codeNumber(<-second))
		return nil
	}
	return errors.New("usage: together COMMAND... -- COMMAND...")
}

func codeNumber(err error) int {
	var code childCode
	if errors.As(codeOfChild(err), &code) {
		return int(code)
	}
	return 0
}

package storetest

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// recorder is a testing.TB that notes failures instead of failing, so that a test can
// expect them.
type recorder struct {
	testing.TB
	mu      sync.Mutex
	notes   []string
	failed  bool
	skipped bool
}

// record runs a check and returns what it said.
func record(t testing.TB, c check, s Suite) *recorder {
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				r.Errorf("panic: %v", p)
			}
		}()
		c.run(r, s)
	}()
	<-done
	return r
}

func (r *recorder) note(text string, failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes = append(r.notes, text)
	r.failed = r.failed || failed
}

func (r *recorder) Helper()                           {}
func (r *recorder) Log(args ...any)                   {}
func (r *recorder) Logf(format string, args ...any)   {}
func (r *recorder) Error(args ...any)                 { r.note(fmt.Sprint(args...), true) }
func (r *recorder) Errorf(format string, args ...any) { r.note(fmt.Sprintf(format, args...), true) }
func (r *recorder) Fail()                             { r.note("failed", true) }

func (r *recorder) FailNow() {
	r.Fail()
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) {
	r.Error(args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

func (r *recorder) SkipNow() {
	r.mu.Lock()
	r.skipped = true
	r.mu.Unlock()
	runtime.Goexit()
}

func (r *recorder) Skip(args ...any) {
	r.note(fmt.Sprint(args...), false)
	r.SkipNow()
}

func (r *recorder) Skipf(format string, args ...any) {
	r.note(fmt.Sprintf(format, args...), false)
	r.SkipNow()
}

func (r *recorder) Skipped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.skipped
}

package objectstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/promoctl/promoctl/spec"
)

// The parts of a line around key and record. Readers may grep for them.
const (
	lineStart  = `{"key":`
	lineMiddle = `,"record":`
	lineEnd    = "}\n"
)

// entry is one record of an object. Its slices are valid until the next one is read.
type entry struct {
	key    []byte
	record []byte
}

// appendLine appends the line of a record: the same record gives the same bytes.
func appendLine(dst []byte, e entry) []byte {
	dst = append(dst, lineStart...)
	dst = appendString(dst, e.key)
	dst = append(dst, lineMiddle...)
	dst = append(dst, e.record...)
	return append(dst, lineEnd...)
}

// appendString appends the JSON string of s. It escapes no more than JSON demands,
// so that a key reads, and can be searched for, as it is written in Git.
func appendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = fmt.Appendf(dst, `\u%04x`, c)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// checkRecord refuses what a line cannot hold and give back byte by byte.
func checkRecord(r *spec.Record) error {
	if !utf8.ValidString(string(r.Key)) {
		return fmt.Errorf("key %q is not valid UTF-8", r.Key)
	}
	if len(r.JSON) == 0 || r.JSON[0] != '{' || bytes.IndexByte(r.JSON, '\n') >= 0 {
		return fmt.Errorf("record %s is not a JSON object on one line", r.Key)
	}
	return nil
}

// parseOwn reads a line that is known to have been written by appendLine.
func parseOwn(line []byte) (entry, error) {
	rest, ok := bytes.CutPrefix(line, []byte(lineStart+`"`))
	end := bytes.IndexByte(rest, '"')
	if !ok || end < 0 || bytes.IndexByte(rest[:end], '\\') >= 0 {
		return parseAny(line) // a key with escapes: rare
	}
	record, ok := bytes.CutPrefix(rest[end+1:], []byte(lineMiddle))
	if !ok {
		return parseAny(line)
	}
	return entry{key: rest[:end], record: bytes.TrimSuffix(record, []byte("}"))}, nil
}

// parseAny reads a line that a person or another program may have written. A record
// that is no JSON object is wrapped in one, so that it compares as different.
func parseAny(line []byte) (entry, error) {
	var l struct {
		Key    *string         `json:"key"`
		Record json.RawMessage `json:"record"`
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return entry{}, fmt.Errorf("not a JSON line: %w", err)
	}
	if l.Key == nil {
		return entry{}, errors.New(`the line has no "key"`)
	}
	if !strings.HasPrefix(string(l.Record), "{") {
		l.Record = unreadable(l.Record)
	}
	return entry{key: []byte(*l.Key), record: l.Record}, nil
}

// unreadable returns a JSON object that shows what stands where one record should be.
func unreadable(found ...json.RawMessage) json.RawMessage {
	for i := range found {
		if len(found[i]) == 0 {
			found[i] = json.RawMessage("null")
		}
	}
	list := bytes.Join(rawBytes(found), []byte(","))
	return append(append([]byte(`{"unreadable":[`), list...), "]}"...)
}

func rawBytes(raw []json.RawMessage) [][]byte {
	out := make([][]byte, len(raw))
	for i, r := range raw {
		out[i] = r
	}
	return out
}

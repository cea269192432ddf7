package spec

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxFileSize is how large a data file may be, in bytes. A larger one is an error:
// split it, so that a change to one record stays cheap to read and to review.
const MaxFileSize = 32 << 20

var utf8BOM = []byte("\xef\xbb\xbf")

// parseText turns the bytes of a file into documents: JSON by the name .json, YAML
// otherwise.
func parseText(file string, data []byte) ([]Node, Problems) {
	data, problems := checkText(file, data)
	if len(problems) > 0 {
		return nil, problems
	}
	if strings.HasSuffix(file, ".json") {
		return parseJSON(file, data)
	}
	return parseYAML(file, data)
}

// checkText refuses what no parser should see and strips a UTF-8 byte order mark.
func checkText(file string, data []byte) ([]byte, Problems) {
	var ps Problems
	if len(data) > MaxFileSize {
		ps.Addf(Pos{File: file}, "", "the file has %d bytes, more than %d; split it into several files", len(data), MaxFileSize)
		return nil, ps
	}
	data = bytes.TrimPrefix(data, utf8BOM)
	if !utf8.Valid(data) {
		at, b := firstInvalid(data)
		ps.Addf(linePos(file, data, at), "", "byte 0x%02x is not UTF-8; save the file with the encoding UTF-8", b)
		return nil, ps
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		ps.Addf(linePos(file, data, i), "", "the file contains a NUL byte; remove it")
		return nil, ps
	}
	return data, checkConflictMarkers(file, data)
}

func firstInvalid(data []byte) (int, byte) {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n <= 1 {
			return i, data[i]
		}
		i += n
	}
	return 0, 0
}

// linePos turns an offset into a position. Columns count characters, as yaml.v3 does.
func linePos(file string, data []byte, offset int) Pos {
	before := data[:offset]
	line := 1 + bytes.Count(before, []byte("\n"))
	col := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return Pos{File: file, Line: line, Col: col}
}

// checkConflictMarkers finds what a merge left behind and shows both sides. A marker
// counts only when it starts its line, as Git writes it.
func checkConflictMarkers(file string, data []byte) Problems {
	var ps Problems
	if !bytes.Contains(data, []byte("<<<<<<< ")) {
		return nil
	}
	var start int
	var ours, theirs []string
	side := &ours
	inside := false
	for i, line := range strings.Split(string(data), "\n") {
		switch {
		case strings.HasPrefix(line, "<<<<<<< "):
			start, inside, ours, theirs, side = i+1, true, nil, nil, &ours
		case inside && strings.HasPrefix(line, "||||||| "):
			side = new([]string) // the common ancestor of a diff3 conflict
		case inside && line == "=======":
			side = &theirs
		case inside && strings.HasPrefix(line, ">>>>>>> "):
			inside = false
			ps = append(ps, Problem{
				Pos:  Pos{File: file, Line: start, Col: 1},
				What: fmt.Sprintf("conflict markers of a merge: one side has %s, the other has %s", quoteSide(ours), quoteSide(theirs)),
				Fix:  "keep one of them and delete the lines <<<<<<<, ======= and >>>>>>>",
			})
		case inside:
			*side = append(*side, strings.TrimSpace(line))
		}
	}
	return ps
}

// quoteSide shows a side of a conflict in a line.
func quoteSide(lines []string) string {
	const most = 3
	if len(lines) == 0 {
		return "nothing"
	}
	more := ""
	if len(lines) > most {
		more = fmt.Sprintf(" and %d more lines", len(lines)-most)
		lines = lines[:most]
	}
	return fmt.Sprintf("%q%s", strings.Join(lines, " | "), more)
}

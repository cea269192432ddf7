package spec

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// MaxFileSize is how large a data file may be, in bytes. A larger one is an error:
// split it, so that a change to one record stays cheap to read and to review.
const MaxFileSize = 32 << 20

var utf8BOM = []byte("\xef\xbb\xbf")

// parseText turns the bytes of a file into documents: JSON by the name .json, YAML
// otherwise. Show says what of a line may be shown in a problem.
func parseText(file string, data []byte, show lineMask) ([]Node, Problems) {
	data, problems := checkText(file, data)
	if len(problems) == 0 {
		problems = checkConflictMarkers(file, data, show)
	}
	switch {
	case len(problems) > 0:
		return nil, problems
	case strings.HasSuffix(file, ".json"):
		return parseJSON(file, data)
	}
	if problems = checkLineBreaks(file, data); len(problems) > 0 {
		return nil, problems
	}
	return parseYAML(file, data)
}

// checkText refuses what no parser should see and strips a UTF-8 byte order mark.
func checkText(file string, data []byte) ([]byte, Problems) {
	var ps Problems
	if len(data) > MaxFileSize {
		ps.Addf(Pos{File: file}, "", "the file has more than %d MiB; split it into several files", MaxFileSize>>20)
		return nil, ps
	}
	data = bytes.TrimPrefix(data, utf8BOM)
	if !utf8.Valid(data) {
		at, b := firstInvalid(data)
		ps.Addf(linePos(file, data, at), "", "byte 0x%02x is not UTF-8; save the file with the encoding UTF-8", b)
		return nil, ps
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		ps.Addf(linePos(file, data, i), "", "a NUL byte, as in UTF-16; save the file with the encoding UTF-8")
		return nil, ps
	}
	if i := bytes.Index(data, utf8BOM); i >= 0 {
		ps.Addf(linePos(file, data, i), "", "an invisible byte order mark (U+FEFF) in the middle of the file; remove it, or write it as \\ufeff in double quotes")
		return nil, ps
	}
	return data, nil
}

// checkLineBreaks refuses characters that YAML 1.1 takes for line ends and YAML 1.2,
// editors and Git do not: they would cut texts short and shift every line number.
func checkLineBreaks(file string, data []byte) Problems {
	var ps Problems
	for _, c := range [...]rune{0x85, 0x2028, 0x2029} {
		if i := bytes.IndexRune(data, c); i >= 0 {
			ps.Addf(linePos(file, data, i), "", "an invisible line break (U+%04X) that YAML parsers disagree about; remove it", c)
		}
	}
	return ps
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

// linePos turns an offset into a position. Lines and columns count as yaml.v3 counts
// them: a column is a character, and a line ends with LF, CR LF or CR.
func linePos(file string, data []byte, offset int) Pos {
	line, start := 1, 0
	for i := range offset {
		if lineEnds(data, i) {
			line, start = line+1, i+1
		}
	}
	return Pos{File: file, Line: line, Col: 1 + utf8.RuneCount(data[start:offset])}
}

// lineEnds reports whether the byte at an offset is the last one of its line.
func lineEnds(data []byte, at int) bool {
	return data[at] == '\n' || data[at] == '\r' && (at+1 == len(data) || data[at+1] != '\n')
}

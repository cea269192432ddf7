package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// parseJSON reads a .json file by the rules of JSON, which YAML parsers do not quite
// keep (tabs, escapes, a trailing comma), into the same nodes.
func parseJSON(file string, data []byte) ([]Node, Problems) {
	r := jsonReader{file: file, data: data, line: 1, col: 1}
	r.dec = json.NewDecoder(bytes.NewReader(data))
	r.dec.UseNumber()
	node, err := r.value(0)
	if errors.Is(err, io.EOF) {
		return nil, nil // an empty file has no records
	}
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return nil, r.problem(err)
	}
	return []Node{node}, nil
}

// jsonTextError is an error that says what and what to do. It is about the last token, or
// about what follows it.
type jsonTextError struct {
	text  string
	token bool
}

func (e jsonTextError) Error() string { return e.text }

// jsonReader builds nodes from tokens and keeps track of the place of each.
type jsonReader struct {
	file      string
	dec       *json.Decoder
	data      []byte
	offset    int // of line and col
	line, col int
}

// value reads a value that lies so many lists and objects deep.
func (r *jsonReader) value(depth int) (Node, error) {
	start := r.start()
	line, col := r.advance(start)
	tok, err := r.dec.Token()
	if err != nil {
		return Node{}, err
	}
	switch v := tok.(type) {
	case json.Delim:
		return r.container(v, line, col, depth)
	case string:
		if r.loneSurrogate(start, v) {
			return Node{}, jsonTextError{"half a surrogate pair stands for no character; write both halves, or the character itself", true}
		}
		return newScalar(v, true, line, col), nil
	case json.Number:
		return newScalar(v.String(), false, line, col), nil
	case bool:
		return newScalar(fmt.Sprint(v), false, line, col), nil
	}
	return newScalar("null", false, line, col), nil
}

func (r *jsonReader) container(open json.Delim, line, col, depth int) (Node, error) {
	const most = 2 * maxDepth // with the document around the records
	if depth > most {
		return Node{}, jsonTextError{fmt.Sprintf("nested more than %d deep; write a flatter record", most), true}
	}
	kind := SequenceNode
	if open == '{' {
		kind = MappingNode
	}
	var content []Node
	for r.dec.More() {
		child, err := r.value(depth + 1)
		if err != nil {
			return Node{}, unexpectedEnd(err)
		}
		content = append(content, child)
	}
	if _, err := r.dec.Token(); err != nil {
		return Node{}, unexpectedEnd(err)
	}
	return newContainer(kind, line, col, content), nil
}

// end makes sure that nothing stands behind the value.
func (r *jsonReader) end() error {
	if len(bytes.TrimLeft(r.data[r.dec.InputOffset():], " \t\r\n")) > 0 {
		return jsonTextError{"more text after the JSON value; put all records into one list [...]", false}
	}
	return nil
}

// start returns where the next token starts.
func (r *jsonReader) start() int {
	at := int(r.dec.InputOffset())
	for at < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[at]) >= 0 {
		at++
	}
	return at
}

// advance moves to an offset and returns its line and column.
func (r *jsonReader) advance(to int) (line, col int) {
	for r.offset < to {
		_, n := utf8.DecodeRune(r.data[r.offset:])
		r.col++
		if lineEnds(r.data, r.offset) {
			r.line, r.col = r.line+1, 1
		}
		r.offset += n
	}
	return r.line, r.col
}

// loneSurrogate reports whether the library replaced an escape of the string that starts
// at an offset by U+FFFD, which would change a text without a word.
func (r *jsonReader) loneSurrogate(start int, text string) bool {
	const replacement = "\uFFFD"
	n := strings.Count(text, replacement)
	if n == 0 {
		return false
	}
	raw := string(r.data[start:r.dec.InputOffset()])
	return n > strings.Count(raw, replacement)+strings.Count(strings.ToLower(raw), `\ufffd`)
}

func unexpectedEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// parseJSON reads a .json file by the rules of JSON, which YAML parsers do not quite
// keep (tabs, escapes, a trailing comma), into the same nodes.
func parseJSON(file string, data []byte) ([]Node, Problems) {
	r := jsonReader{data: data, line: 1, col: 1}
	r.dec = json.NewDecoder(bytes.NewReader(data))
	r.dec.UseNumber()
	var ps Problems
	node, err := r.value()
	if errors.Is(err, io.EOF) {
		return nil, nil // an empty file has no records
	}
	if err == nil {
		if _, rest := r.dec.Token(); !errors.Is(rest, io.EOF) {
			err = fmt.Errorf("more text after the JSON value")
		}
	}
	if err != nil {
		ps.Addf(linePos(file, data, r.errorOffset(err)), "", "not valid JSON: %v; %s", err, "check commas, quotes and brackets here and on the line before")
		return nil, ps
	}
	return []Node{node}, nil
}

// jsonReader builds nodes from tokens and keeps track of the place of each.
type jsonReader struct {
	dec       *json.Decoder
	data      []byte
	offset    int // of line and col
	line, col int
}

func (r *jsonReader) errorOffset(err error) int {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return max(0, min(int(syntax.Offset)-1, len(r.data)))
	}
	return min(int(r.dec.InputOffset()), len(r.data))
}

// advance moves line and col to an offset.
func (r *jsonReader) advance(to int) {
	for r.offset < to {
		c, n := utf8.DecodeRune(r.data[r.offset:])
		r.offset += n
		r.col++
		if c == '\n' {
			r.line, r.col = r.line+1, 1
		}
	}
}

// next returns the next token and its place.
func (r *jsonReader) next() (tok json.Token, line, col int, err error) {
	start := int(r.dec.InputOffset())
	for start < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[start]) >= 0 {
		start++
	}
	r.advance(start)
	line, col = r.line, r.col
	tok, err = r.dec.Token()
	return tok, line, col, err
}

func (r *jsonReader) value() (Node, error) {
	tok, line, col, err := r.next()
	if err != nil {
		return Node{}, err
	}
	switch v := tok.(type) {
	case json.Delim:
		return r.container(v, line, col)
	case string:
		return newScalar(v, true, line, col), nil
	case json.Number:
		return newScalar(v.String(), false, line, col), nil
	case bool:
		return newScalar(fmt.Sprint(v), false, line, col), nil
	}
	return newScalar("null", false, line, col), nil
}

func (r *jsonReader) container(open json.Delim, line, col int) (Node, error) {
	kind := SequenceNode
	if open == '{' {
		kind = MappingNode
	}
	var content []Node
	for r.dec.More() {
		child, err := r.value()
		if err != nil {
			return Node{}, unexpectedEnd(err)
		}
		content = append(content, child)
	}
	if _, _, _, err := r.next(); err != nil {
		return Node{}, unexpectedEnd(err)
	}
	return newContainer(kind, line, col, content), nil
}

func unexpectedEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

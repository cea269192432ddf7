package spec

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// MaxCSVSize is how large a CSV file may be, in bytes.
const MaxCSVSize = 512 << 20

// CSVOptions says how a CSV file is read.
type CSVOptions struct {
	Delimiter rune              // 0: the comma, semicolon or tab that the first line has most of
	Ignore    []string          // columns to leave out, as the header names them
	Set       map[string]string // columns that the file lacks, with the cell that each row has
}

// CSV offers the rows of a CSV file whose header names fields: dotted for a field inside
// of another one, $file.x for a part of the key that stands in the enclosing document.
// Cells are read as the schema says, never guessed: a text stays the text that it is.
// Problems then has everything that is wrong with the file.
func (im *Import) CSV(file string, data []byte, o CSVOptions) {
	r, problems := openCSV(im, file, data, o)
	im.problems = append(im.problems, problems...)
	if r == nil {
		return
	}
	r.inferKinds()
	r.checkHeader()
	r.eachRow(r.take)
}

// csvReader reads one CSV file into an Import.
type csvReader struct {
	im      *Import
	file    string
	data    []byte
	lines   []int // offset of each line
	comma   rune
	skip    int // lines before the header
	names   []string
	at      []Pos           // of names
	columns []*csvColumn    // those of the header, then those that are set
	missing map[string]bool // required fields that have no column
}

// openCSV reads the header. It returns nil if there is no use in reading on.
func openCSV(im *Import, file string, data []byte, o CSVOptions) (*csvReader, Problems) {
	var problems Problems
	if len(data) > MaxCSVSize {
		problems.Addf(Pos{File: file}, "", "the file has more than %d MiB; split it and import the parts with --out", MaxCSVSize>>20)
		return nil, problems
	}
	data, problems = checkEncoding(file, data)
	if len(problems) > 0 {
		return nil, problems
	}
	r := &csvReader{im: im, file: file, data: data, missing: map[string]bool{}}
	r.lines = lineOffsets(data)
	r.comma = r.delimiter(o.Delimiter)
	header, at, err := r.header()
	switch {
	case errors.Is(err, io.EOF):
		problems.Addf(Pos{File: file, Line: 1, Col: 1}, "", "the file has no header; write the names of the fields into its first line")
	case err != nil:
		problems = append(problems, r.problem(err))
	}
	if len(problems) > 0 {
		return nil, problems
	}
	r.names, r.at = header, at
	return r, r.resolve(o)
}

// checkEncoding refuses text that would be read wrongly, and strips a byte order mark.
func checkEncoding(file string, data []byte) ([]byte, Problems) {
	var ps Problems
	data = bytes.TrimPrefix(data, utf8BOM)
	switch at, b := firstInvalid(data); {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")), bytes.IndexByte(data, 0) >= 0:
		ps.Addf(Pos{File: file, Line: 1, Col: 1}, "", "the file is UTF-16 or not text; save it as CSV with the encoding UTF-8")
	case !utf8.Valid(data):
		ps.Addf(linePos(file, data, at), "", "byte 0x%02x is not UTF-8; save the file as CSV with the encoding UTF-8", b)
	case bytes.IndexByte(data, '\n') < 0 && bytes.IndexByte(data, '\r') >= 0:
		ps.Addf(Pos{File: file, Line: 1, Col: 1}, "", "the lines end as on an old Macintosh; save the file with the line ends of Unix or Windows")
	}
	return data, ps
}

func lineOffsets(data []byte) []int {
	lines := []int{0}
	for i, c := range data {
		if c == '\n' {
			lines = append(lines, i+1)
		}
	}
	return lines
}

// delimiter returns the delimiter that was asked for, that the file names in a line like
// "sep=;", or that its first line has most of.
func (r *csvReader) delimiter(asked rune) rune {
	first, _, _ := strings.Cut(string(r.data[:min(len(r.data), 1<<16)]), "\n")
	named := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(first), `"`), `"`)
	if sep, ok := strings.CutPrefix(named, "sep="); ok && utf8.RuneCountInString(sep) == 1 {
		r.skip = 1
		if asked == 0 {
			asked, _ = utf8.DecodeRuneInString(sep)
		}
	}
	if asked != 0 {
		return asked
	}
	inQuotes, counts := false, map[rune]int{}
	for _, c := range first {
		if c == '"' {
			inQuotes = !inQuotes
		}
		if !inQuotes {
			counts[c]++
		}
	}
	best := ','
	for _, c := range [...]rune{';', '\t'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

// open returns a reader of the file from its header on.
func (r *csvReader) open() *csv.Reader {
	from := len(r.data)
	if r.skip < len(r.lines) {
		from = r.lines[r.skip]
	}
	c := csv.NewReader(bytes.NewReader(r.data[from:]))
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = r.comma, -1, true
	return c
}

func (r *csvReader) header() (names []string, at []Pos, err error) {
	c := r.open()
	row, err := c.Read()
	if err != nil {
		return nil, nil, err
	}
	for i, name := range row {
		names, at = append(names, strings.TrimSpace(name)), append(at, r.pos(c, i))
	}
	return names, at, nil
}

// pos returns where a cell of the last row stands, with columns in characters.
func (r *csvReader) pos(c *csv.Reader, cell int) Pos {
	line, col := c.FieldPos(cell)
	return r.place(line+r.skip, col)
}

func (r *csvReader) place(line, col int) Pos {
	from := r.lines[min(line, len(r.lines))-1]
	to := min(from+col-1, len(r.data))
	return Pos{File: r.file, Line: line, Col: 1 + utf8.RuneCount(r.data[from:to])}
}

// problem words an error of the CSV itself.
func (r *csvReader) problem(err error) Problem {
	var broken *csv.ParseError
	if !errors.As(err, &broken) {
		return Problem{Pos: Pos{File: r.file}, What: err.Error(), Fix: "save the file again as CSV"}
	}
	p := Problem{Pos: r.place(broken.Line+r.skip, max(1, broken.Column))}
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		p.What, p.Fix = "a quote inside of a cell that is not in quotes", `write the cell in quotes and double the quotes in it: "say ""hi"""`
	default:
		p.What, p.Fix = "the quotes of a cell do not match", `close the quotes, and double those in the cell: "say ""hi"""`
	}
	return p
}

// csvRow is a row of the file.
type csvRow struct {
	cells []string // only until the next row
	at    func(cell int) Pos
}

// eachRow calls use for every row that has a cell for each column. What else is wrong is
// noted the first time, by the pass that takes the rows.
func (r *csvReader) eachRow(use func(csvRow)) {
	taking := r.columns[0].settled
	c := r.open()
	for header := true; ; header = false {
		cells, err := c.Read()
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			if taking {
				r.im.problems = append(r.im.problems, r.problem(err))
			}
			return // where the next row starts is anybody's guess
		case header || blank(cells):
			continue
		case len(cells) != len(r.names):
			if taking {
				r.im.problems.Addf(r.pos(c, 0), "", "%s where the header has %d; put a cell that holds the delimiter %q in quotes, or choose another one with --delimiter",
					count(len(cells), "cell"), len(r.names), r.comma)
			}
			continue
		}
		use(csvRow{cells, func(cell int) Pos { return r.pos(c, cell) }})
	}
}

// blank reports whether a row has no value: spreadsheets leave such rows at the end.
func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// take offers one row to the import.
func (r *csvReader) take(row csvRow) {
	first := row.at(0)
	record, parts := newContainer(MappingNode, first.Line, first.Col, nil), map[string]Node{}
	var problems Problems
	cellOf := map[string]Pos{}
	for i, col := range r.columns {
		at, text := first, col.constant
		if i < len(row.cells) {
			at, text = row.at(i), row.cells[i]
		}
		if cellOf[col.name] = at; col.ignored || strings.TrimSpace(text) == "" {
			continue
		}
		n, problem := col.node(text, at)
		switch {
		case problem != nil:
			problems = append(problems, *problem)
		case col.document:
			parts[col.name] = n
		default:
			record.put(col.path, n)
		}
	}
	_, found := r.im.add(r.file, parts, record)
	r.im.problems = append(r.im.problems, r.forCells(found, problems, cellOf)...)
}

// forCells words problems for people who look at a table: a missing field is an empty
// cell, and about a column that is missing as a whole everything was said. What could
// not become a value at all is a problem of its own.
func (r *csvReader) forCells(found, own Problems, cellOf map[string]Pos) Problems {
	said := map[string]bool{}
	for _, p := range own {
		said[p.Field] = true
	}
	for _, p := range found {
		name := p.Field
		if _, ok := cellOf["$file."+name]; ok || r.missing["$file."+name] {
			name = "$file." + name
		}
		at, isColumn := cellOf[name]
		missing := p.What == missingField || strings.HasPrefix(p.Fix, "add it with a text")
		switch {
		case said[p.Field], missing && r.missing[name]:
			continue
		case missing && isColumn:
			p.Pos, p.What, p.Fix = at, "the cell is empty, and the field is required", "fill it in"
		case missing:
			p.Fix = "add a column for it"
		}
		said[p.Field] = said[p.Field] || missing
		own = append(own, p)
	}
	return own
}

// missingField is what a problem says of a required field that is not there.
const missingField = "required field is missing"

// checkHeader notes columns that records cannot do without.
func (r *csvReader) checkHeader() {
	d := r.im.dataset
	var need []string
	for _, k := range d.key {
		need = append(need, k.name)
	}
	for _, name := range d.Schema.root.names {
		if d.Schema.root.required[name] {
			need = append(need, name)
		}
	}
	for _, name := range need {
		if !r.has(name) && !r.missing[name] {
			r.missing[name] = true
			r.im.problems.Addf(Pos{File: r.file, Line: 1 + r.skip, Col: 1}, name, "the column is missing, and the field is required; add the column, or give every record the same with --set %s=VALUE", name)
		}
	}
}

// has reports whether a column gives the field, or a part of it.
func (r *csvReader) has(name string) bool {
	for _, c := range r.columns {
		if !c.ignored && (c.name == name || strings.HasPrefix(c.name, name+".") || strings.HasPrefix(name, c.name+".")) {
			return true
		}
	}
	return false
}

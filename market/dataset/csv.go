package dataset

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// delimiters are the ones that are told apart, the likelier first.
var delimiters = []rune{',', ';', '\t', '|'}

// parseCSV reads a table to its end.
func parseCSV(r io.Reader) (found summary, err error) {
	in := newText(r, maxRecord, "record")
	in.wide = &breadth{}
	buffered, head, err := in.begin()
	if err != nil {
		return found, err
	}
	delimiter := sniffDelimiter(head)
	rows := newCSV(buffered, delimiter)
	in.wide.delimiter, in.wide.lazy = byte(delimiter), rows.LazyQuotes
	t := csvTable{in: in, rows: rows, preview: preview{head: head}}
	if err := t.read(); err != nil {
		return found, err
	}
	found, err = t.summary()
	found.dialect.Delimiter = string(delimiter)
	return found, err
}

func newCSV(r io.Reader, delimiter rune) *csv.Reader {
	rows := csv.NewReader(r)
	rows.Comma, rows.FieldsPerRecord, rows.ReuseRecord = delimiter, -1, true
	// Files with tabs mostly quote nothing and have quotes as part of what they say.
	rows.LazyQuotes = delimiter == '\t'
	return rows
}

// csvTable is a table as its records come in.
type csvTable struct {
	in   *text
	rows *csv.Reader
	preview

	first   []string // the first record, which may be a header
	columns []column // of the records behind it
	records int64    // all of them
}

func (t *csvTable) read() error {
	for {
		at := t.rows.InputOffset()
		record, err := t.rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return t.fault(err)
		}
		t.in.took()
		t.records++
		t.keep(at, t.rows.InputOffset())
		if err := t.take(record); err != nil {
			return err
		}
	}
}

func (t *csvTable) fault(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return bad("row %d (line %d): %v", t.records+1, parse.Line, parse.Err)
	}
	return err
}

func (t *csvTable) take(record []string) error {
	if t.first == nil {
		return t.begin(record)
	}
	if len(record) != len(t.first) {
		line, _ := t.rows.FieldPos(0)
		return bad("row %d (line %d) has %s, the first row has %d", t.records, line, cells(len(record)), len(t.first))
	}
	for i, cell := range record {
		if len(cell) > maxCell {
			line, _ := t.rows.FieldPos(i)
			return bad("row %d (line %d), column %d: the cell is longer than %d bytes", t.records, line, i+1, maxCell)
		}
		if c := &t.columns[i]; !c.settled() {
			c.seen |= kindOfCell(cell)
		}
	}
	return nil
}

func cells(n int) string {
	if n == 1 {
		return "1 cell"
	}
	return fmt.Sprintf("%d cells", n)
}

func (t *csvTable) begin(record []string) error {
	if len(record) > maxColumns {
		return bad("the file has %d columns, more than %d", len(record), maxColumns)
	}
	t.first, t.columns = make([]string, len(record)), make([]column, len(record))
	for i, cell := range record {
		if len(cell) > maxCell {
			return bad("row 1, column %d: the cell is longer than %d bytes", i+1, maxCell)
		}
		t.first[i] = strings.Clone(cell)
	}
	return nil
}

// summary decides whether the first record is a header, and describes the table.
func (t *csvTable) summary() (summary, error) {
	s := summary{mime: mimeCSV, records: t.records, rows: t.rowsOf()}
	if t.records == 0 {
		return s, bad("the file has no records")
	}
	if s.dialect.Header = t.headed(); s.dialect.Header {
		if s.records--; s.records == 0 {
			return s, bad("the file has column names and no records")
		}
		for i, name := range t.first {
			if name = strings.TrimSpace(name); utf8.RuneCountInString(name) > maxColumnName {
				return s, bad("column %d: the name is longer than %d characters", i+1, maxColumnName)
			}
			t.columns[i].name = name
		}
		if len(s.rows) > 0 {
			s.header, s.rows = s.rows[0], s.rows[1:]
		}
	} else {
		for i, cell := range t.first {
			t.columns[i].seen |= kindOfCell(cell)
		}
	}
	for i := range t.columns {
		if t.columns[i].name == "" {
			t.columns[i].name = fmt.Sprintf("column_%d", i+1)
		}
	}
	var err error
	s.columns, err = describe(t.columns)
	return s, err
}

// headed reports whether the first record names the columns, which is the rule. It
// is data when it looks like data: some of its cells are of the same kind as the
// whole column below, other than text, and none is of another kind. Numbers that may
// be years say nothing, for they name columns too.
func (t *csvTable) headed() bool {
	if t.records == 1 {
		// Names without records, or a record without names: refused or taken.
		for _, cell := range t.first {
			if k := kindOfCell(cell); k&^(isText|isInteger) != 0 {
				return false
			}
		}
		return true
	}
	like := false
	for i, cell := range t.first {
		below, first := t.columns[i].seen, kindOfCell(cell)
		if below == 0 || below&isText != 0 || first == 0 {
			continue
		}
		same := first&below != 0 || (first|below)&^(isInteger|isNumber) == 0
		switch {
		case !same:
			return true
		case first != isInteger || !year(cell):
			like = true
		}
	}
	return !like
}

func year(cell string) bool { return len(cell) == 4 && (cell[0] == '1' || cell[0] == '2') }

// sniffDelimiter returns the delimiter that cuts the most of the first records into
// the same number of cells, more than one; of equals the one that makes the most
// cells. Where none does, it is a comma.
func sniffDelimiter(head []byte) rune {
	// The last line may be cut off.
	if len(head) == headSize {
		if end := bytes.LastIndexByte(head, '\n'); end > 0 {
			head = head[:end+1]
		}
	}
	best, bestRows, bestCells := delimiters[0], 0, 0
	for _, d := range delimiters {
		rows, cells := agree(head, d)
		if cells > 1 && (rows > bestRows || (rows == bestRows && cells > bestCells)) {
			best, bestRows, bestCells = d, rows, cells
		}
	}
	return best
}

// sniffRows is how many records are looked at.
const sniffRows = 100

// agree counts the records from the first on that have as many cells as it.
func agree(head []byte, delimiter rune) (rows, cells int) {
	r := newCSV(bytes.NewReader(head), delimiter)
	for rows < sniffRows {
		record, err := r.Read()
		if err != nil || (rows > 0 && len(record) != cells) {
			return rows, cells
		}
		rows, cells = rows+1, len(record)
	}
	return rows, cells
}

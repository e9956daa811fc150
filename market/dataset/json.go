package dataset

import (
	"errors"
	"io"
	"unicode/utf8"

	"privd/market"
)

// parseJSON reads a table to its end: an array of objects, or objects one after
// another, as JSON Lines has them.
func parseJSON(r io.Reader) (found summary, err error) {
	in := newText(r, maxCell, "value")
	buffered, head, err := in.begin()
	if err != nil {
		return found, err
	}
	t := jsonTable{lexer: lexer{in: in, r: buffered}, index: map[string]int{}, preview: preview{head: head}}
	if err := t.read(); err != nil {
		return found, t.fault(err)
	}
	found = summary{mime: mimeJSON, records: t.records, rows: t.rowsOf()}
	if t.lines && t.records > 1 {
		found.mime = mimeLines
	}
	if len(t.columns) == 0 {
		return found, bad("the records are empty objects")
	}
	found.columns, err = describe(t.columns)
	return found, err
}

// jsonTable is a table as its objects come in.
type jsonTable struct {
	lexer
	preview

	lines   bool // objects stand one after another, in no array
	columns []column
	index   map[string]int // column by name
	records int64
}

// fault names the row at which reading ended.
func (t *jsonTable) fault(err error) error {
	var known *market.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, errCutOff), errors.Is(err, errSyntax), errors.Is(err, errLong), errors.Is(err, errDeep), errors.Is(err, errName):
		return bad("row %d, at byte %d: %v", max(t.records, 1), t.offset(), err)
	}
	return err // the upload's
}

func (t *jsonTable) read() error {
	c, err := t.token()
	switch {
	case errors.Is(err, io.EOF):
		return bad("the file has no records")
	case err != nil:
		return err
	case c == '{':
		t.lines = true
		return t.objects()
	case c == '[':
		return t.array()
	}
	return bad("the file holds neither an array of objects nor objects")
}

// array reads an array of objects, to the end of the file.
func (t *jsonTable) array() error {
	t.i++
	if err := t.members(']', t.object); err != nil {
		return err
	}
	switch _, err := t.token(); {
	case err == nil:
		return bad("something follows the array")
	case !errors.Is(err, io.EOF):
		return err
	case t.records == 0:
		return bad("the file has no records")
	}
	return nil
}

// objects reads objects one after another, to the end of the file.
func (t *jsonTable) objects() error {
	for {
		switch _, err := t.token(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := t.object(); err != nil {
			return err
		}
	}
}

// object reads one record.
func (t *jsonTable) object() error {
	c, err := t.within()
	if err != nil {
		return err
	}
	if c != '{' {
		return t.noObject()
	}
	at := t.offset()
	t.records++
	t.i++
	place := 0
	err = t.members('}', func() error {
		c, err := t.column(place)
		if err != nil {
			return err
		}
		place++
		if err := t.expect(':'); err != nil {
			return err
		}
		k, err := t.value(0)
		c.seen |= k
		return err
	})
	t.keep(at, t.offset())
	return err
}

// noObject says of what stands in an object's place what is wrong with it.
func (t *jsonTable) noObject() error {
	if _, err := t.value(0); err != nil {
		return err
	}
	return bad("row %d is not an object", t.records+1)
}

// maxNameBytes is what a name of maxColumnName characters takes at most, each
// written as a pair of \u.
const maxNameBytes = 12 * maxColumnName

// column reads a name and returns its column, a new one when there is none. Records
// mostly have their columns in one order, so the place is tried first.
func (t *jsonTable) column(place int) (*column, error) {
	name, err := t.name(maxNameBytes)
	if err != nil {
		return nil, err
	}
	if place < len(t.columns) && t.columns[place].name == string(name) {
		return &t.columns[place], nil
	}
	if i, known := t.index[string(name)]; known {
		return &t.columns[i], nil
	}
	switch {
	case utf8.RuneCount(name) > maxColumnName:
		return nil, errName
	case len(t.columns) == maxColumns:
		return nil, bad("row %d: the file has more than %d columns", t.records, maxColumns)
	}
	t.index[string(name)] = len(t.columns)
	t.columns = append(t.columns, column{name: string(name)})
	return &t.columns[len(t.columns)-1], nil
}

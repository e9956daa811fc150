package dataset

import (
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// parseJSON reads a table to its end: an array of objects, or objects one after
// another, as JSON Lines has them.
func parseJSON(r io.Reader) (found summary, err error) {
	in := newText(r, maxCell, "value")
	buffered, head, err := in.begin()
	if err != nil {
		return found, err
	}
	t := jsonTable{in: in, tokens: json.NewDecoder(buffered), index: map[string]int{}, preview: preview{head: head}}
	t.tokens.UseNumber()
	if err := t.read(); err != nil {
		return found, err
	}
	found = summary{mime: mimeJSON, records: t.records, rows: t.rowsOf(), columns: describe(t.columns)}
	if t.lines && t.records > 1 {
		found.mime = mimeLines
	}
	switch {
	case t.records == 0:
		return found, bad("the file has no records")
	case len(t.columns) == 0:
		return found, bad("the records are empty objects")
	}
	return found, nil
}

// jsonTable is a table as its objects come in.
type jsonTable struct {
	in     *text
	tokens *json.Decoder
	preview

	lines   bool // objects stand one after another, in no array
	columns []column
	index   map[string]int // column by name
	records int64
}

func (t *jsonTable) read() error {
	first, err := t.next()
	switch {
	case errors.Is(err, io.EOF):
		return bad("the file has no records")
	case err != nil:
		return err
	case first == json.Delim('{'):
		t.lines = true
		return t.objects(first)
	case first == json.Delim('['):
		return t.array()
	}
	return bad("the file holds neither an array of objects nor objects")
}

// array reads the elements of the array that has begun, and to the end of the file.
func (t *jsonTable) array() error {
	for {
		token, err := t.next()
		if err != nil {
			return cutOff(err)
		}
		if token == json.Delim(']') {
			break
		}
		if err := t.object(token); err != nil {
			return err
		}
	}
	switch _, err := t.next(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	return bad("something follows the array")
}

// objects reads objects one after another, the first of which has begun.
func (t *jsonTable) objects(token json.Token) error {
	for {
		if err := t.object(token); err != nil {
			return err
		}
		var err error
		token, err = t.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// next returns the next token; io.EOF at the end of the file.
func (t *jsonTable) next() (json.Token, error) {
	token, err := t.tokens.Token()
	t.in.took()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, bad("row %d, at byte %d: %v", max(t.records, 1), t.tokens.InputOffset(), err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, cutOff(io.EOF)
	}
	return token, err
}

// cutOff names an end that comes too early.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return bad("the file ends in the middle of a value")
	}
	return err
}

// object reads one record, whose first token is given.
func (t *jsonTable) object(first json.Token) error {
	if first != json.Delim('{') {
		return bad("row %d is not an object", t.records+1)
	}
	at := t.tokens.InputOffset() - 1
	t.records++
	for place := 0; ; place++ {
		name, err := t.next()
		if err != nil {
			return cutOff(err)
		}
		if name == json.Delim('}') {
			break
		}
		c, err := t.column(name.(string), place)
		if err != nil {
			return err
		}
		value, err := t.next()
		if err != nil {
			return cutOff(err)
		}
		k, err := t.kindOf(value, c.settled())
		if err != nil {
			return err
		}
		c.seen |= k
	}
	t.keep(at, t.tokens.InputOffset())
	return nil
}

// column returns the column of a name, a new one when there is none. Records mostly
// have their columns in one order, so the place is tried first.
func (t *jsonTable) column(name string, place int) (*column, error) {
	if place < len(t.columns) && t.columns[place].name == name {
		return &t.columns[place], nil
	}
	if i, known := t.index[name]; known {
		return &t.columns[i], nil
	}
	switch {
	case utf8.RuneCountInString(name) > maxColumnName:
		return nil, bad("row %d: the name of a column is longer than %d characters", t.records, maxColumnName)
	case len(t.columns) == maxColumns:
		return nil, bad("row %d: the file has more than %d columns", t.records, maxColumns)
	}
	t.index[name] = len(t.columns)
	t.columns = append(t.columns, column{name: name})
	return &t.columns[len(t.columns)-1], nil
}

// kindOf tells what a value is, and reads over what a nested one holds.
func (t *jsonTable) kindOf(value json.Token, settled bool) (kind, error) {
	switch v := value.(type) {
	case json.Delim:
		if v == '{' {
			return isObject, t.skip()
		}
		return isArray, t.skip()
	case json.Number:
		return kindOfNumber(string(v)), nil
	case bool:
		return isBoolean, nil
	case string:
		if len(v) > maxCell {
			return 0, bad("row %d: a value is longer than %d bytes", t.records, maxCell)
		}
		if settled || v == "" || !isDigit(v[0]) {
			return isText, nil
		}
		return kindOfTime(v), nil
	}
	return 0, nil
}

// skip reads to the end of the object or array that has begun.
func (t *jsonTable) skip() error {
	for depth := 1; depth > 0; {
		token, err := t.next()
		if err != nil {
			return cutOff(err)
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth > maxDepth {
			return bad("row %d: values nest deeper than %d levels", t.records, maxDepth)
		}
	}
	return nil
}

package dataset

import (
	"strings"
	"unicode"
)

// Column is one column of a table.
type Column struct {
	Name string
	// Type is a type of JSON: string, integer, number, boolean, object or array.
	Type string
	// Format says more of a string column whose every value has it: date-time or
	// date. Empty otherwise.
	Format string
}

// Bounds that catalogs hold strangers to as well.
const (
	MaxColumns    = 1024
	MaxColumnText = 64 << 10 // bytes of the names of all columns
)

// Bounds of a table.
const (
	maxColumns    = MaxColumns
	maxColumnName = 128     // code points
	maxCell       = 1 << 20 // bytes of one cell, or of one JSON text or name
	maxRecord     = 4 << 20 // bytes of one CSV record
	maxDepth      = 64      // of nested JSON
)

// kind is what one value looks like; kinds add up to what a column holds.
type kind uint8

const (
	isInteger kind = 1 << iota
	isNumber
	isBoolean
	isTimestamp
	isDate
	isText
	isObject
	isArray
)

// column gathers what is seen in one column.
type column struct {
	name string
	seen kind
}

// settled reports whether no further value can change what the column is.
func (c *column) settled() bool { return c.seen&isText != 0 }

// describe is the rule of schema inference. Missing values (empty cells of CSV, null
// of JSON) say nothing. A column is integer, number (with integers among them),
// boolean, object or array when all its values are; everything else is a string, and
// so are timestamps and dates, which keep their format where all values share it.
func (c *column) describe() Column {
	out := Column{Name: c.name, Type: "string"}
	switch c.seen {
	case isInteger:
		out.Type = "integer"
	case isNumber, isNumber | isInteger:
		out.Type = "number"
	case isBoolean:
		out.Type = "boolean"
	case isObject:
		out.Type = "object"
	case isArray:
		out.Type = "array"
	case isTimestamp:
		out.Format = "date-time"
	case isDate:
		out.Format = "date"
	}
	return out
}

// describe returns what columns are, and refuses names that catalogs would.
func describe(columns []column) ([]Column, error) {
	out, size := make([]Column, len(columns)), 0
	for i := range columns {
		out[i] = columns[i].describe()
		if strings.ContainsFunc(out[i].Name, unseen) {
			return nil, bad("column %d: the name has control characters", i+1)
		}
		if size += len(out[i].Name); size > MaxColumnText {
			return nil, bad("the names of the columns take more than %d bytes together", MaxColumnText)
		}
	}
	return out, nil
}

func unseen(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

// KnownType reports whether a column can be of a type.
func KnownType(name string) bool {
	switch name {
	case "string", "integer", "number", "boolean", "object", "array":
		return true
	}
	return false
}

// kindOfCell tells what a CSV cell looks like; 0 for an empty one. Digits behind a
// leading zero ("00123") are a code and not a number; so is "+1".
func kindOfCell(s string) kind {
	if s == "" {
		return 0
	}
	switch c := s[0]; {
	case c == '-' || isDigit(c):
		if k := kindOfNumber(s); k != 0 {
			return k
		}
		return kindOfTime(s)
	case c == 't' || c == 'T' || c == 'f' || c == 'F':
		if strings.EqualFold(s, "true") || strings.EqualFold(s, "false") {
			return isBoolean
		}
	}
	return isText
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// kindOfNumber reads s by the grammar of JSON numbers; 0 when it is none.
func kindOfNumber(s string) kind {
	s = strings.TrimPrefix(s, "-")
	whole := digits(s)
	if whole == 0 || (whole > 1 && s[0] == '0') {
		return 0
	}
	s = s[whole:]
	if s == "" {
		return isInteger
	}
	if s[0] == '.' {
		n := digits(s[1:])
		if n == 0 {
			return 0
		}
		s = s[1+n:]
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		n := digits(s)
		if n == 0 {
			return 0
		}
		s = s[n:]
	}
	if s != "" {
		return 0
	}
	return isNumber
}

// digits counts the decimal digits that s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// kindOfTime tells dates (2024-05-22) and timestamps from other text. A timestamp is
// a date, T or a blank, hours and minutes, then seconds, a fraction and a zone as far
// as they are there.
func kindOfTime(s string) kind {
	rest, ok := fields(s, "-", 4, 2, 2)
	if !ok || !between(s[5:7], 1, 12) || !between(s[8:10], 1, 31) {
		return isText
	}
	if rest == "" {
		return isDate
	}
	if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' {
		return isText
	}
	clock := rest[1:]
	if rest, ok = fields(clock, ":", 2, 2); !ok || !between(clock[:2], 0, 23) || !between(clock[3:5], 0, 59) {
		return isText
	}
	if strings.HasPrefix(rest, ":") {
		// 60 is a leap second.
		if digits(rest[1:]) != 2 || !between(rest[1:3], 0, 60) {
			return isText
		}
		rest = rest[3:]
		if strings.HasPrefix(rest, ".") {
			n := digits(rest[1:])
			if n == 0 {
				return isText
			}
			rest = rest[1+n:]
		}
	}
	if !zone(rest) {
		return isText
	}
	return isTimestamp
}

// fields reads numbers of the given widths with a separator between them, and
// returns what is left.
func fields(s, separator string, widths ...int) (rest string, ok bool) {
	for i, w := range widths {
		if i > 0 {
			if s, ok = strings.CutPrefix(s, separator); !ok {
				return "", false
			}
		}
		if len(s) < w || digits(s[:w]) != w {
			return "", false
		}
		s = s[w:]
	}
	return s, true
}

// between compares two digits.
func between(s string, least, most int) bool {
	n := int(s[0]-'0')*10 + int(s[1]-'0')
	return n >= least && n <= most
}

// zone reads a zone as far as one is there.
func zone(s string) bool {
	if s == "" || s == "Z" || s == "z" {
		return true
	}
	if s[0] != '+' && s[0] != '-' {
		return false
	}
	for _, separator := range []string{":", ""} {
		if rest, ok := fields(s[1:], separator, 2, 2); ok && rest == "" {
			return true
		}
	}
	return false
}

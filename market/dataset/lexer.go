package dataset

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// lexer reads JSON as RFC 8259 has it, value by value, and keeps of it only what is
// asked for. encoding/json's own stream of tokens allocates for each and takes seven
// times as long; a fuzz test holds both to the same verdicts.
type lexer struct {
	in   *text
	r    *bufio.Reader
	b    []byte // read ahead
	i    int    // of b, the next byte
	base int64  // offset of b in the file
	kept []byte // of the text read last
}

// offset returns how many bytes were read.
func (l *lexer) offset() int64 { return l.base + int64(l.i) }

// peek returns the next byte, which stays; io.EOF at the end of the file.
func (l *lexer) peek() (byte, error) {
	if l.i < len(l.b) {
		return l.b[l.i], nil
	}
	if _, err := l.r.Discard(l.i); err != nil {
		return 0, err
	}
	l.base, l.i, l.b = l.base+int64(l.i), 0, nil
	if _, err := l.r.Peek(1); err != nil {
		return 0, err
	}
	l.in.took()
	var err error
	l.b, err = l.r.Peek(l.r.Buffered())
	return l.b[0], err
}

// token returns the next byte that is no blank, which stays.
func (l *lexer) token() (byte, error) {
	for {
		c, err := l.peek()
		if err != nil || (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
			return c, err
		}
		l.i++
	}
}

// within is token inside of a value, where the file must not end.
func (l *lexer) within() (byte, error) {
	c, err := l.token()
	return c, cutOff(err)
}

// cutOff names an end that comes too early.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return errCutOff
	}
	return err
}

var (
	errCutOff = errors.New("the file ends in the middle of a value")
	errSyntax = errors.New("this is not JSON")
	errLong   = fmt.Errorf("a value is longer than %d bytes", maxCell)
	errDeep   = fmt.Errorf("values nest deeper than %d levels", maxDepth)
	errName   = fmt.Errorf("the name of a column is longer than %d characters", maxColumnName)
)

// expect reads one byte that must be c.
func (l *lexer) expect(c byte) error {
	got, err := l.within()
	if err == nil && got != c {
		err = errSyntax
	}
	l.i++
	return err
}

// members calls each at every member of an object or element of an array whose
// bracket was read, until the closing one, which it reads.
func (l *lexer) members(closing byte, each func() error) error {
	c, err := l.within()
	if err != nil {
		return err
	}
	for c != closing {
		if err := each(); err != nil {
			return err
		}
		if c, err = l.within(); err != nil {
			return err
		}
		if c == ',' {
			l.i++
			continue
		}
		if c != closing {
			return errSyntax
		}
	}
	l.i++
	return nil
}

// value reads a value and tells what it is; what a nested one holds is read over.
func (l *lexer) value(depth int) (kind, error) {
	c, err := l.within()
	if err != nil {
		return 0, err
	}
	switch {
	case c == '"':
		return l.text()
	case c == '-' || isDigit(c):
		return l.number()
	case c == '{' || c == '[':
		if depth == maxDepth {
			return 0, errDeep
		}
		l.i++
		if c == '[' {
			return isArray, l.members(']', func() error {
				_, err := l.value(depth + 1)
				return err
			})
		}
		return isObject, l.members('}', func() error {
			if _, _, err := l.quoted(0); err != nil {
				return err
			}
			if err := l.expect(':'); err != nil {
				return err
			}
			_, err := l.value(depth + 1)
			return err
		})
	case c == 't':
		return isBoolean, l.word("true")
	case c == 'f':
		return isBoolean, l.word("false")
	case c == 'n':
		return 0, l.word("null")
	}
	return 0, errSyntax
}

func (l *lexer) word(word string) error {
	for i := range len(word) {
		c, err := l.peek()
		if err != nil {
			return cutOff(err)
		}
		if c != word[i] {
			return errSyntax
		}
		l.i++
	}
	return nil
}

// maxNumber is how many bytes a number may have.
const maxNumber = 4096

func (l *lexer) number() (kind, error) {
	l.kept = l.kept[:0]
	for {
		c, err := l.peek()
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if err != nil || !(isDigit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E') {
			break
		}
		if len(l.kept) == maxNumber {
			return 0, errLong
		}
		l.kept = append(l.kept, c)
		l.i++
	}
	k := kindOfNumber(string(l.kept))
	if k == 0 {
		return 0, errSyntax
	}
	return k, nil
}

// maxTime is how long a text may be that is a date or a timestamp.
const maxTime = 64

func (l *lexer) text() (kind, error) {
	size, escaped, err := l.quoted(maxTime)
	if err != nil {
		return 0, err
	}
	if escaped || size > maxTime || size == 0 || !isDigit(l.kept[0]) {
		return isText, nil
	}
	return kindOfTime(string(l.kept)), nil
}

// name reads the name of a member, of up to limit bytes as it is written.
func (l *lexer) name(limit int) ([]byte, error) {
	size, escaped, err := l.quoted(limit)
	switch {
	case err != nil:
		return nil, err
	case size > limit:
		return nil, errName
	case !escaped:
		return l.kept, nil
	}
	var name string
	if json.Unmarshal([]byte(`"`+string(l.kept)+`"`), &name) != nil {
		return nil, errSyntax
	}
	return []byte(name), nil
}

// quoted reads a text, of which it keeps the first bytes, up to limit, as they are
// written.
func (l *lexer) quoted(limit int) (size int, escaped bool, err error) {
	if err := l.expect('"'); err != nil {
		return 0, false, err
	}
	l.kept = l.kept[:0]
	for {
		if _, err := l.peek(); err != nil {
			return 0, false, cutOff(err)
		}
		run := l.i
		for run < len(l.b) && l.b[run] != '"' && l.b[run] != '\\' && l.b[run] >= ' ' {
			run++
		}
		l.hold(l.b[l.i:run], limit)
		size += run - l.i
		if l.i = run; size > maxCell {
			return 0, false, errLong
		}
		if run == len(l.b) {
			continue
		}
		switch l.b[run] {
		case '"':
			l.i++
			return size, escaped, nil
		case '\\':
			n, err := l.escape(limit)
			if err != nil {
				return 0, false, err
			}
			size, escaped = size+n, true
		default:
			return 0, false, errSyntax
		}
	}
}

func (l *lexer) hold(b []byte, limit int) {
	l.kept = append(l.kept, b[:min(len(b), max(0, limit-len(l.kept)))]...)
}

// escape reads a backslash and what belongs to it, and returns how many bytes that
// is.
func (l *lexer) escape(limit int) (int, error) {
	next := func() (byte, error) {
		c, err := l.peek()
		if err != nil {
			return 0, cutOff(err)
		}
		l.hold([]byte{c}, limit)
		l.i++
		return c, nil
	}
	if _, err := next(); err != nil {
		return 0, err
	}
	c, err := next()
	if err != nil {
		return 0, err
	}
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, nil
	case 'u':
		for range 4 {
			c, err := next()
			if err != nil {
				return 0, err
			}
			if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
				return 0, errSyntax
			}
		}
		return 6, nil
	}
	return 0, errSyntax
}

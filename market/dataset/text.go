package dataset

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"privd/market"
)

// headSize is how much of a file's beginning is looked at to tell its dialect and to
// take the preview from.
const headSize = 64 << 10

// text reads a file that must be UTF-8, and bounds how much of it a parser takes in
// before it says, by calling took, that it has something: parsers keep what they
// have not understood yet.
type text struct {
	r    io.Reader
	left int
	most int
	what string   // has at most so many bytes
	wide *breadth // of CSV records; nil for others

	line  int    // complete lines that passed
	part  []byte // of a character whose rest has not come
	fault error  // what was found wrong, for every read after
}

func newText(r io.Reader, most int, what string) *text {
	t := &text{r: r, most: most, what: what}
	t.took()
	return t
}

// took starts the count anew.
func (t *text) took() {
	t.left = t.most + headSize
	if t.wide != nil {
		t.wide.seen = 0
	}
}

// Read implements io.Reader.
func (t *text) Read(p []byte) (int, error) {
	if t.fault != nil {
		return 0, t.fault
	}
	n, err := t.r.Read(p)
	if t.fault = t.check(p[:n], err); t.fault != nil {
		return 0, t.fault
	}
	return n, err
}

// check looks at what came, and at how it ended.
func (t *text) check(b []byte, end error) error {
	if t.left -= len(b); t.left < 0 {
		return bad("a %s at line %d or before is longer than %d bytes", t.what, t.line+1, t.most)
	}
	if t.wide != nil && !t.wide.pass(b) {
		return bad("a %s at line %d or before has more cells than a file has columns, which are at most %d", t.what, t.line+1, maxColumns)
	}
	if at := bytes.IndexByte(b, 0); at >= 0 {
		return bad("line %d: the file is not text: it has a zero byte", t.line+1+bytes.Count(b[:at], newline))
	}
	if err := t.characters(b); err != nil {
		return err
	}
	if end == io.EOF && len(t.part) > 0 {
		return bad("line %d: the file ends within a character", t.line+1)
	}
	t.line += bytes.Count(b, newline)
	return nil
}

// characters checks that b goes on with UTF-8, and keeps the beginning of a
// character that b ends with.
func (t *text) characters(b []byte) error {
	whole := b
	for len(t.part) > 0 && len(whole) > 0 {
		t.part, whole = append(t.part, whole[0]), whole[1:]
		if !utf8.FullRune(t.part) {
			continue
		}
		if !utf8.Valid(t.part) {
			return t.notUTF8(0)
		}
		t.part = t.part[:0]
	}
	end := len(whole)
	for i := 1; i < utf8.UTFMax && i <= len(whole); i++ {
		if tail := whole[len(whole)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				end -= i
			}
			break
		}
	}
	if !utf8.Valid(whole[:end]) {
		good := 0
		for r, size := utf8.DecodeRune(whole); r != utf8.RuneError || size > 1; r, size = utf8.DecodeRune(whole[good:]) {
			good += size
		}
		return t.notUTF8(bytes.Count(whole[:good], newline))
	}
	t.part = append(t.part, whole[end:]...)
	return nil
}

var newline = []byte{'\n'}

func (t *text) notUTF8(lines int) error { return bad("line %d: the file is not UTF-8", t.line+1+lines) }

var byteOrderMark = []byte("\uFEFF")

// begin returns a reader of the file behind its byte order mark, and a copy of the
// first bytes it will read.
func (t *text) begin() (*bufio.Reader, []byte, error) {
	r := bufio.NewReaderSize(t, headSize)
	mark, err := r.Peek(len(byteOrderMark))
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	if bytes.Equal(mark, byteOrderMark) {
		if _, err := r.Discard(len(byteOrderMark)); err != nil {
			return nil, nil, err
		}
	}
	head, err := r.Peek(headSize)
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	return r, bytes.Clone(head), nil
}

// bad is what is wrong with a file, in words.
func bad(format string, args ...any) error {
	return market.BadField("file", fmt.Sprintf(format, args...))
}

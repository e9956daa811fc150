// Package bmff walks the boxes of ISO base media files: MP4, QuickTime and HEIF.
//
// It reads headers only, in bounded memory, and treats each number in the file as
// a claim to be checked against the bytes that are there.
package bmff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrFormat is in the chain of each error that the content of the file causes, as
// opposed to a failure to read it.
var ErrFormat = errors.New("malformed boxes")

// Format returns an error that wraps ErrFormat.
func Format(message string, args ...any) error {
	return fmt.Errorf("%w: "+message, append([]any{ErrFormat}, args...)...)
}

// Range is a run of bytes of the file.
type Range struct{ Off, Len int64 }

// End returns the offset after the last byte.
func (r Range) End() int64 { return r.Off + r.Len }

// Box is one box: its four-character kind, and where it and its content lie.
type Box struct {
	Kind  string
	Whole Range
	Body  Range
}

// CutError says that a box claims more bytes than there are left: the file was cut
// short. It wraps ErrFormat.
type CutError struct {
	Kind string
	Have Range // what is there of the box
	Want int64 // bytes it claims
}

func (e *CutError) Error() string {
	return fmt.Sprintf("box %q at %d has %d of %d bytes", e.Kind, e.Have.Off, e.Have.Len, e.Want)
}

// Unwrap returns ErrFormat.
func (e *CutError) Unwrap() error { return ErrFormat }

// Walk calls visit for each box directly inside in, of which there may be at most
// limit. Boxes must fill it exactly.
func Walk(r io.ReaderAt, in Range, limit int, visit func(Box) error) error {
	for n := 0; in.Len > 0; n++ {
		if n == limit {
			return Format("more than %d boxes", limit)
		}
		head, err := Read(r, Range{in.Off, min(16, in.Len)})
		if err != nil {
			return err
		}
		b, err := parse(head, in)
		if err != nil {
			return err
		}
		if err := visit(b); err != nil {
			return err
		}
		in = Range{b.Whole.End(), in.Len - b.Whole.Len}
	}
	return nil
}

// WalkBytes is Walk for boxes already in memory; at is where data lies in the file.
func WalkBytes(data []byte, at int64, visit func(b Box, body []byte) error) error {
	for len(data) > 0 {
		b, err := parse(data[:min(len(data), 16)], Range{at, int64(len(data))})
		if err != nil {
			return err
		}
		if err := visit(b, data[b.Body.Off-at:b.Body.End()-at]); err != nil {
			return err
		}
		data, at = data[b.Whole.Len:], b.Whole.End()
	}
	return nil
}

// parse reads the header of the box at the start of in.
func parse(head []byte, in Range) (Box, error) {
	if len(head) < 8 {
		return Box{}, Format("%d stray bytes at %d", in.Len, in.Off)
	}
	b := Box{Kind: string(head[4:8])}
	size, header := uint64(binary.BigEndian.Uint32(head)), int64(8)
	switch size {
	case 0: // to the end of what contains it
		size = uint64(in.Len)
	case 1:
		if len(head) < 16 {
			return Box{}, Format("%d stray bytes at %d", in.Len, in.Off)
		}
		size, header = binary.BigEndian.Uint64(head[8:]), 16
	}
	if size < uint64(header) {
		return Box{}, Format("box %q at %d has size %d", b.Kind, in.Off, size)
	}
	if size > uint64(in.Len) {
		want := int64(min(size, 1<<62))
		return Box{}, &CutError{Kind: b.Kind, Have: in, Want: want}
	}
	b.Whole = Range{in.Off, int64(size)}
	b.Body = Range{in.Off + header, int64(size) - header}
	return b, nil
}

// Read reads at into memory; the caller bounds its length.
func Read(r io.ReaderAt, at Range) ([]byte, error) {
	buf := make([]byte, at.Len)
	n, err := r.ReadAt(buf, at.Off)
	if n == len(buf) {
		return buf, nil
	}
	if errors.Is(err, io.EOF) {
		return nil, Format("file ends before %d", at.End())
	}
	return nil, fmt.Errorf("read boxes: %w", err)
}

// Cursor reads big-endian numbers and remembers whether it ran out.
type Cursor struct {
	Data []byte
	Cut  bool
}

// Uint reads n bytes, n being 0 to 8.
func (c *Cursor) Uint(n int) uint64 {
	if n > len(c.Data) {
		c.Cut, c.Data = true, nil
		return 0
	}
	var v uint64
	for _, b := range c.Data[:n] {
		v = v<<8 | uint64(b)
	}
	c.Data = c.Data[n:]
	return v
}

// Skip passes over n bytes.
func (c *Cursor) Skip(n int) {
	if n > len(c.Data) {
		c.Cut, c.Data = true, nil
		return
	}
	c.Data = c.Data[n:]
}

// U8 reads one byte.
func (c *Cursor) U8() uint8 { return uint8(c.Uint(1)) }

// U16 reads two bytes.
func (c *Cursor) U16() uint16 { return uint16(c.Uint(2)) }

// U32 reads four bytes.
func (c *Cursor) U32() uint32 { return uint32(c.Uint(4)) }

// Full reads the version and flags that open a full box.
func (c *Cursor) Full() (version uint8, flags uint32) {
	v := c.U32()
	return uint8(v >> 24), v & 0xffffff
}

// Err says that the named box was too short, if it was.
func (c *Cursor) Err(box string) error {
	if c.Cut {
		return Format("box %s is too short", box)
	}
	return nil
}

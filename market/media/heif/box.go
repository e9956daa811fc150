package heif

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// box is one box of the file: its four-character kind and where it lies.
type box struct {
	kind  string
	whole Range
	body  Range
}

// walk calls visit for each box directly inside in. Boxes must fill it exactly.
func walk(src io.ReadSeeker, in Range, visit func(box) error) error {
	off := in.Off
	for n := 0; off < in.End(); n++ {
		if n == maxBoxes {
			return format("more than %d boxes", maxBoxes)
		}
		rest := in.End() - off
		head, err := readRange(src, Range{off, min(16, rest)})
		if err != nil {
			return err
		}
		b, err := parseBox(head, off, rest)
		if err != nil {
			return err
		}
		if err := visit(b); err != nil {
			return err
		}
		off = b.whole.End()
	}
	return nil
}

// parseBox reads a box header at offset off, where rest bytes are left.
func parseBox(head []byte, off, rest int64) (box, error) {
	if len(head) < 8 {
		return box{}, format("%d stray bytes at %d", rest, off)
	}
	b := box{kind: string(head[4:8])}
	size, header := int64(binary.BigEndian.Uint32(head)), int64(8)
	switch size {
	case 0: // to the end of what contains it
		size = rest
	case 1:
		if len(head) < 16 {
			return box{}, format("box %q at %d is cut", b.kind, off)
		}
		large := binary.BigEndian.Uint64(head[8:])
		if large > uint64(rest) {
			return box{}, format("box %q at %d is cut", b.kind, off)
		}
		size, header = int64(large), 16
	}
	if size < header || size > rest {
		return box{}, format("box %q at %d has size %d of %d left", b.kind, off, size, rest)
	}
	b.whole = Range{off, size}
	b.body = Range{off + header, size - header}
	return b, nil
}

// walkBytes is walk for boxes already in memory; at is where data lies in the file.
func walkBytes(data []byte, at int64, visit func(b box, body []byte) error) error {
	end := int64(len(data))
	for off := int64(0); off < end; {
		b, err := parseBox(data[off:min(end, off+16)], at+off, end-off)
		if err != nil {
			return err
		}
		body := data[b.body.Off-at : b.body.End()-at]
		if err := visit(b, body); err != nil {
			return err
		}
		off = b.whole.End() - at
	}
	return nil
}

// readRange reads r into memory. The caller bounds its length.
func readRange(src io.ReadSeeker, r Range) ([]byte, error) {
	if _, err := src.Seek(r.Off, io.SeekStart); err != nil {
		return nil, fmt.Errorf("seek picture: %w", err)
	}
	buf := make([]byte, r.Len)
	if _, err := io.ReadFull(src, buf); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, format("file ends at %d", r.End())
		}
		return nil, fmt.Errorf("read picture: %w", err)
	}
	return buf, nil
}

// cursor reads big-endian numbers and remembers whether it ran out.
type cursor struct {
	data []byte
	cut  bool
}

// uint reads n bytes, n being 0 to 8.
func (c *cursor) uint(n int) uint64 {
	if n > len(c.data) {
		c.cut, c.data = true, nil
		return 0
	}
	var v uint64
	for _, b := range c.data[:n] {
		v = v<<8 | uint64(b)
	}
	c.data = c.data[n:]
	return v
}

func (c *cursor) u8() uint8   { return uint8(c.uint(1)) }
func (c *cursor) u16() uint16 { return uint16(c.uint(2)) }
func (c *cursor) u32() uint32 { return uint32(c.uint(4)) }

// full reads the version and flags that open a full box.
func (c *cursor) full() (version uint8, flags uint32) {
	v := c.u32()
	return uint8(v >> 24), v & 0xffffff
}

func (c *cursor) err(box string) error {
	if c.cut {
		return format("box %s is cut", box)
	}
	return nil
}

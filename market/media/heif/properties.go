package heif

import (
	"io"

	"privd/market/media/bmff"
)

// readProperties parses iprp: the properties and which item has which.
func (f *File) readProperties(body []byte, at int64) error {
	var sizes []Size // by index of property; zero for what is no size
	return bmff.WalkBytes(body, at, func(b bmff.Box, body []byte) error {
		switch b.Kind {
		case "ipco":
			return bmff.WalkBytes(body, b.Body.Off, func(b bmff.Box, body []byte) error {
				s, err := f.readProperty(b, body)
				sizes = append(sizes, s)
				return err
			})
		case "ipma":
			return f.readAssociations(body, sizes)
		}
		f.hide(b.Body)
		return nil
	})
}

// readProperty returns the size that an ispe property states.
func (f *File) readProperty(b bmff.Box, body []byte) (Size, error) {
	c := &bmff.Cursor{Data: body}
	switch b.Kind {
	case "ispe":
		c.Full()
		s := Size{c.U32(), c.U32()}
		f.Claimed = append(f.Claimed, s)
		return s, c.Err("ispe")
	case "hvcC":
		return Size{}, f.readHEVC(c)
	case "udes", "crtt", "mdft":
		// What the user wrote about the picture, and when it was made.
		if b.Body.Len > 4 {
			f.hide(bmff.Range{Off: b.Body.Off + 4, Len: b.Body.Len - 4})
		}
	case "uuid":
		f.hide(bmff.Range{Off: b.Body.Off + 16, Len: b.Body.Len - 16})
	case "free", "skip":
		f.hide(b.Body)
	}
	return Size{}, nil
}

// readHEVC reads the decoder configuration for the sizes in its parameter sets.
func (f *File) readHEVC(c *bmff.Cursor) error {
	c.Uint(8)
	c.Uint(8)
	c.Uint(6)
	for range c.U8() {
		c.U8()
		for range c.U16() {
			n := int(c.U16())
			if c.Cut || n > len(c.Data) {
				return bmff.Format("box hvcC is cut")
			}
			if err := f.readNAL(c.Data[:n]); err != nil {
				return err
			}
			c.Data = c.Data[n:]
		}
	}
	return c.Err("hvcC")
}

// readNAL notes the size a sequence parameter set asks the decoder to allocate.
func (f *File) readNAL(nal []byte) error {
	if len(nal) < 2 || nal[0]>>1&63 != nalSPS {
		return nil
	}
	s, err := parseSPS(nal)
	if err != nil {
		return err
	}
	f.Coded = append(f.Coded, s)
	f.tile = Size{max(f.tile.Width, s.Width), max(f.tile.Height, s.Height)}
	return nil
}

// readAssociations finds the size of the primary item.
func (f *File) readAssociations(body []byte, sizes []Size) error {
	c := &bmff.Cursor{Data: body}
	version, flags := c.Full()
	for range c.U32() {
		var id uint32
		if version == 0 {
			id = uint32(c.U16())
		} else {
			id = c.U32()
		}
		for range c.U8() {
			var index int
			if flags&1 != 0 {
				index = int(c.U16() & 0x7fff)
			} else {
				index = int(c.U8() & 0x7f)
			}
			if id != f.Primary || index == 0 || index > len(sizes) {
				continue
			}
			if s := sizes[index-1]; s.Pixels() > 0 {
				f.Canvas = s
			}
		}
		if c.Cut {
			break
		}
	}
	return c.Err("ipma")
}

// readSizes looks into the items for the sizes that are stated only there: grids
// and overlays have canvases, and HEVC data may carry parameter sets of its own.
func (f *File) readSizes(r io.ReaderAt) error {
	for _, it := range f.Items {
		switch it.Type {
		case "grid", "iovl":
			if err := f.readCanvas(r, it); err != nil {
				return err
			}
		case "hvc1", "hev1":
			if err := f.readStream(r, it); err != nil {
				return err
			}
		}
	}
	return nil
}

// readCanvas reads the output size of a derived picture.
func (f *File) readCanvas(r io.ReaderAt, it Item) error {
	head, err := readHead(r, it, 18)
	if err != nil || len(head) == 0 {
		return err
	}
	c := &bmff.Cursor{Data: head}
	flags := c.U16() & 0xff
	rows, columns := uint64(1), uint64(1)
	if it.Type == "grid" {
		rows, columns = uint64(c.U8())+1, uint64(c.U8())+1
	} else {
		c.Skip(8) // the colour of the canvas
	}
	width := 2
	if flags&1 != 0 {
		width = 4
	}
	s := Size{uint32(c.Uint(width)), uint32(c.Uint(width))}
	if it.Type == "grid" && (columns*uint64(f.tile.Width) < uint64(s.Width) || rows*uint64(f.tile.Height) < uint64(s.Height)) {
		return bmff.Format("a grid is larger than its tiles")
	}
	f.Coded = append(f.Coded, s)
	return c.Err(it.Type)
}

// readStream walks the first units of HEVC data: what a decoder reads before the
// first slice. Units are prefixed with their length in four bytes in all files in
// use; where it is less, what is read here is no parameter set.
func (f *File) readStream(r io.ReaderAt, it Item) error {
	head, err := readHead(r, it, 8<<10)
	if err != nil {
		return err
	}
	c := &bmff.Cursor{Data: head}
	for len(c.Data) > 4 {
		n := int(min(int64(c.U32()), int64(len(c.Data))))
		if err := f.readNAL(c.Data[:n]); err != nil {
			return err
		}
		c.Data = c.Data[n:]
	}
	return nil
}

// readHead reads up to n bytes from the start of an item.
func readHead(r io.ReaderAt, it Item, n int64) ([]byte, error) {
	const maxPieces = 16
	var head []byte
	for _, e := range it.Extents[:min(len(it.Extents), maxPieces)] {
		part, err := bmff.Read(r, bmff.Range{Off: e.Off, Len: min(e.Len, n-int64(len(head)))})
		if err != nil {
			return nil, err
		}
		if head = append(head, part...); int64(len(head)) == n {
			break
		}
	}
	return head, nil
}

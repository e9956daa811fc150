package heif

import "io"

// readProperties parses iprp: the properties and which item has which.
func (f *File) readProperties(body []byte, at int64) error {
	var sizes []Size // by index of property; zero for what is no size
	return walkBytes(body, at, func(b box, body []byte) error {
		switch b.kind {
		case "ipco":
			return walkBytes(body, b.body.Off, func(b box, body []byte) error {
				s, err := f.readProperty(b, body)
				sizes = append(sizes, s)
				return err
			})
		case "ipma":
			return f.readAssociations(body, sizes)
		}
		f.hide(b.body)
		return nil
	})
}

// readProperty returns the size that an ispe property states.
func (f *File) readProperty(b box, body []byte) (Size, error) {
	c := &cursor{data: body}
	switch b.kind {
	case "ispe":
		c.full()
		s := Size{c.u32(), c.u32()}
		f.Sizes = append(f.Sizes, s)
		return s, c.err("ispe")
	case "hvcC":
		return Size{}, f.readHEVC(c)
	case "udes", "crtt", "mdft":
		// What the user wrote about the picture, and when it was made.
		if b.body.Len > 4 {
			f.hide(Range{b.body.Off + 4, b.body.Len - 4})
		}
	case "uuid":
		f.hide(Range{b.body.Off + 16, b.body.Len - 16})
	case "free", "skip":
		f.hide(b.body)
	}
	return Size{}, nil
}

// readHEVC reads the decoder configuration for the sizes in its parameter sets.
func (f *File) readHEVC(c *cursor) error {
	c.uint(8)
	c.uint(8)
	c.uint(6)
	for range c.u8() {
		c.u8()
		for range c.u16() {
			n := int(c.u16())
			if c.cut || n > len(c.data) {
				return format("box hvcC is cut")
			}
			if err := f.readNAL(c.data[:n]); err != nil {
				return err
			}
			c.data = c.data[n:]
		}
	}
	return c.err("hvcC")
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
	f.Sizes = append(f.Sizes, s)
	return nil
}

// readAssociations finds the size of the primary item.
func (f *File) readAssociations(body []byte, sizes []Size) error {
	c := &cursor{data: body}
	version, flags := c.full()
	for range c.u32() {
		var id uint32
		if version == 0 {
			id = uint32(c.u16())
		} else {
			id = c.u32()
		}
		for range c.u8() {
			var index int
			if flags&1 != 0 {
				index = int(c.u16() & 0x7fff)
			} else {
				index = int(c.u8() & 0x7f)
			}
			if id != f.Primary || index == 0 || index > len(sizes) {
				continue
			}
			if s := sizes[index-1]; s.Pixels() > 0 {
				f.Canvas = s
			}
		}
		if c.cut {
			break
		}
	}
	return c.err("ipma")
}

// readSizes looks into the items for the sizes that are stated only there: grids
// and overlays have canvases, and HEVC data may carry parameter sets of its own.
func (f *File) readSizes(src io.ReadSeeker) error {
	for _, it := range f.Items {
		switch it.Type {
		case "grid", "iovl":
			if err := f.readCanvas(src, it); err != nil {
				return err
			}
		case "hvc1", "hev1":
			if err := f.readStream(src, it); err != nil {
				return err
			}
		}
	}
	return nil
}

// readCanvas reads the output size of a derived picture.
func (f *File) readCanvas(src io.ReadSeeker, it Item) error {
	head, err := readHead(src, it, 18)
	if err != nil || len(head) == 0 {
		return err
	}
	c := &cursor{data: head}
	flags := c.u16() & 0xff
	if it.Type == "grid" {
		c.u16() // rows and columns
	} else {
		c.uint(8) // the colour of the canvas
	}
	width := 2
	if flags&1 != 0 {
		width = 4
	}
	f.Sizes = append(f.Sizes, Size{uint32(c.uint(width)), uint32(c.uint(width))})
	return c.err(it.Type)
}

// readStream walks the first units of HEVC data: what a decoder reads before the
// first slice. Units are prefixed with their length in four bytes in all files in
// use; where it is less, what is read here is no parameter set.
func (f *File) readStream(src io.ReadSeeker, it Item) error {
	head, err := readHead(src, it, 8<<10)
	if err != nil {
		return err
	}
	c := &cursor{data: head}
	for len(c.data) > 4 {
		n := int(min(int64(c.u32()), int64(len(c.data))))
		if err := f.readNAL(c.data[:n]); err != nil {
			return err
		}
		c.data = c.data[n:]
	}
	return nil
}

// readHead reads up to n bytes from the start of an item.
func readHead(src io.ReadSeeker, it Item, n int64) ([]byte, error) {
	const maxPieces = 16
	var head []byte
	for _, e := range it.Extents[:min(len(it.Extents), maxPieces)] {
		part, err := readRange(src, Range{e.Off, min(e.Len, n-int64(len(head)))})
		if err != nil {
			return nil, err
		}
		if head = append(head, part...); int64(len(head)) == n {
			break
		}
	}
	return head, nil
}

package heif

import "math"

// place is an extent as the iloc box states it.
type place struct {
	id      uint32
	method  uint16 // 0: offset in the file; 1: in the idat box; 2: in another item
	extents []Range
}

// readMeta parses the body of the meta box, which lies at offset at.
func (f *File) readMeta(body []byte, at int64) error {
	if len(body) < 4 {
		return format("meta box is cut")
	}
	var places []place
	var idat Range
	err := walkBytes(body[4:], at+4, func(b box, body []byte) (err error) {
		switch b.kind {
		case "pitm":
			c := &cursor{data: body}
			if v, _ := c.full(); v == 0 {
				f.Primary = uint32(c.u16())
			} else {
				f.Primary = c.u32()
			}
			return c.err("pitm")
		case "iinf":
			return f.readItems(body, b.body.Off)
		case "iloc":
			places, err = readPlaces(body, f.Size)
			return err
		case "idat":
			idat = b.body
			f.pictures = append(f.pictures, b.body)
		case "iprp":
			return f.readProperties(body, b.body.Off)
		case "uuid":
			f.hide(Range{b.body.Off + 16, b.body.Len - 16})
		case "hdlr", "iref", "dinf", "grpl", "ipro", "pict":
		default: // xml, bxml, free, skip and what else a writer left behind
			f.hide(b.body)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.locate(places, idat)
}

// readItems parses iinf, the table of items.
func (f *File) readItems(body []byte, at int64) error {
	c := &cursor{data: body}
	width := 2
	if v, _ := c.full(); v > 0 {
		width = 4
	}
	c.uint(width) // the count; the boxes that follow are what counts
	if err := c.err("iinf"); err != nil {
		return err
	}
	seen := map[uint32]bool{}
	return walkBytes(c.data, at+int64(len(body)-len(c.data)), func(b box, body []byte) error {
		if b.kind != "infe" {
			f.hide(b.body)
			return nil
		}
		c := &cursor{data: body}
		v, _ := c.full()
		var it Item
		switch {
		case v < 2: // the form of before there were item types: always a file
			it.ID, it.Type = uint32(c.u16()), "mime"
		case v == 2:
			it.ID = uint32(c.u16())
		default:
			it.ID = c.u32()
		}
		c.u16() // protection
		if v >= 2 {
			kind := c.u32()
			it.Type = string([]byte{byte(kind >> 24), byte(kind >> 16), byte(kind >> 8), byte(kind)})
		}
		if err := c.err("infe"); err != nil {
			return err
		}
		if seen[it.ID] {
			return format("item %d twice", it.ID)
		}
		seen[it.ID] = true
		if f.Items = append(f.Items, it); len(f.Items) > maxItems {
			return format("more than %d items", maxItems)
		}
		return nil
	})
}

// readPlaces parses iloc, which says where the bytes of the items lie.
func readPlaces(body []byte, size int64) ([]place, error) {
	c := &cursor{data: body}
	version, _ := c.full()
	if version > 2 {
		return nil, format("iloc version %d", version)
	}
	widths, more := c.u8(), c.u8()
	offsetW, lengthW, baseW, indexW := int(widths>>4), int(widths&15), int(more>>4), int(more&15)
	if version == 0 {
		indexW = 0
	}
	for _, w := range []int{offsetW, lengthW, baseW, indexW} {
		if w != 0 && w != 4 && w != 8 {
			return nil, format("iloc field of %d bytes", w)
		}
	}
	idW := 2
	if version == 2 {
		idW = 4
	}
	count := c.uint(idW)
	if count > maxItems {
		return nil, format("iloc of %d items", count)
	}
	var places []place
	total := 0
	for range count {
		p := place{id: uint32(c.uint(idW))}
		if version > 0 {
			p.method = c.u16() & 15
		}
		external := c.u16() != 0
		base := c.uint(baseW)
		n := int(c.u16())
		if total += n; total > maxExtents {
			return nil, format("more than %d extents", maxExtents)
		}
		if external && p.method != 2 {
			// Bytes of another file: nothing here belongs to the item.
			p.method = math.MaxUint16
		}
		for range n {
			c.uint(indexW)
			off, length := c.uint(offsetW), c.uint(lengthW)
			if c.cut {
				break
			}
			if off += base; off < base || off > math.MaxInt64 || length > math.MaxInt64 {
				return nil, format("iloc offset overflows")
			}
			p.extents = append(p.extents, Range{int64(off), int64(length)})
		}
		if err := c.err("iloc"); err != nil {
			return nil, err
		}
		places = append(places, p)
	}
	return places, nil
}

// locate turns the places into ranges of the file.
func (f *File) locate(places []place, idat Range) error {
	index := make(map[uint32]int, len(f.Items))
	for i, it := range f.Items {
		index[it.ID] = i
	}
	seen := map[uint32]bool{}
	for _, p := range places {
		if seen[p.id] {
			return format("item %d located twice", p.id)
		}
		seen[p.id] = true
		i, known := index[p.id]
		if !known {
			continue // its bytes belong to no item and count as leftovers
		}
		within := Range{0, f.Size}
		switch p.method {
		case 0:
		case 1:
			within = idat
		case 2:
			// Its bytes are those of other items, which are looked at themselves.
			continue
		case math.MaxUint16:
			continue
		default:
			return format("item %d has construction method %d", p.id, p.method)
		}
		for _, e := range p.extents {
			if e.Off > within.Len {
				return format("item %d lies outside the file", p.id)
			}
			if e.Len == 0 { // to the end
				e.Len = within.Len - e.Off
			}
			if e.Len > within.Len-e.Off {
				return format("item %d lies outside the file", p.id)
			}
			if e.Len > 0 {
				f.Items[i].Extents = append(f.Items[i].Extents, Range{within.Off + e.Off, e.Len})
			}
		}
	}
	return nil
}

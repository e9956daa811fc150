package heif

import (
	"math"

	"privd/market/media/bmff"
)

// place is an extent as the iloc box states it.
type place struct {
	id      uint32
	method  uint16 // 0: offset in the file; 1: in the idat box; 2: in another item
	extents []bmff.Range
}

// readMeta parses the body of the meta box, which lies at offset at.
func (f *File) readMeta(body []byte, at int64) error {
	if len(body) < 4 {
		return bmff.Format("meta box is cut")
	}
	var places []place
	var idat bmff.Range
	err := bmff.WalkBytes(body[4:], at+4, func(b bmff.Box, body []byte) (err error) {
		switch b.Kind {
		case "pitm":
			c := &bmff.Cursor{Data: body}
			if v, _ := c.Full(); v == 0 {
				f.Primary = uint32(c.U16())
			} else {
				f.Primary = c.U32()
			}
			return c.Err("pitm")
		case "iinf":
			return f.readItems(body, b.Body.Off)
		case "iloc":
			places, err = readPlaces(body, f.Size)
			return err
		case "idat":
			idat = b.Body
			f.pictures = append(f.pictures, b.Body)
		case "iprp":
			return f.readProperties(body, b.Body.Off)
		case "uuid":
			f.hide(bmff.Range{Off: b.Body.Off + 16, Len: b.Body.Len - 16})
		case "hdlr", "iref", "dinf", "grpl", "ipro", "pict":
		default: // xml, bxml, free, skip and what else a writer left behind
			f.hide(b.Body)
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
	c := &bmff.Cursor{Data: body}
	width := 2
	if v, _ := c.Full(); v > 0 {
		width = 4
	}
	c.Uint(width) // the count; the boxes that follow are what counts
	if err := c.Err("iinf"); err != nil {
		return err
	}
	seen := map[uint32]bool{}
	return bmff.WalkBytes(c.Data, at+int64(len(body)-len(c.Data)), func(b bmff.Box, body []byte) error {
		if b.Kind != "infe" {
			f.hide(b.Body)
			return nil
		}
		c := &bmff.Cursor{Data: body}
		v, _ := c.Full()
		var it Item
		switch {
		case v < 2: // the form of before there were item types: always a file
			it.ID, it.Type = uint32(c.U16()), "mime"
		case v == 2:
			it.ID = uint32(c.U16())
		default:
			it.ID = c.U32()
		}
		c.U16() // protection
		if v >= 2 {
			kind := c.U32()
			it.Type = string([]byte{byte(kind >> 24), byte(kind >> 16), byte(kind >> 8), byte(kind)})
		}
		if err := c.Err("infe"); err != nil {
			return err
		}
		if seen[it.ID] {
			return bmff.Format("item %d twice", it.ID)
		}
		seen[it.ID] = true
		if f.Items = append(f.Items, it); len(f.Items) > maxItems {
			return bmff.Format("more than %d items", maxItems)
		}
		return nil
	})
}

// readPlaces parses iloc, which says where the bytes of the items lie.
func readPlaces(body []byte, size int64) ([]place, error) {
	c := &bmff.Cursor{Data: body}
	version, _ := c.Full()
	if version > 2 {
		return nil, bmff.Format("iloc version %d", version)
	}
	widths, more := c.U8(), c.U8()
	offsetW, lengthW, baseW, indexW := int(widths>>4), int(widths&15), int(more>>4), int(more&15)
	if version == 0 {
		indexW = 0
	}
	for _, w := range []int{offsetW, lengthW, baseW, indexW} {
		if w != 0 && w != 4 && w != 8 {
			return nil, bmff.Format("iloc field of %d bytes", w)
		}
	}
	idW := 2
	if version == 2 {
		idW = 4
	}
	count := c.Uint(idW)
	if count > maxItems {
		return nil, bmff.Format("iloc of %d items", count)
	}
	var places []place
	total := 0
	for range count {
		p := place{id: uint32(c.Uint(idW))}
		if version > 0 {
			p.method = c.U16() & 15
		}
		external := c.U16() != 0
		base := c.Uint(baseW)
		n := int(c.U16())
		if total += n; total > maxExtents {
			return nil, bmff.Format("more than %d extents", maxExtents)
		}
		if external && p.method != 2 {
			// Bytes of another file: nothing here belongs to the item.
			p.method = math.MaxUint16
		}
		for range n {
			c.Uint(indexW)
			off, length := c.Uint(offsetW), c.Uint(lengthW)
			if c.Cut {
				break
			}
			if off += base; off < base || off > math.MaxInt64 || length > math.MaxInt64 {
				return nil, bmff.Format("iloc offset overflows")
			}
			p.extents = append(p.extents, bmff.Range{Off: int64(off), Len: int64(length)})
		}
		if err := c.Err("iloc"); err != nil {
			return nil, err
		}
		places = append(places, p)
	}
	return places, nil
}

// locate turns the places into ranges of the file.
func (f *File) locate(places []place, idat bmff.Range) error {
	index := make(map[uint32]int, len(f.Items))
	for i, it := range f.Items {
		index[it.ID] = i
	}
	seen := map[uint32]bool{}
	for _, p := range places {
		if seen[p.id] {
			return bmff.Format("item %d located twice", p.id)
		}
		seen[p.id] = true
		i, known := index[p.id]
		if !known {
			continue // its bytes belong to no item and count as leftovers
		}
		within := bmff.Range{Off: 0, Len: f.Size}
		switch p.method {
		case 0:
		case 1:
			within = idat
		case 2:
			// Its bytes are those of other items. Those of a picture are looked at
			// there; metadata inside of a picture cannot be told from it.
			if descriptive(f.Items[i].Type) {
				return bmff.Format("item %d is metadata inside another item", p.id)
			}
			continue
		case math.MaxUint16:
			continue
		default:
			return bmff.Format("item %d has construction method %d", p.id, p.method)
		}
		for _, e := range p.extents {
			if e.Off > within.Len {
				return bmff.Format("item %d lies outside the file", p.id)
			}
			if e.Len == 0 { // to the end
				e.Len = within.Len - e.Off
			}
			if e.Len > within.Len-e.Off {
				return bmff.Format("item %d lies outside the file", p.id)
			}
			if e.Len > 0 {
				f.Items[i].Extents = append(f.Items[i].Extents, bmff.Range{Off: within.Off + e.Off, Len: e.Len})
			}
		}
	}
	return nil
}

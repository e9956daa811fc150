package heif

import (
	"io"
	"slices"

	"privd/market/media/bmff"
)

// What a file may cost to look at. Pictures of phones stay far below: 48
// megapixels are about 200 items and 10 KiB of meta box.
const (
	maxMeta    = 4 << 20 // bytes of the meta box
	maxBoxes   = 1 << 10 // top-level boxes
	maxItems   = 1 << 14
	maxExtents = 1 << 16
)

// Size is a width and height in pixels.
type Size struct{ Width, Height uint32 }

// Pixels returns the area.
func (s Size) Pixels() uint64 { return uint64(s.Width) * uint64(s.Height) }

// Item is a picture, a part of one, or metadata.
type Item struct {
	ID      uint32
	Type    string       // four characters, such as hvc1, grid, Exif or mime
	Extents []bmff.Range // where its bytes lie; empty if elsewhere than in this file
}

// File is the structure of one picture file.
type File struct {
	Size      int64 // bytes
	Primary   uint32
	Items     []Item
	Canvas    Size   // of the primary item, as its ispe property says
	Claimed   []Size // what the ispe properties say
	Coded     []Size // what the coded data says: HEVC parameter sets, grids, overlays
	pictures  []bmff.Range
	private   []bmff.Range
	tile      Size // as large as the largest HEVC picture
	hasMovie  bool
	hasHeader bool
}

// Read parses the boxes of a picture file of size bytes. Errors that the content
// causes wrap bmff.ErrFormat.
func Read(r io.ReaderAt, size int64) (*File, error) {
	f := &File{Size: size}
	var meta []byte
	var metaOff int64
	err := bmff.Walk(r, bmff.Range{Off: 0, Len: size}, maxBoxes, func(b bmff.Box) (err error) {
		if (b.Kind == "ftyp") != (b.Whole.Off == 0) {
			return bmff.Format("ftyp is not the first box")
		}
		switch b.Kind {
		case "ftyp", "styp":
			f.hasHeader = true
		case "mdat":
			f.pictures = append(f.pictures, b.Body)
		case "moov":
			f.hasMovie = true
			return f.readMovie(r, b.Body, 0)
		case "meta":
			if meta != nil {
				return bmff.Format("two meta boxes")
			}
			if b.Body.Len > maxMeta {
				return bmff.Format("meta box of %d bytes", b.Body.Len)
			}
			metaOff = b.Body.Off
			meta, err = bmff.Read(r, b.Body)
			return err
		case "uuid":
			f.hide(bmff.Range{Off: b.Body.Off + 16, Len: b.Body.Len - 16})
		default:
			// Phones append boxes of their own: a film of the seconds around the
			// picture, a table of settings. No picture needs them.
			f.hide(b.Body)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !f.hasHeader || meta == nil {
		return nil, bmff.Format("no ftyp or no meta box")
	}
	if err := f.readMeta(meta, metaOff); err != nil {
		return nil, err
	}
	return f, f.readSizes(r)
}

// MaxPixels returns the largest area that anything in the file claims.
func (f *File) MaxPixels() uint64 {
	var most uint64
	for _, s := range slices.Concat(f.Claimed, f.Coded) {
		most = max(most, s.Pixels())
	}
	return most
}

// Filled tells whether some coded picture is as large as the canvas says. Decoders
// believe the canvas, and fill what is missing with whatever they find.
func (f *File) Filled() bool {
	return slices.ContainsFunc(f.Coded, func(s Size) bool {
		return s.Width >= f.Canvas.Width && s.Height >= f.Canvas.Height
	})
}

func (f *File) hide(r bmff.Range) {
	if r.Len > 0 {
		f.private = append(f.private, r)
	}
}

// readMovie looks for what describes the making of an image sequence.
func (f *File) readMovie(r io.ReaderAt, in bmff.Range, depth int) error {
	return bmff.Walk(r, in, maxBoxes, func(b bmff.Box) error {
		switch b.Kind {
		case "udta", "meta", "uuid", "free", "skip":
			f.hide(b.Body)
		case "trak":
			if depth == 0 {
				return f.readMovie(r, b.Body, 1)
			}
		}
		return nil
	})
}

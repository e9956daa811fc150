package heif

import (
	"errors"
	"fmt"
	"io"
)

// What a file may cost to look at. Pictures of phones stay far below: 48
// megapixels are about 200 items and 10 KiB of meta box.
const (
	maxMeta    = 4 << 20 // bytes of the meta box
	maxBoxes   = 1 << 10 // top-level boxes
	maxItems   = 1 << 14
	maxExtents = 1 << 16
)

// ErrFormat is in the chain of each error that the content of the file causes, as
// opposed to a failure to read it.
var ErrFormat = errors.New("not a readable HEIF picture")

// Range is a run of bytes of the file.
type Range struct{ Off, Len int64 }

// End returns the offset after the last byte.
func (r Range) End() int64 { return r.Off + r.Len }

// Size is a width and height in pixels.
type Size struct{ Width, Height uint32 }

// Pixels returns the area.
func (s Size) Pixels() uint64 { return uint64(s.Width) * uint64(s.Height) }

// Item is a picture, a part of one, or metadata.
type Item struct {
	ID      uint32
	Type    string  // four characters, such as hvc1, grid, Exif or mime
	Extents []Range // where its bytes lie; empty if elsewhere than in this file
}

// File is the structure of one picture file.
type File struct {
	Size      int64 // bytes
	Primary   uint32
	Items     []Item
	Canvas    Size   // of the primary item, as its ispe property says
	Sizes     []Size // every size anything in the file claims: ispe, grid, overlay, HEVC
	pictures  []Range
	private   []Range
	hasMovie  bool
	hasHeader bool
}

// Read parses the boxes of the picture in src, from its start. The position of
// src afterwards is undefined. Errors of the format wrap ErrFormat.
func Read(src io.ReadSeeker) (*File, error) {
	size, err := src.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("measure picture: %w", err)
	}
	f := &File{Size: size}
	var meta []byte
	var metaOff int64
	err = walk(src, Range{0, size}, func(b box) error {
		if (b.kind == "ftyp") != (b.whole.Off == 0) {
			return format("ftyp is not the first box")
		}
		switch b.kind {
		case "ftyp", "styp":
			f.hasHeader = true
		case "mdat":
			f.pictures = append(f.pictures, b.body)
		case "moov":
			f.hasMovie = true
			return f.readMovie(src, b.body, 0)
		case "meta":
			if meta != nil {
				return format("two meta boxes")
			}
			if b.body.Len > maxMeta {
				return format("meta box of %d bytes", b.body.Len)
			}
			metaOff = b.body.Off
			meta, err = readRange(src, b.body)
			return err
		case "uuid":
			f.hide(Range{b.body.Off + 16, b.body.Len - 16})
		default:
			// Phones append boxes of their own: a film of the seconds around the
			// picture, a table of settings. No picture needs them.
			f.hide(b.body)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !f.hasHeader || meta == nil {
		return nil, format("no ftyp or no meta box")
	}
	if err := f.readMeta(meta, metaOff); err != nil {
		return nil, err
	}
	return f, f.readSizes(src)
}

// MaxPixels returns the largest area that anything in the file claims.
func (f *File) MaxPixels() uint64 {
	var most uint64
	for _, s := range f.Sizes {
		most = max(most, s.Pixels())
	}
	return most
}

func (f *File) hide(r Range) {
	if r.Len > 0 {
		f.private = append(f.private, r)
	}
}

// readMovie looks for what describes the making of an image sequence.
func (f *File) readMovie(src io.ReadSeeker, in Range, depth int) error {
	return walk(src, in, func(b box) error {
		switch b.kind {
		case "udta", "meta", "uuid", "free", "skip":
			f.hide(b.body)
		case "trak":
			if depth == 0 {
				return f.readMovie(src, b.body, 1)
			}
		}
		return nil
	})
}

func format(message string, args ...any) error {
	return fmt.Errorf("%w: "+message, append([]any{ErrFormat}, args...)...)
}

package review

import (
	"errors"
	"math"
	"slices"

	"privd/market/media/bmff"
	"privd/market/media/window"
)

// Bounds on the structure of an MP4. A film of hours in fragments of a second has
// some ten thousand boxes.
const (
	mp4TopBoxes = 1 << 16
	mp4Boxes    = 1 << 10 // inside another
	mp4Tracks   = 64
	mp4SmallBox = 1 << 20 // a box read into memory
)

type mp4Track struct {
	id            uint32
	handler       string // vide, soun or another
	width, height int
	scale, length uint64
	fragmentUnit  uint64 // default duration of a sample in fragments
	fragmentsEnd  uint64 // in units of scale
	chunks        []mp4Table
}

// mp4Table is a table of chunk offsets.
type mp4Table struct {
	entries bmff.Range
	width   int // bytes of an entry
}

type mp4File struct {
	file     *window.Reader
	tracks   []*mp4Track
	scale    uint64
	length   uint64
	media    []bmff.Range // bodies of mdat, in order
	movie    bool         // there is a movie header
	sound    int64        // bytes in whole boxes
	declared int64        // bytes that all boxes claim
}

// openMP4 reads MP4, M4A and QuickTime. A file that is cut short, or has something
// else after its last box, still plays, and loses in integrity.
func openMP4(file *window.Reader) (container, error) {
	f := &mp4File{file: file}
	err := bmff.Walk(file, bmff.Range{Off: 0, Len: file.Size()}, mp4TopBoxes, f.top)
	var cut *bmff.CutError
	switch {
	case errors.As(err, &cut) && cut.Kind == "mdat":
		f.media = append(f.media, cut.Have)
		f.sound, f.declared = cut.Have.End(), cut.Have.Off+cut.Want
	case errors.Is(err, bmff.ErrFormat):
		f.declared = file.Size()
	case err != nil:
		return container{}, err
	}
	if !f.movie {
		return container{}, faulty("it has no movie header")
	}
	if len(f.media) == 0 {
		return container{}, faulty("it holds no media")
	}
	return f.container(), nil
}

// walk is bmff.Walk for what lies inside another box, where damage is fatal.
func (f *mp4File) walk(in bmff.Box, visit func(bmff.Box) error) error {
	err := bmff.Walk(f.file, in.Body, mp4Boxes, visit)
	if errors.Is(err, bmff.ErrFormat) {
		return faulty("its box %q is malformed", in.Kind)
	}
	return err
}

// top handles a top-level box.
func (f *mp4File) top(b bmff.Box) error {
	if b.Whole.Off == 0 {
		switch b.Kind {
		case "ftyp", "moov", "mdat", "wide", "free", "skip", "pnot":
		default:
			return faulty("it begins with %q", b.Kind)
		}
	}
	f.sound, f.declared = b.Whole.End(), b.Whole.End()
	switch b.Kind {
	case "moov":
		if f.movie {
			return faulty("it has two movie headers")
		}
		f.movie = true
		return f.walk(b, f.moov)
	case "moof":
		return f.walk(b, f.moof)
	case "mdat":
		if b.Body.Len > 0 {
			f.media = append(f.media, b.Body)
		}
	}
	return nil
}

func (f *mp4File) moov(b bmff.Box) (err error) {
	switch b.Kind {
	case "mvhd":
		f.scale, f.length, err = f.clock(b)
	case "trak":
		if len(f.tracks) == mp4Tracks {
			return bmff.Format("more than %d tracks", mp4Tracks)
		}
		t := &mp4Track{}
		f.tracks = append(f.tracks, t)
		return f.walk(b, func(b bmff.Box) error { return f.trak(t, b) })
	case "mvex":
		return f.walk(b, f.mvex)
	}
	return err
}

// trak handles a box at any depth of a track; only those that lead to something
// are entered.
func (f *mp4File) trak(t *mp4Track, b bmff.Box) (err error) {
	switch b.Kind {
	case "mdia", "minf", "stbl":
		return f.walk(b, func(b bmff.Box) error { return f.trak(t, b) })
	case "tkhd":
		return f.tkhd(t, b)
	case "mdhd":
		t.scale, t.length, err = f.clock(b)
	case "hdlr":
		body, err := f.read(b)
		if err != nil {
			return err
		}
		// QuickTime has a second handler, for data references, further inside.
		if t.handler == "" && len(body) >= 12 {
			t.handler = string(body[8:12])
		}
	case "stsd":
		return f.stsd(t, b)
	case "stco", "co64":
		width := 4
		if b.Kind == "co64" {
			width = 8
		}
		if b.Body.Len >= 8 && len(t.chunks) < 4 {
			t.chunks = append(t.chunks, mp4Table{bmff.Range{Off: b.Body.Off + 8, Len: b.Body.Len - 8}, width})
		}
	}
	return err
}

// read returns the start of a box, which is all of it for the boxes of interest.
func (f *mp4File) read(b bmff.Box) ([]byte, error) {
	return bmff.Read(f.file, bmff.Range{Off: b.Body.Off, Len: min(b.Body.Len, mp4SmallBox)})
}

// clock reads the time scale and duration that mvhd and mdhd have in common.
func (f *mp4File) clock(b bmff.Box) (scale, length uint64, err error) {
	body, err := f.read(b)
	if err != nil {
		return 0, 0, err
	}
	c := &bmff.Cursor{Data: body}
	if v, _ := c.Full(); v == 1 {
		c.Skip(16)
		if scale, length = uint64(c.U32()), c.Uint(8); length == math.MaxUint64 {
			length = 0 // unknown
		}
	} else {
		c.Skip(8)
		if scale, length = uint64(c.U32()), uint64(c.U32()); length == math.MaxUint32 {
			length = 0
		}
	}
	return scale, length, c.Err(b.Kind)
}

func (f *mp4File) tkhd(t *mp4Track, b bmff.Box) error {
	body, err := f.read(b)
	if err != nil {
		return err
	}
	c := &bmff.Cursor{Data: body}
	if v, _ := c.Full(); v == 1 {
		c.Skip(16)
		t.id = c.U32()
		c.Skip(4 + 8)
	} else {
		c.Skip(8)
		t.id = c.U32()
		c.Skip(4 + 4)
	}
	c.Skip(8 + 8 + 36)
	t.width, t.height = int(c.U32()>>16), int(c.U32()>>16)
	return c.Err("tkhd")
}

// stsd gives the size of the coded picture where the track header has none.
func (f *mp4File) stsd(t *mp4Track, b bmff.Box) error {
	body, err := f.read(b)
	if err != nil || t.handler != "vide" || t.width != 0 {
		return err
	}
	c := &bmff.Cursor{Data: body}
	c.Skip(8 + 8 + 8 + 16)
	t.width, t.height = int(c.U16()), int(c.U16())
	return c.Err("stsd")
}

func (f *mp4File) mvex(b bmff.Box) error {
	if b.Kind != "trex" {
		return nil
	}
	body, err := f.read(b)
	if err != nil {
		return err
	}
	c := &bmff.Cursor{Data: body}
	c.Full()
	t := f.track(c.U32())
	c.Skip(4)
	t.fragmentUnit = uint64(c.U32())
	return c.Err("trex")
}

// track returns the track of that id, or one that nobody will look at.
func (f *mp4File) track(id uint32) *mp4Track {
	for _, t := range f.tracks {
		if t.id == id {
			return t
		}
	}
	return &mp4Track{}
}

// moof follows the time of each track through a fragment.
func (f *mp4File) moof(b bmff.Box) error {
	if b.Kind != "traf" {
		return nil
	}
	t, unit := &mp4Track{}, uint64(0)
	return f.walk(b, func(b bmff.Box) error {
		if b.Kind != "tfhd" && b.Kind != "tfdt" && b.Kind != "trun" {
			return nil
		}
		body, err := f.read(b)
		if err != nil {
			return err
		}
		c := &bmff.Cursor{Data: body}
		version, flags := c.Full()
		switch b.Kind {
		case "tfhd":
			t = f.track(c.U32())
			unit = t.fragmentUnit
			for _, optional := range []struct {
				flag uint32
				size int
			}{{1, 8}, {2, 4}} {
				if flags&optional.flag != 0 {
					c.Skip(optional.size)
				}
			}
			if flags&8 != 0 {
				unit = uint64(c.U32())
			}
		case "tfdt":
			width := 4
			if version == 1 {
				width = 8
			}
			t.fragmentsEnd = c.Uint(width)
		case "trun":
			t.fragmentsEnd += runLength(c, flags, unit)
		}
		return c.Err(b.Kind)
	})
}

// runLength adds up the samples of a track run.
func runLength(c *bmff.Cursor, flags uint32, unit uint64) uint64 {
	count := uint64(c.U32())
	if flags&1 != 0 {
		c.Skip(4)
	}
	if flags&4 != 0 {
		c.Skip(4)
	}
	const hasDuration = 0x100
	if flags&hasDuration == 0 {
		return count * unit
	}
	rest := 0
	for _, flag := range []uint32{0x200, 0x400, 0x800} {
		if flags&flag != 0 {
			rest += 4
		}
	}
	var sum uint64
	for range count {
		sum += uint64(c.U32())
		c.Skip(rest)
		if c.Cut {
			break
		}
	}
	return sum
}

func (f *mp4File) container() container {
	c := container{length: seconds(f.length, f.scale), integrity: ratio(uint64(f.sound), uint64(f.declared))}
	for _, t := range f.tracks {
		switch t.handler {
		case "vide":
			c.video = true
			c.sized(t.width, t.height)
		case "soun":
			c.audio = true
		default:
			continue
		}
		c.length = max(c.length, seconds(t.length, t.scale), seconds(t.fragmentsEnd, t.scale))
		c.integrity = min(c.integrity, f.present(t))
	}
	return c
}

// present returns the share of a track's chunks that begin inside the media there is.
func (f *mp4File) present(t *mp4Track) Permille {
	var inside, all uint64
	for _, table := range t.chunks {
		const step = 4096
		for r := table.entries; r.Len >= int64(table.width); {
			part, err := bmff.Read(f.file, bmff.Range{Off: r.Off, Len: min(r.Len/int64(table.width)*int64(table.width), step)})
			if err != nil {
				return 0
			}
			for c := (&bmff.Cursor{Data: part}); len(c.Data) > 0; all++ {
				if f.holds(c.Uint(table.width)) {
					inside++
				}
			}
			r = bmff.Range{Off: r.Off + int64(len(part)), Len: r.Len - int64(len(part))}
		}
	}
	return ratio(inside, all)
}

func (f *mp4File) holds(off uint64) bool {
	i, found := slices.BinarySearchFunc(f.media, off, func(m bmff.Range, off uint64) int {
		switch {
		case uint64(m.End()) <= off:
			return -1
		case uint64(m.Off) > off:
			return 1
		}
		return 0
	})
	return found && i < len(f.media)
}

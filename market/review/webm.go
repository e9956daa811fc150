package review

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"

	"privd/market/media/window"
)

// Elements of WebM.
const (
	idEBML        = 0x1a45dfa3
	idDocType     = 0x4282
	idSegment     = 0x18538067
	idInfo        = 0x1549a966
	idScale       = 0x2ad7b1
	idLength      = 0x4489
	idTracks      = 0x1654ae6b
	idTrack       = 0xae
	idTrackType   = 0x83
	idVideo       = 0xe0
	idWidth       = 0xb0
	idHeight      = 0xba
	idCluster     = 0x1f43b675
	idClusterTime = 0xe7
	idSimpleBlock = 0xa3
	idBlockGroup  = 0xa0
	idBlock       = 0xa1
)

// maxElements bounds the work on a file made of nothing but headers: 500 MB of
// film have about half a million elements.
const maxElements = 8 << 20

// element is the header of one element.
type element struct {
	id   uint32
	body int64
	end  int64 // -1 when the size is unknown, as a live recorder leaves it
}

type webmFile struct {
	file          *window.Reader
	c             container
	scale         uint64  // nanoseconds of a tick
	claimed       float64 // length in ticks, as the header has it
	clusterTime   uint64
	last          uint64 // ticks of the latest block
	blocks        bool
	width, height int
	open          []element // what contains the current element, outermost first
}

// openWebM reads WebM as a flat run of elements, entering those that contain others,
// so that the open ends of live recordings need no special care.
func openWebM(file *window.Reader) (container, error) {
	f := &webmFile{file: file, scale: 1_000_000}
	first, ok := f.element(0)
	if !ok || first.id != idEBML || first.end < 0 || first.end > file.Size() {
		return container{}, faulty("it has no EBML header")
	}
	docType, end := "", int64(0)
	for off, n := first.body, 0; off < first.end && n < 64; n++ {
		e, ok := f.element(off)
		if !ok || e.end < 0 || e.end > first.end {
			return container{}, faulty("its EBML header is malformed")
		}
		if e.id == idDocType && e.end-e.body <= 32 {
			docType = string(f.bytes(e, 32))
		}
		off = e.end
	}
	if docType != "webm" {
		return container{}, faulty("its document type is not webm")
	}
	end = f.walk(first.end)
	if !f.blocks {
		return container{}, faulty("it holds no media")
	}
	f.c.length = f.length()
	f.c.integrity = ratio(uint64(end), uint64(max(file.Size(), f.declaredEnd())))
	return f.c, nil
}

// walk returns the offset up to which the elements are sound.
func (f *webmFile) walk(off int64) int64 {
	for n := 0; off < f.file.Size(); n++ {
		e, ok := f.element(off)
		if !ok || n == maxElements {
			return off
		}
		f.leave(e.id, off)
		if len(f.open) == 0 && e.id != idSegment {
			return off
		}
		if top := f.limit(); top >= 0 && e.end > top {
			return off
		}
		switch e.id {
		case idSegment, idInfo, idTracks, idTrack, idVideo, idCluster, idBlockGroup:
			if len(f.open) == 8 {
				return off
			}
			f.enter(e)
			off = e.body
			continue
		}
		if e.end < 0 || e.end > f.file.Size() {
			return off
		}
		if !f.leaf(e) {
			return off
		}
		off = e.end
	}
	return off
}

// leave closes the elements that end before an element of this id at off.
func (f *webmFile) leave(id uint32, off int64) {
	for len(f.open) > 0 {
		top := f.open[len(f.open)-1]
		ended := top.end >= 0 && off >= top.end
		// One of unknown size ends where its next sibling begins.
		if top.end < 0 {
			ended = id == idSegment || top.id != idSegment && id > 0x0fffffff
		}
		if !ended {
			return
		}
		f.open = f.open[:len(f.open)-1]
	}
}

// limit returns where the innermost element of known size ends, or -1.
func (f *webmFile) limit() int64 {
	for i := len(f.open) - 1; i >= 0; i-- {
		if f.open[i].end >= 0 {
			return f.open[i].end
		}
	}
	return -1
}

func (f *webmFile) enter(e element) {
	f.open = append(f.open, e)
	switch e.id {
	case idVideo:
		f.width, f.height = 0, 0
	case idCluster:
		f.clusterTime = 0
	}
}

// declaredEnd returns where the latest segment still open says that it ends.
func (f *webmFile) declaredEnd() int64 {
	end := int64(0)
	for _, e := range f.open {
		end = max(end, e.end)
	}
	return end
}

// leaf takes what an element without children says; false means it is malformed.
func (f *webmFile) leaf(e element) bool {
	switch e.id {
	case idScale:
		f.scale = max(1, f.number(e))
	case idLength:
		switch b := f.bytes(e, 8); len(b) {
		case 4:
			f.claimed = float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
		case 8:
			f.claimed = math.Float64frombits(binary.BigEndian.Uint64(b))
		}
	case idTrackType:
		switch f.number(e) {
		case 1:
			f.c.video = true
		case 2:
			f.c.audio = true
		}
	case idWidth:
		f.width = int(min(f.number(e), 1<<20))
		f.c.sized(f.width, f.height)
	case idHeight:
		f.height = int(min(f.number(e), 1<<20))
		f.c.sized(f.width, f.height)
	case idClusterTime:
		f.clusterTime = min(f.number(e), 1<<62)
	case idSimpleBlock, idBlock:
		return f.block(e)
	}
	return true
}

// block notes the time of a block: a track number, then its time as a signed offset
// to that of the cluster.
func (f *webmFile) block(e element) bool {
	head := f.bytes(e, 12)
	if len(head) < 4 || head[0] == 0 {
		return false
	}
	n := bits.LeadingZeros8(head[0]) + 1
	if len(head) < n+3 {
		return false
	}
	at := int64(f.clusterTime) + int64(int16(binary.BigEndian.Uint16(head[n:])))
	f.last = max(f.last, uint64(max(0, at)))
	f.blocks = true
	return true
}

// length is the time of the last block; the header's claim counts where it is a
// little longer, by the duration of that block.
func (f *webmFile) length() time.Duration {
	ticks := f.last
	if f.claimed > float64(ticks) && f.claimed < float64(ticks)+float64(5*uint64(time.Second)/f.scale) {
		ticks = uint64(f.claimed)
	}
	hi, lo := bits.Mul64(ticks, f.scale)
	if hi != 0 || lo > uint64(maxLength) {
		return maxLength
	}
	return time.Duration(lo)
}

// bytes reads the body of e, at most n bytes of it.
func (f *webmFile) bytes(e element, n int64) []byte {
	b, ok := at(f.file, e.body, int(min(n, e.end-e.body)))
	if !ok {
		return nil
	}
	return b
}

func (f *webmFile) number(e element) uint64 {
	var v uint64
	for _, b := range f.bytes(e, 8) {
		v = v<<8 | uint64(b)
	}
	return v
}

// element reads a header: an id of up to four bytes and a size of up to eight.
func (f *webmFile) element(off int64) (element, bool) {
	var head [12]byte
	n, _ := f.file.ReadAt(head[:], off)
	b := head[:n]
	if len(b) < 2 || b[0] < 0x10 {
		return element{}, false
	}
	width := bits.LeadingZeros8(b[0]) + 1
	if len(b) < width+1 || b[width] == 0 {
		return element{}, false
	}
	e := element{}
	for _, c := range b[:width] {
		e.id = e.id<<8 | uint32(c)
	}
	b = b[width:]
	long := bits.LeadingZeros8(b[0]) + 1
	if len(b) < long {
		return element{}, false
	}
	size := uint64(b[0]) & (1<<(8-long) - 1)
	for _, c := range b[1:long] {
		size = size<<8 | uint64(c)
	}
	e.body, e.end = off+int64(width+long), -1
	if size != 1<<(7*long)-1 {
		e.end = e.body + int64(size)
	}
	return e, true
}

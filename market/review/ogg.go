package review

import (
	"bytes"
	"encoding/binary"
	"time"

	"privd/market/media/window"
)

const oggHeader = 27 // bytes, before the table of segments

// oggStream is one logical stream.
type oggStream struct {
	serial uint32
	rate   uint64 // granules per second; 0 if this is no sound
	skip   uint64 // granules before the first that is heard
	last   uint64
}

type oggFile struct {
	file    *window.Reader
	table   [256]uint32
	page    [oggHeader + 255 + 255*255]byte
	streams []oggStream
	sound   int64 // bytes in pages that are whole
}

// openOgg walks the pages, each of which carries a checksum.
func openOgg(file *window.Reader) (container, error) {
	f := &oggFile{file: file, table: oggTable()}
	for off := int64(0); off < file.Size(); {
		size := f.read(off)
		if size == 0 {
			if off == 0 {
				return container{}, faulty("it has no Ogg page")
			}
			off = f.resync(off + 1)
			continue
		}
		f.sound += size
		f.take(f.page[:size])
		off += size
	}
	c := container{integrity: ratio(uint64(f.sound), uint64(file.Size()))}
	for _, s := range f.streams {
		if s.rate > 0 {
			c.audio = true
			c.length = max(c.length, s.length())
		}
	}
	return c, nil
}

// read reads the page at off and returns its size, or 0 if there is no whole page.
func (f *oggFile) read(off int64) int64 {
	head, ok := at(f.file, off, oggHeader)
	if !ok || string(head[:4]) != "OggS" || head[4] != 0 {
		return 0
	}
	segments := int(head[26])
	size := int64(oggHeader + segments)
	lengths, ok := at(f.file, off+oggHeader, segments)
	if !ok {
		return 0
	}
	for _, n := range lengths {
		size += int64(n)
	}
	page := f.page[:size]
	if n, _ := f.file.ReadAt(page, off); int64(n) < size {
		return 0
	}
	// The checksum covers the page with the checksum's own place zeroed.
	want := binary.LittleEndian.Uint32(page[22:])
	clear(page[22:26])
	var sum uint32
	for _, c := range page {
		sum = sum<<8 ^ f.table[byte(sum>>24)^c]
	}
	if sum != want {
		return 0
	}
	return size
}

// resync returns the offset of the next page, or the end.
func (f *oggFile) resync(off int64) int64 {
	buf := make([]byte, 4096)
	for off < f.file.Size() {
		n, _ := f.file.ReadAt(buf, off)
		if i := bytes.Index(buf[:n], []byte("OggS")); i >= 0 {
			return off + int64(i)
		}
		if n < len(buf) {
			break
		}
		off += int64(n) - 3
	}
	return f.file.Size()
}

// take notes what a page says about its stream.
func (f *oggFile) take(page []byte) {
	const begins, maxStreams = 2, 16
	serial := binary.LittleEndian.Uint32(page[14:])
	if page[5]&begins != 0 && len(f.streams) < maxStreams {
		s := oggStream{serial: serial}
		s.identify(page[oggHeader+int(page[26]):])
		f.streams = append(f.streams, s)
		return
	}
	granule := binary.LittleEndian.Uint64(page[6:])
	if granule == 1<<64-1 { // no packet ends on this page
		return
	}
	for i := range f.streams {
		if f.streams[i].serial == serial {
			f.streams[i].last = max(f.streams[i].last, granule)
		}
	}
}

// identify reads the first packet, by which a codec names itself.
func (s *oggStream) identify(packet []byte) {
	number := func(at int) uint64 { return uint64(binary.LittleEndian.Uint32(packet[at:])) }
	switch {
	case bytes.HasPrefix(packet, []byte("OpusHead")) && len(packet) >= 19:
		s.rate, s.skip = 48000, uint64(binary.LittleEndian.Uint16(packet[10:]))
	case bytes.HasPrefix(packet, []byte("\x01vorbis")) && len(packet) >= 30:
		s.rate = number(12)
	case bytes.HasPrefix(packet, []byte("Speex   ")) && len(packet) >= 40:
		s.rate = number(36)
	case bytes.HasPrefix(packet, []byte("\x7fFLAC")) && len(packet) >= 30:
		// The stream information begins at byte 17; the rate is 20 bits at its byte 10.
		s.rate = uint64(binary.BigEndian.Uint32(packet[26:]) >> 4 & 0xfffff)
	}
}

func (s oggStream) length() time.Duration {
	return seconds(s.last-min(s.skip, s.last), s.rate)
}

// oggTable is the table of the CRC with polynomial 04c11db7, most significant bit
// first, which the standard library does not have.
func oggTable() (table [256]uint32) {
	for i := range table {
		r := uint32(i) << 24
		for range 8 {
			if r&(1<<31) != 0 {
				r = r<<1 ^ 0x04c11db7
			} else {
				r <<= 1
			}
		}
		table[i] = r
	}
	return table
}

package review

import (
	"privd/market/media/window"
)

// mp3Frame is the header of one frame of MPEG audio.
type mp3Frame struct {
	version, layer int // 1, 2 or 25 for 2.5; 1, 2 or 3
	rate           int // samples per second
	size           int // bytes, with the header
	samples        int
}

// kbps returns the bit rate for an index 1 to 14.
func kbps(version, layer, index int) int {
	switch {
	case version == 1 && layer == 1:
		return 32 * index
	case version == 1 && layer == 2:
		return []int{32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384}[index-1]
	case version == 1:
		return []int{32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}[index-1]
	case layer == 1:
		return []int{32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256}[index-1]
	}
	return []int{8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}[index-1]
}

// parseMP3Frame reads a frame header; frames of free format are not known.
func parseMP3Frame(b []byte) (mp3Frame, bool) {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return mp3Frame{}, false
	}
	versionBits, layerBits := b[1]>>3&3, b[1]>>1&3
	index, rateIndex, padding := int(b[2]>>4), b[2]>>2&3, int(b[2]>>1&1)
	if versionBits == 1 || layerBits == 0 || index == 0 || index == 15 || rateIndex == 3 {
		return mp3Frame{}, false
	}
	f := mp3Frame{layer: 4 - int(layerBits), rate: []int{44100, 48000, 32000}[rateIndex]}
	switch versionBits {
	case 3:
		f.version = 1
	case 2:
		f.version, f.rate = 2, f.rate/2
	case 0:
		f.version, f.rate = 25, f.rate/4
	}
	bitRate := 1000 * kbps(f.version, f.layer, index)
	switch {
	case f.layer == 1:
		f.samples = 384
		f.size = (12*bitRate/f.rate + padding) * 4
		return f, true
	case f.layer == 3 && f.version != 1:
		f.samples = 576
	default:
		f.samples = 1152
	}
	f.size = f.samples/8*bitRate/f.rate + padding
	return f, true
}

// follows tells whether f and g can be neighbours in one stream.
func (f mp3Frame) follows(g mp3Frame) bool {
	return f.version == g.version && f.layer == g.layer && f.rate == g.rate
}

// openMP3 walks the frames. One counts only if the stream goes on after it, because
// random bytes look like a header every now and then.
func openMP3(file *window.Reader) (container, error) {
	start, end := mp3Bounds(file)
	var framed, frames, samples uint64
	rate := 0
	for off := start; off < end; {
		f, ok := mp3At(file, off)
		if !ok || off+int64(f.size) > end {
			off++
			continue
		}
		next := off + int64(f.size)
		if g, ok := mp3At(file, next); next != end && !(ok && f.follows(g)) {
			off++
			continue
		}
		framed, frames, samples = framed+uint64(f.size), frames+1, samples+uint64(f.samples)
		rate = f.rate
		off = next
	}
	// The end of the file alone may prove one frame.
	if frames < 2 {
		return container{}, faulty("it is no run of MPEG audio frames")
	}
	return container{
		audio:     true,
		length:    seconds(samples, uint64(rate)),
		integrity: ratio(framed, uint64(end-start)),
	}, nil
}

func mp3At(file *window.Reader, off int64) (mp3Frame, bool) {
	var b [4]byte
	if n, _ := file.ReadAt(b[:], off); n < len(b) {
		return mp3Frame{}, false
	}
	return parseMP3Frame(b[:])
}

// mp3Bounds returns where the sound lies between the tags.
func mp3Bounds(file *window.Reader) (start, end int64) {
	end = file.Size()
	for range 4 { // some writers put one tag before another
		b, ok := at(file, start, 10)
		if !ok || string(b[:3]) != "ID3" || (b[6]|b[7]|b[8]|b[9])&0x80 != 0 {
			break
		}
		size := 10 + int64(b[6])<<21 + int64(b[7])<<14 + int64(b[8])<<7 + int64(b[9])
		if b[5]&0x10 != 0 {
			size += 10
		}
		start = min(start+size, end)
	}
	if b, ok := at(file, max(start, end-128), 3); ok && end-start >= 128 && string(b) == "TAG" {
		end -= 128
	}
	if b, ok := at(file, max(start, end-32), 16); ok && end-start >= 32 && string(b[:8]) == "APETAGEX" {
		size := int64(b[12]) | int64(b[13])<<8 | int64(b[14])<<16 | int64(b[15])<<24
		// The size leaves out the header, which has the same form as the footer.
		if head, ok := at(file, end-size-32, 8); ok && string(head) == "APETAGEX" {
			size += 32
		}
		end = max(start, end-size)
	}
	return start, end
}

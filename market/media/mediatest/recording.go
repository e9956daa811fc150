package mediatest

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
)

// Box returns an ISO base media box.
func Box(kind string, body ...[]byte) []byte {
	b := join(body...)
	return join(be32(nil, 8+len(b)), []byte(kind), b)
}

// MP4 describes a film or a sound in an MP4.
type MP4 struct {
	Brand         string // such as "isom", "qt  ", "M4A "
	Width, Height int    // a picture track, unless zero
	Sound         bool   // a sound track
	Millis        int    // length
	Media         int    // bytes of made-up media
	Fragmented    bool   // in fragments of a second, without lengths in the header
}

// Bytes builds the file.
func (m MP4) Bytes() []byte {
	ftyp := Box("ftyp", []byte(m.Brand), be32(nil, 512), []byte(m.Brand))
	media := Box("mdat", noise(uint64(m.Media), m.Media))
	length := m.Millis
	if m.Fragmented {
		length = 0
	}
	var traks []byte
	chunk := len(ftyp) + 8
	id := 1
	if m.Width > 0 {
		traks = append(traks, mp4Track(id, "vide", m.Width, m.Height, length, chunk)...)
		id++
	}
	if m.Sound {
		traks = append(traks, mp4Track(id, "soun", 0, 0, length, chunk)...)
	}
	mvhd := Box("mvhd", make([]byte, 12), be32(be32(nil, 1000), length), make([]byte, 80))
	if !m.Fragmented {
		return join(ftyp, media, Box("moov", mvhd, traks))
	}
	trex := Box("trex", be32(be32(be32(be32(be32(be32(nil, 0), 1), 1), 500), 0), 0))
	out := join(ftyp, Box("moov", mvhd, traks, Box("mvex", trex)))
	for at := 0; at < m.Millis; at += 1000 {
		samples := 2
		out = join(out, Box("moof", Box("mfhd", be32(be32(nil, 0), at)), Box("traf",
			Box("tfhd", be32(be32(nil, 0x020000), 1)),
			Box("tfdt", be32(be32(nil, 0), at)),
			Box("trun", be32(be32(nil, 0), samples)))), media)
	}
	return out
}

func mp4Track(id int, handler string, width, height, length, chunk int) []byte {
	tkhd := Box("tkhd", make([]byte, 12), be32(nil, id), make([]byte, 8), make([]byte, 52), be32(be32(nil, width<<16), height<<16))
	mdhd := Box("mdhd", make([]byte, 12), be32(be32(nil, 1000), length), make([]byte, 4))
	hdlr := Box("hdlr", make([]byte, 8), []byte(handler), make([]byte, 13))
	stco := Box("stco", make([]byte, 8))
	if length > 0 {
		stco = Box("stco", be32(be32(be32(nil, 0), 1), chunk))
	}
	return Box("trak", tkhd, Box("mdia", mdhd, hdlr, Box("minf", Box("stbl", stco))))
}

// Element returns an EBML element with a size of eight bytes.
func Element(id uint32, body ...[]byte) []byte {
	b := join(body...)
	size := binary.BigEndian.AppendUint64(nil, uint64(len(b)))
	size[0] = 1
	return join(elementID(id), size, b)
}

func elementID(id uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, id)
	for b[0] == 0 {
		b = b[1:]
	}
	return b
}

// WebM describes a film or a sound in a WebM.
type WebM struct {
	Width, Height int // a picture track, unless zero
	Sound         bool
	Millis        int
	Block         int  // bytes of made-up media in each block
	Live          bool // of unknown size and length, as a browser records it
}

// Bytes builds the file: a cluster for each second, four blocks in each.
func (w WebM) Bytes() []byte {
	header := Element(0x1a45dfa3, Element(0x4286, []byte{1}), Element(0x4282, []byte("webm")))
	var tracks []byte
	if w.Width > 0 {
		tracks = Element(0xae, Element(0xd7, []byte{1}), Element(0x83, []byte{1}),
			Element(0xe0, Element(0xb0, be16(nil, w.Width)), Element(0xba, be16(nil, w.Height))))
	}
	if w.Sound {
		tracks = join(tracks, Element(0xae, Element(0xd7, []byte{2}), Element(0x83, []byte{2})))
	}
	info := Element(0x2ad7b1, be32(nil, 1_000_000))
	if !w.Live {
		info = join(info, Element(0x4489, be32(nil, int(math.Float32bits(float32(w.Millis))))))
	}
	body := join(Element(0x1549a966, info), Element(0x1654ae6b, tracks))
	for at := 0; at < w.Millis; at += 1000 {
		cluster := Element(0xe7, be32(nil, at))
		for i := range 4 {
			cluster = join(cluster, Element(0xa3, []byte{0x81}, be16(nil, 250*i), []byte{0x80}, noise(uint64(at+i), w.Block)))
		}
		body = join(body, w.master(0x1f43b675, cluster))
	}
	return join(header, w.master(0x18538067, body))
}

// master returns an element that a live recorder leaves open.
func (w WebM) master(id uint32, body []byte) []byte {
	if !w.Live {
		return Element(id, body)
	}
	return join(elementID(id), []byte{0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, body)
}

// AVI returns a film of frames pictures at 25 per second.
func AVI(width, height, frames, frameSize int) []byte {
	avih := join(le32(le32(nil, 40_000), 0), make([]byte, 8), le32(nil, frames), make([]byte, 12), le32(le32(nil, width), height), make([]byte, 16))
	strh := join([]byte("vidsMJPG"), make([]byte, 12), le32(le32(le32(le32(nil, 1), 25), 0), frames), make([]byte, 20))
	strl := RIFFChunk("LIST", "strl"+string(RIFFChunk("strh", string(strh))))
	hdrl := RIFFChunk("LIST", "hdrl"+string(RIFFChunk("avih", string(avih)))+string(strl))
	var movi []byte
	for i := range frames {
		movi = append(movi, RIFFChunk("00dc", string(noise(uint64(i), frameSize)))...)
	}
	return riffFile("AVI ", hdrl, RIFFChunk("LIST", "movi"+string(movi)))
}

// WAV returns mono sound of 16 bits at 8000 samples per second.
func WAV(samples []int16) []byte {
	format := le16(le16(le32(le32(le16(le16(nil, 1), 1), 8000), 16000), 2), 16)
	var data []byte
	for _, s := range samples {
		data = le16(data, int(s))
	}
	return riffFile("WAVE", RIFFChunk("fmt ", string(format)), RIFFChunk("data", string(data)))
}

// Tone returns samples of a sine of 440 Hz at 8000 samples per second; what exceeds
// full scale is clipped.
func Tone(n int, amplitude float64) []int16 {
	out := make([]int16, n)
	for i := range out {
		v := amplitude * math.Sin(2*math.Pi*440*float64(i)/8000)
		out[i] = int16(max(-1, min(1, v)) * math.MaxInt16)
	}
	return out
}

// MP3 returns frames of 128 kbit/s at 44100 samples per second, 1152 samples each,
// behind an ID3 tag.
func MP3(frames int) []byte {
	out := join([]byte("ID3\x04\x00\x00\x00\x00\x00\x0a"), make([]byte, 10))
	for i := range frames {
		frame := join([]byte{0xff, 0xfb, 0x90, 0x64}, noise(uint64(i), 413))
		for j := 4; j < len(frame); j++ {
			frame[j] &= 0x7f // nothing inside looks like a header
		}
		out = append(out, frame...)
	}
	return out
}

// Ogg returns Opus in Ogg: pages of a second each.
func Ogg(seconds int) []byte {
	head := join([]byte("OpusHead\x01\x01"), le16(nil, 312), le32(nil, 48000), make([]byte, 3))
	out := oggPage(2, 0, 0, head)
	for i := range seconds {
		out = append(out, oggPage(0, uint64(312+48000*(i+1)), i+1, noise(uint64(i), 250*8))...)
	}
	return out
}

func oggPage(flags byte, granule uint64, sequence int, body []byte) []byte {
	b := append([]byte("OggS\x00"), flags)
	b = binary.LittleEndian.AppendUint64(b, granule)
	b = le32(le32(le32(b, 7), sequence), 0)
	var lengths []byte
	for n := len(body); ; n -= 255 {
		lengths = append(lengths, byte(min(n, 255)))
		if n < 255 {
			break
		}
	}
	b = join(append(b, byte(len(lengths))), lengths, body)
	var sum uint32
	for _, c := range b {
		sum ^= uint32(c) << 24
		for range 8 {
			if carry := sum >> 31; carry == 1 {
				sum = sum<<1 ^ 0x04c11db7
			} else {
				sum <<= 1
			}
		}
	}
	binary.LittleEndian.PutUint32(b[22:], sum)
	return b
}

// noise returns n bytes that do not compress, the same for each seed.
func noise(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	return out
}

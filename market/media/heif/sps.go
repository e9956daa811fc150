package heif

import "privd/market/media/bmff"

const nalSPS = 33

// parseSPS reads the picture size from a sequence parameter set of HEVC (ITU-T
// H.265 section 7.3.2.2), as far as that stands.
func parseSPS(nal []byte) (Size, error) {
	b := &bits{data: unescape(nal[2:])}
	b.read(4) // video parameter set
	layers := b.read(3)
	b.read(1)
	b.skipProfile(layers)
	b.golomb() // id
	if b.golomb() == 3 {
		b.read(1)
	}
	s := Size{b.golomb(), b.golomb()}
	if b.cut {
		return Size{}, bmff.Format("parameter set is cut")
	}
	return s, nil
}

// unescape removes the bytes that keep start codes out of the payload, from as
// much of it as a size can stand in.
func unescape(in []byte) []byte {
	in = in[:min(len(in), 1024)]
	out := make([]byte, 0, len(in))
	zeros := 0
	for _, c := range in {
		if zeros >= 2 && c == 3 {
			zeros = 0
			continue
		}
		if c == 0 {
			zeros++
		} else {
			zeros = 0
		}
		out = append(out, c)
	}
	return out
}

// bits reads most significant bit first.
type bits struct {
	data []byte
	pos  int
	cut  bool
}

func (b *bits) read(n int) uint32 {
	var v uint32
	for range n {
		if b.pos >= 8*len(b.data) {
			b.cut = true
			return 0
		}
		v = v<<1 | uint32(b.data[b.pos/8]>>(7-b.pos%8)&1)
		b.pos++
	}
	return v
}

func (b *bits) skip(n int) {
	b.pos += n
	b.cut = b.cut || b.pos > 8*len(b.data)
}

// golomb reads an unsigned exponential Golomb code.
func (b *bits) golomb() uint32 {
	zeros := 0
	for b.read(1) == 0 {
		if zeros++; b.cut || zeros > 31 {
			b.cut = true
			return 0
		}
	}
	return 1<<zeros - 1 + b.read(zeros)
}

// skipProfile skips profile_tier_level with layers+1 temporal layers.
func (b *bits) skipProfile(layers uint32) {
	b.skip(88 + 8)
	if layers == 0 {
		return
	}
	length := 0
	for range layers {
		if b.read(1) == 1 {
			length += 88
		}
		if b.read(1) == 1 {
			length += 8
		}
	}
	b.skip(2 * int(8-layers))
	b.skip(length)
}

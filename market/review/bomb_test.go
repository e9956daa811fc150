package review_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/webp"

	"privd/market"
	"privd/market/media"
	"privd/market/review"
)

// webpBomb is an extended WebP whose canvas has one pixel and whose frame is a
// lossless picture of one colour, side pixels wide and high, in a few bytes.
func webpBomb(side uint32) []byte {
	bits := []byte{0x2f}
	var acc, n uint64
	put := func(v, width uint64) {
		acc |= v << n
		for n += width; n >= 8; n -= 8 {
			bits, acc = append(bits, byte(acc)), acc>>8
		}
	}
	put(uint64(side-1), 14)
	put(uint64(side-1), 14)
	put(0, 1+3) // no transparency, version 0
	put(0, 1+1+1)
	for range 5 { // codes of one symbol, which take no bits
		put(1, 4)
	}
	put(0, 16)
	chunk := func(kind string, body []byte) []byte {
		out := append([]byte(kind), binary.LittleEndian.AppendUint32(nil, uint32(len(body)))...)
		out = append(out, body...)
		return append(out, make([]byte, len(body)&1)...)
	}
	body := append([]byte("WEBP"), chunk("VP8X", make([]byte, 10))...)
	body = append(body, chunk("VP8L", bits)...)
	return append(append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body)))...), body...)
}

// jpegBomb is a progressive JPEG with one sample for each component and pixel. A
// restart marker before its headers leads a reader that takes what follows for a
// length to the header of a gray baseline picture inside of a comment.
func jpegBomb(side uint16) []byte {
	frame := func(kind byte, components ...byte) []byte {
		out := []byte{0xff, kind, 0, byte(8 + 3*len(components)), 8, byte(side >> 8), byte(side), byte(side >> 8), byte(side), byte(len(components))}
		for _, c := range components {
			out = append(out, c, 0x11, 0)
		}
		return out
	}
	out := []byte{0xff, 0xd8, 0xff, 0xd0}
	comment := func(size int) {
		out = append(out, 0xff, 0xfe, byte(size>>8), byte(size))
		out = append(out, make([]byte, size-2)...)
	}
	comment(0x8000)
	comment(0x9000)
	copy(out[4+0xfffe:], frame(0xc0, 1))
	out = append(append(out, frame(0xc2, 1, 2, 3)...), 0xff, 0xda, 0, 12)
	return append(out, make([]byte, 64)...)
}

// What a photo takes to decode is known before it is decoded, whatever its headers
// say beside the one that the decoder goes by.
func TestPhotoBombs(t *testing.T) {
	t.Parallel()
	s, err := review.NewScorer(review.Config{MaxMemory: 4 << 20, MaxDepth: 8})
	require.NoError(t, err)
	live, err := webp.Decode(bytes.NewReader(webpBomb(1 << 10)))
	require.NoError(t, err)
	require.Equal(t, 1<<10, live.Bounds().Dx(), "the decoder goes by the frame")
	for name, tt := range map[string]struct {
		mime string
		file []byte
	}{
		"the frame of a WebP is larger than its canvas": {media.WebP, webpBomb(1 << 10)},
		"another frame header in a JPEG's comment":      {media.JPEG, jpegBomb(1 << 10)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := s.Score(t.Context(), review.Input{Kind: media.Photo, MIME: tt.mime, Content: bytes.NewReader(tt.file)})
			require.NoError(t, err)
			require.Contains(t, r.Fault, "of memory to decode")
			_, err = s.Thumbnail(t.Context(), tt.mime, bytes.NewReader(tt.file), 320)
			require.Equal(t, market.Invalid, market.CodeOf(err))
			require.ErrorContains(t, err, "too large")
		})
	}
}

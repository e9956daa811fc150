package main

import (
	"crypto/rand"
	"encoding/binary"
)

// film returns an AVI of about size bytes whose pictures are noise: unlike any
// other, and good enough for the review to approve.
func film(size int) []byte {
	const frame = 250_000
	frames := max(1, size/frame)
	out := make([]byte, 0, frames*(8+frame)+4096)
	avih := le(40_000, 0, 0, 0, uint32(frames), 0, 0, 0, 1920, 1080, 0, 0, 0, 0)
	strh := append([]byte("vidsMJPG"), le(0, 0, 0, 1, 25, 0, uint32(frames), 0, 0, 0, 0, 0)...)
	strl := list("strl", chunk("strh", strh))
	hdrl := list("hdrl", append(chunk("avih", avih), strl...))
	pictures := frames * (8 + frame)
	out = append(out, "RIFF"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(4+len(hdrl)+12+pictures))
	out = append(out, "AVI "...)
	out = append(out, hdrl...)
	out = append(out, "LIST"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(4+pictures))
	out = append(out, "movi"...)
	for range frames {
		out = append(out, "00dc"...)
		out = binary.LittleEndian.AppendUint32(out, frame)
		at := len(out)
		out = out[:at+frame]
		_, _ = rand.Read(out[at:]) // never fails
	}
	return out
}

func le(words ...uint32) (b []byte) {
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}

func chunk(kind string, body []byte) []byte {
	return append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(body))), body...)
}

func list(kind string, body []byte) []byte { return chunk("LIST", append([]byte(kind), body...)) }

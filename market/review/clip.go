package review

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"time"

	"privd/market"
	"privd/market/media"
	"privd/market/media/window"
)

// A clip is short, and never more than a part of what it is of.
const (
	clipLength  = 5 * time.Second
	clipBytes   = 128 << 10
	clipPart    = 4 // a clip is at most one of so many parts
	clipRate    = 11025
	leastClip   = 200 * time.Millisecond
	maxChannels = 32
)

// Clip returns the first seconds of a recording as a file of its own type, where
// that takes no decoder: WAV, brought to one channel and a low rate, and MPEG audio.
// Invalid for others, and for what is too short or damaged.
func Clip(ctx context.Context, mime string, content io.ReadSeeker) (clip []byte, err error) {
	file, err := window.New(ctx, content)
	if err != nil {
		return nil, err
	}
	err = guard(func() error {
		switch mime {
		case media.WAV:
			clip = wavClip(file)
		case media.MP3:
			clip = mp3Clip(file)
		}
		return nil
	})
	if file.Err() != nil {
		return nil, file.Err()
	}
	if err != nil || clip == nil {
		return nil, &market.Error{Op: "clip", Code: market.Invalid, Message: "no clip can be made of it", Err: err}
	}
	return clip, nil
}

// wavClip returns nil when there is nothing to make a clip of.
func wavClip(file *window.Reader) []byte {
	format, data, err := openWav(file)
	if err != nil {
		return nil
	}
	sample, width := format.sample(), format.bits/8
	if sample == nil || format.channels > maxChannels || format.rate > 1<<20 {
		return nil
	}
	step := max(1, (format.rate+clipRate-1)/clipRate) // frames that make one of the clip
	rate := format.rate / step
	frame := int64(format.channels * width)
	n := min(uint64(data.have/frame)/clipPart/step, rate*uint64(clipLength/time.Second), clipBytes/2-22)
	if seconds(n, rate) < leastClip {
		return nil
	}
	var pcm bytes.Buffer
	buf := make([]byte, frame*int64(step))
	for at := data.body; n > 0; n, at = n-1, at+int64(len(buf)) {
		if m, _ := file.ReadAt(buf, at); m < len(buf) {
			return nil
		}
		sum := 0
		for rest := buf; len(rest) > 0; rest = rest[width:] {
			sum += sample(rest)
		}
		mean := sum / (len(buf) / width)
		_ = binary.Write(&pcm, binary.LittleEndian, int16(mean)) // a buffer takes everything
	}
	return wavFile(pcm.Bytes(), uint32(rate))
}

// wavFile puts a header before 16-bit samples of one channel.
func wavFile(pcm []byte, rate uint32) []byte {
	var out bytes.Buffer
	size := uint32(len(pcm))
	for _, part := range []any{
		[]byte("RIFF"), 36 + size, []byte("WAVEfmt "), uint32(16), uint16(wavPCM), uint16(1), rate, 2 * rate, uint16(2), uint16(16),
		[]byte("data"), size, pcm,
	} {
		_ = binary.Write(&out, binary.LittleEndian, part) // a buffer takes everything
	}
	return out.Bytes()
}

// mp3Clip returns whole frames from the beginning, nil when there are too few.
func mp3Clip(file *window.Reader) []byte {
	start, end := mp3Bounds(file)
	most := min(clipBytes, (end-start)/clipPart)
	var first mp3Frame
	var samples uint64
	var out []byte
	for off := start; off < end && seconds(samples, uint64(max(1, first.rate))) < clipLength; {
		f, ok := mp3At(file, off)
		next := off + int64(f.size)
		g, goesOn := mp3At(file, next)
		if !ok || !goesOn || !f.follows(g) || (len(out) > 0 && !f.follows(first)) {
			if len(out) > 0 {
				break // what follows is something else
			}
			if off++; off-start > clipBytes {
				return nil
			}
			continue
		}
		body, whole := at(file, off, f.size)
		if !whole || int64(len(out)+f.size) > most {
			break
		}
		off = next
		if len(out) == 0 && infoFrame(body) {
			continue
		}
		first, samples, out = f, samples+uint64(f.samples), append(out, body...)
	}
	if len(out) == 0 || seconds(samples, uint64(first.rate)) < leastClip {
		return nil
	}
	return out
}

// infoFrame reports whether a frame describes the whole file instead of sounding.
func infoFrame(frame []byte) bool {
	head := frame[:min(len(frame), 64)]
	return bytes.Contains(head, []byte("Xing")) || bytes.Contains(head, []byte("Info")) || bytes.Contains(head, []byte("VBRI"))
}

package strip

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Flags of the VP8X chunk.
const (
	webpXMP  = 0x04
	webpExif = 0x08
)

// webpKept tells whether a chunk belongs to the picture.
func webpKept(kind string) bool {
	switch kind {
	case "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP":
		return true
	}
	return false
}

// webpPlan is what has to be known before the first byte is written.
type webpPlan struct {
	size     int64 // of everything after the size field
	extended bool
	exif     int    // which EXIF chunk counts: the first after VP8X
	tiff     []byte // what replaces it; nil drops it
}

func stripWebP(w *bufio.Writer, src io.ReadSeeker) (bool, error) {
	plan := webpPlan{size: 4, exif: -1}
	seen := 0
	_, err := eachWebP(src, func(r *bufio.Reader, kind string, size int64) error {
		switch {
		case kind == "VP8X":
			plan.extended = true
		case kind == "EXIF":
			if seen++; !plan.extended || plan.exif >= 0 {
				break
			}
			plan.exif = seen
			head := make([]byte, min(size, bufferSize))
			if _, err := io.ReadFull(r, head); err != nil {
				return cut(err)
			}
			if plan.tiff = minimal(orientation(head)); plan.tiff != nil {
				plan.size += 8 + int64(len(plan.tiff))
			}
			return copyN(nil, r, size-int64(len(head)), false)
		}
		if webpKept(kind) {
			plan.size += 8 + size + size&1
		}
		return copyN(nil, r, size, false)
	})
	if err != nil {
		return false, err
	}
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return false, fmt.Errorf("seek: %w", err)
	}
	return plan.write(w, src)
}

// write makes the second pass.
func (p webpPlan) write(w *bufio.Writer, src io.ReadSeeker) (changed bool, err error) {
	head := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(p.size))
	if _, err := w.Write(append(head, "WEBP"...)); err != nil {
		return false, err
	}
	seen := 0
	odd, err := eachWebP(src, func(r *bufio.Reader, kind string, size int64) error {
		switch {
		case kind == "EXIF":
			if seen++; seen != p.exif || p.tiff == nil {
				changed = true
				return copyN(nil, r, size, false)
			}
			head := make([]byte, min(size, bufferSize))
			if _, err := io.ReadFull(r, head); err != nil {
				return cut(err)
			}
			changed = changed || size != int64(len(head)) || !bytes.Equal(head, p.tiff)
			if err := copyN(nil, r, size-int64(len(head)), false); err != nil {
				return err
			}
			return writeChunk(w, "EXIF", p.tiff)
		case kind == "VP8X":
			body := make([]byte, 10)
			if size != int64(len(body)) {
				return malformed("VP8X of %d bytes", size)
			}
			if _, err := io.ReadFull(r, body); err != nil {
				return cut(err)
			}
			was := body[0]
			body[0] &^= webpXMP | webpExif
			if p.tiff != nil {
				body[0] |= webpExif
			}
			changed = changed || was != body[0]
			return writeChunk(w, kind, body)
		case !webpKept(kind):
			changed = true
			return copyN(nil, r, size, false)
		}
		if _, err := w.Write(binary.LittleEndian.AppendUint32([]byte(kind), uint32(size))); err != nil {
			return err
		}
		if err := copyN(w, r, size, true); err != nil || size&1 == 0 {
			return err
		}
		return w.WriteByte(0)
	})
	return changed || odd, err
}

func writeChunk(w *bufio.Writer, kind string, body []byte) error {
	chunk := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(body)))
	_, err := w.Write(append(chunk, body...))
	return err
}

// eachWebP calls visit for each chunk; visit consumes exactly its size bytes. It
// reports whether there are bytes outside the chunks: after the end, or as
// padding that is not zero.
func eachWebP(src io.Reader, visit func(r *bufio.Reader, kind string, size int64) error) (odd bool, err error) {
	r := bufio.NewReaderSize(src, bufferSize)
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return false, cut(err)
	}
	left := int64(binary.LittleEndian.Uint32(head[4:])) - 4
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WEBP" || left < 0 {
		return false, malformed("no WebP header")
	}
	for left > 0 {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return false, cut(err)
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		if left -= 8 + size + size&1; left < 0 {
			return false, malformed("chunk %q is too long", head[:4])
		}
		if err := visit(r, string(head[:4]), size); err != nil {
			return false, err
		}
		if size&1 == 1 {
			pad, err := r.ReadByte()
			if err != nil {
				return false, cut(err)
			}
			odd = odd || pad != 0
		}
	}
	rest, err := more(r)
	return odd || rest, err
}

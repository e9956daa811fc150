package strip

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngKept tells whether a chunk belongs to the picture. The others go, known or
// not: text, times, Exif, and the private chunks of programs and phones.
func pngKept(kind string) bool {
	switch kind {
	case "IHDR", "PLTE", "IDAT", "IEND", // the picture
		"tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI", "bKGD", "hIST", "pHYs", "sPLT", // its colours
		"acTL", "fcTL", "fdAT": // its frames
		return true
	}
	return false
}

func stripPNG(w *bufio.Writer, r *bufio.Reader) (changed bool, err error) {
	var signature [len(pngSignature)]byte
	if _, err := io.ReadFull(r, signature[:]); err != nil {
		return false, cut(err)
	}
	if string(signature[:]) != pngSignature {
		return false, malformed("no PNG signature")
	}
	if _, err := w.Write(signature[:]); err != nil {
		return false, err
	}
	oriented := false
	for first := true; ; first = false {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return false, cut(err)
		}
		size, kind := int64(binary.BigEndian.Uint32(head[:])), string(head[4:])
		if size > 1<<31-1 || first != (kind == "IHDR") {
			return false, malformed("misplaced or oversized chunk %q", kind)
		}
		if kind == "eXIf" && !oriented {
			oriented = true
			same, err := rewritePNGExif(w, r, size)
			if err != nil {
				return false, err
			}
			changed = changed || !same
			continue
		}
		keep := pngKept(kind)
		changed = changed || !keep
		if keep {
			if _, err := w.Write(head[:]); err != nil {
				return false, err
			}
		}
		if err := copyN(w, r, size+4, keep); err != nil { // with the checksum
			return false, err
		}
		if kind == "IEND" {
			rest, err := more(r)
			return changed || rest, err
		}
	}
}

// rewritePNGExif replaces the first eXIf chunk by one with the orientation alone,
// or by nothing. It reports whether that is what stood there already.
func rewritePNGExif(w *bufio.Writer, r *bufio.Reader, size int64) (same bool, err error) {
	// The first directory, where the orientation stands, is at the start.
	head := make([]byte, min(size, bufferSize))
	if _, err := io.ReadFull(r, head); err != nil {
		return false, cut(err)
	}
	if err := copyN(nil, r, size-int64(len(head)), false); err != nil {
		return false, err
	}
	var sum [4]byte
	if _, err := io.ReadFull(r, sum[:]); err != nil {
		return false, cut(err)
	}
	tiff := minimal(orientation(head))
	if tiff == nil {
		return false, nil
	}
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(tiff)))
	chunk = append(append(chunk, "eXIf"...), tiff...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	_, err = w.Write(chunk)
	return size == int64(len(tiff)) && bytes.Equal(head, tiff) && bytes.HasSuffix(chunk, sum[:]), err
}

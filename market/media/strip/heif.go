package strip

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"privd/market/media/heif"
	"privd/market/media/window"
)

// stripHEIF overwrites metadata with zeros instead of taking it out: the file's
// tables hold offsets, and none of them moves this way. A decoder finds an empty
// Exif item and ignores it. The orientation is a property of its own and stays.
func stripHEIF(w *bufio.Writer, src io.ReadSeeker) (changed bool, err error) {
	at, err := window.New(context.Background(), src)
	if err != nil {
		return false, err
	}
	f, err := heif.Read(at, at.Size())
	if err != nil {
		return false, err
	}
	hidden, err := f.Metadata()
	if err != nil {
		return false, err
	}
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return false, fmt.Errorf("seek: %w", err)
	}
	r := bufio.NewReaderSize(src, bufferSize)
	done := int64(0)
	for _, h := range hidden {
		if err := copyN(w, r, h.Off-done, true); err != nil {
			return false, err
		}
		wiped, err := wipe(w, r, h.Len)
		if err != nil {
			return false, err
		}
		changed = changed || wiped
		done = h.End()
	}
	return changed, copyN(w, r, f.Size-done, true)
}

// wipe writes a zero for each of n bytes and reports whether any was not zero.
func wipe(w *bufio.Writer, r *bufio.Reader, n int64) (changed bool, err error) {
	buf := make([]byte, min(n, 4<<10))
	for n > 0 {
		part := buf[:min(n, int64(len(buf)))]
		if _, err := io.ReadFull(r, part); err != nil {
			return false, cut(err)
		}
		for i, c := range part {
			changed = changed || c != 0
			part[i] = 0
		}
		if _, err := w.Write(part); err != nil {
			return false, err
		}
		n -= int64(len(part))
	}
	return changed, nil
}

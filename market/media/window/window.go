// Package window gives random access to a long file through one small buffer.
//
// Parsers of containers hop forward through a file in small steps. A Reader turns
// those hops into few large reads of the source underneath, which may have to
// decrypt 64 KiB to give away one byte, never holds more than one buffer, stops
// when its context ends, and remembers a failure of the source, so that a damaged
// disk is not mistaken for a damaged file.
package window

import (
	"context"
	"errors"
	"fmt"
	"io"
)

const bufferSize = 64 << 10

// Reader reads a file at any offset. It is for one goroutine at a time.
type Reader struct {
	ctx  context.Context // ends reading; a Reader lives no longer than one call
	src  io.ReadSeeker
	size int64
	buf  []byte
	off  int64 // of buf in the file
	err  error
}

// New measures src and returns a Reader of it. The position of src is the
// Reader's from now on.
func New(ctx context.Context, src io.ReadSeeker) (*Reader, error) {
	size, err := src.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("measure content: %w", err)
	}
	return &Reader{ctx: ctx, src: src, size: size, buf: make([]byte, 0, bufferSize)}, nil
}

// Size returns the length of the file in bytes.
func (r *Reader) Size() int64 { return r.size }

// Err returns the first failure of the source or the context. The end of the file
// is none.
func (r *Reader) Err() error { return r.err }

// ReadAt is that of io.ReaderAt.
func (r *Reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("read content: negative offset")
	}
	n := 0
	for n < len(p) {
		if off >= r.size {
			return n, io.EOF
		}
		if off < r.off || off >= r.off+int64(len(r.buf)) {
			if err := r.fill(off); err != nil {
				return n, err
			}
		}
		m := copy(p[n:], r.buf[off-r.off:])
		n, off = n+m, off+int64(m)
	}
	return n, nil
}

// fill loads the buffer from off, which lies inside the file.
func (r *Reader) fill(off int64) error {
	if r.err != nil {
		return r.err
	}
	if r.err = r.ctx.Err(); r.err != nil {
		return r.err
	}
	r.buf = r.buf[:0]
	if _, err := r.src.Seek(off, io.SeekStart); err != nil {
		r.err = fmt.Errorf("seek content: %w", err)
		return r.err
	}
	buf := r.buf[:min(int64(cap(r.buf)), r.size-off)]
	if _, err := io.ReadFull(r.src, buf); err != nil {
		// The source is shorter than it said: that is its failure too.
		r.err = fmt.Errorf("read content at %d: %w", off, err)
		return r.err
	}
	r.buf, r.off = buf, off
	return nil
}

// Stream returns a reader of the whole file from its start, with its own position.
func (r *Reader) Stream() *io.SectionReader { return io.NewSectionReader(r, 0, r.size) }

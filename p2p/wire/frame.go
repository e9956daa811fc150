package wire

import (
	"encoding/binary"
	"fmt"
	"io"
)

// WriteFrame writes b with its length as a uvarint before it, in one call.
func WriteFrame(w io.Writer, b []byte) error {
	frame := binary.AppendUvarint(make([]byte, 0, len(b)+binary.MaxVarintLen32), uint64(len(b)))
	_, err := w.Write(append(frame, b...))
	return err
}

// FrameReader is what ReadFrame reads from; *bufio.Reader is one.
type FrameReader interface {
	io.Reader
	io.ByteReader
}

// ReadFrame reads one message of at most limit bytes. Nothing is allocated for a
// length above it.
func ReadFrame(r FrameReader, limit int) ([]byte, error) {
	n, err := readLength(r)
	if err != nil {
		return nil, err
	}
	if n > uint64(limit) {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrMalformed, n, limit)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read message: %w", err)
	}
	return b, nil
}

// readLength reads a uvarint below 2^28 in its shortest form.
func readLength(r io.ByteReader) (n uint64, err error) {
	for shift := 0; shift < 28; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			if err == io.EOF && shift > 0 {
				err = io.ErrUnexpectedEOF
			}
			return 0, fmt.Errorf("read length: %w", err)
		}
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			if b == 0 && shift > 0 {
				return 0, fmt.Errorf("%w: padded length", ErrMalformed)
			}
			return n, nil
		}
	}
	return 0, fmt.Errorf("%w: length out of range", ErrMalformed)
}

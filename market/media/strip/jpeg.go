package strip

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
)

// Markers of JPEG (ITU-T T.81 table B.1).
const (
	mSOF0  = 0xc0
	mJPG   = 0xc8
	mRST0  = 0xd0
	mRST7  = 0xd7
	mSOI   = 0xd8
	mEOI   = 0xd9
	mSOS   = 0xda
	mEXP   = 0xdf
	mAPP0  = 0xe0
	mAPP1  = 0xe1
	mAPP2  = 0xe2
	mAPP14 = 0xee
	mAPP15 = 0xef
	mCOM   = 0xfe
)

// jpegStripper copies a JPEG segment by segment.
type jpegStripper struct {
	w       *bufio.Writer
	r       *bufio.Reader
	changed bool
	jfif    bool // seen
	exif    bool // seen
	body    []byte
}

func stripJPEG(w *bufio.Writer, r *bufio.Reader) (bool, error) {
	s := &jpegStripper{w: w, r: r, body: make([]byte, 0xffff)}
	var start [2]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return false, cut(err)
	}
	if start != [2]byte{0xff, mSOI} {
		return false, malformed("no start of image")
	}
	if _, err := w.Write(start[:]); err != nil {
		return false, err
	}
	for {
		done, err := s.step()
		if done || err != nil {
			return s.changed, err
		}
	}
}

// step handles one segment; done means that the image has ended.
func (s *jpegStripper) step() (done bool, err error) {
	marker, err := s.marker()
	if err != nil {
		return false, err
	}
	switch {
	case marker == mEOI:
		// What follows is no part of this image: previews, a second picture, a
		// short film with its own location.
		rest, err := more(s.r)
		if err != nil {
			return false, err
		}
		s.changed = s.changed || rest
		_, err = s.w.Write([]byte{0xff, mEOI})
		return true, err
	case marker >= mRST0 && marker <= mRST7:
		s.changed = true // a stray one; decoders skip it
		return false, nil
	case marker < mSOF0, marker == mJPG, marker == mSOI, marker > mAPP15 && marker != mCOM:
		return false, malformed("unknown marker %#x", marker)
	}
	body, err := s.segment()
	if err != nil {
		return false, err
	}
	kept := body
	if marker > mEXP {
		kept = s.application(marker, body)
	}
	s.changed = s.changed || kept == nil || !bytes.Equal(kept, body)
	if kept == nil {
		return false, nil
	}
	head := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(kept)+2))
	if _, err := s.w.Write(append(head, kept...)); err != nil {
		return false, err
	}
	if marker == mSOS {
		return false, s.scan()
	}
	return false, nil
}

// marker reads up to and with the next marker; what lies before it is dropped, as
// decoders skip it too.
func (s *jpegStripper) marker() (byte, error) {
	previous, dropped := byte(0), -2
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return 0, cut(err)
		}
		dropped++
		if previous == 0xff && c != 0xff && c != 0 {
			s.changed = s.changed || dropped > 0
			return c, nil
		}
		previous = c
	}
}

// segment reads the body of a segment.
func (s *jpegStripper) segment() ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(s.r, head[:]); err != nil {
		return nil, cut(err)
	}
	n := int(binary.BigEndian.Uint16(head[:])) - 2
	if n < 0 {
		return nil, malformed("segment of negative length")
	}
	body := s.body[:n]
	_, err := io.ReadFull(s.r, body)
	return body, cut(err)
}

// application returns what is kept of an application segment or a comment; nil
// drops it.
func (s *jpegStripper) application(marker byte, body []byte) []byte {
	switch {
	case marker == mAPP0 && bytes.HasPrefix(body, []byte("JFIF\x00")) && len(body) >= 14 && !s.jfif:
		s.jfif = true
		// The last two bytes are the size of a thumbnail, which would follow.
		return append(bytes.Clone(body[:12]), 0, 0)
	case marker == mAPP1 && bytes.HasPrefix(body, []byte(exifHeader)) && !s.exif:
		s.exif = true
		if tiff := minimal(orientation(body)); tiff != nil {
			return append([]byte(exifHeader), tiff...)
		}
	case marker == mAPP2 && bytes.HasPrefix(body, []byte("ICC_PROFILE\x00")):
		return body
	case marker == mAPP14 && bytes.HasPrefix(body, []byte("Adobe")) && len(body) >= 12:
		return body[:12] // says how the colours are coded
	}
	return nil
}

// scan copies entropy-coded data up to the next real marker, which stays unread.
func (s *jpegStripper) scan() error {
	for {
		if _, err := s.r.Peek(1); err != nil {
			return cut(err)
		}
		data, _ := s.r.Peek(s.r.Buffered())
		plain := bytes.IndexByte(data, 0xff)
		if plain < 0 {
			plain = len(data)
		}
		if err := s.pass(data[:plain]); err != nil {
			return err
		}
		if plain == len(data) {
			continue
		}
		pair, err := s.r.Peek(2)
		if err != nil {
			return cut(err)
		}
		if pair[1] != 0 && (pair[1] < mRST0 || pair[1] > mRST7) {
			return nil
		}
		if err := s.pass(pair); err != nil {
			return err
		}
	}
}

// pass writes what has been peeked at, and goes past it.
func (s *jpegStripper) pass(peeked []byte) error {
	if _, err := s.w.Write(peeked); err != nil {
		return err
	}
	_, err := s.r.Discard(len(peeked))
	return err
}

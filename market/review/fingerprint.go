package review

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// Fingerprint is a small digest that stays similar when content is only slightly
// changed. It reveals roughly what a photo looks like and nothing readable of a
// text. The zero value is that of content which has none: video, voice, and photos
// without any texture. Values are comparable with ==.
type Fingerprint struct {
	form    byte // 0 none, else one of the forms below
	picture pictureHash
	text    textHash
}

const (
	formPicture byte = 'p'
	formText    byte = 't'
)

// pictureHash is a perceptual hash with the colours of a 4 x 4 grid beside it: the
// hash sees only shapes, and a sunset is not a copy of another in different colours.
type pictureHash struct {
	shape  uint64
	colour [48]byte // Y, Cb, Cr of 16 cells
}

// textHash is a bottom-k MinHash: the smallest hashes of all the text's shingles,
// ascending. With k or fewer shingles it holds them all, and similarity is exact.
type textHash struct {
	n    uint8
	mins [sketchSize]uint32
}

// sketchSize is the k of bottom-k; the standard error of a similarity is about
// 1/sqrt(k), 9%.
const sketchSize = 128

// IsZero tells whether there is no fingerprint.
func (f Fingerprint) IsZero() bool { return f.form == 0 }

// Similarity tells how alike two contents are: One for copies, 0 for unrelated ones
// and for fingerprints of different kinds.
func (f Fingerprint) Similarity(g Fingerprint) Permille {
	if f.form != g.form {
		return 0
	}
	switch f.form {
	case formPicture:
		return f.picture.similarity(&g.picture)
	case formText:
		return f.text.similarity(&g.text)
	}
	return 0
}

// similarity is One for what a viewer takes for the same picture, saved again in
// another format, size or quality.
func (p *pictureHash) similarity(q *pictureHash) Permille {
	// Unrelated pictures differ in about 32 of 64 bits; 16 is far into the tail.
	const copyBits, copyColour, unrelated = 2, 8, 16
	shape := bits.OnesCount64(p.shape ^ q.shape)
	colour := 0
	for i := range p.colour {
		colour = max(colour, abs(int(p.colour[i])-int(q.colour[i])))
	}
	if shape <= copyBits && colour <= copyColour {
		return One
	}
	distance := max(1, shape+max(0, colour-copyColour)/4)
	return One - ratio(uint64(distance), unrelated)
}

// similarity estimates the share of shingles that two texts have in common.
func (t *textHash) similarity(u *textHash) Permille {
	var common, union uint64
	i, j := 0, 0
	for union < sketchSize && (i < int(t.n) || j < int(u.n)) {
		switch {
		case j == int(u.n) || i < int(t.n) && t.mins[i] < u.mins[j]:
			i++
		case i == int(t.n) || u.mins[j] < t.mins[i]:
			j++
		default:
			common++
			i++
			j++
		}
		union++
	}
	if union == 0 {
		return 0
	}
	return ratio(common, union)
}

// AppendBinary appends the stored form of f to b: a byte for the form, then at most
// 513 bytes.
func (f Fingerprint) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, f.form)
	switch f.form {
	case formPicture:
		b = binary.BigEndian.AppendUint64(b, f.picture.shape)
		b = append(b, f.picture.colour[:]...)
	case formText:
		b = append(b, f.text.n)
		for _, m := range f.text.mins[:f.text.n] {
			b = binary.BigEndian.AppendUint32(b, m)
		}
	}
	return b, nil
}

// MarshalBinary returns the stored form of f.
func (f Fingerprint) MarshalBinary() ([]byte, error) { return f.AppendBinary(nil) }

var errFingerprint = errors.New("malformed fingerprint")

// UnmarshalBinary reads the stored form; there is exactly one for each fingerprint.
func (f *Fingerprint) UnmarshalBinary(b []byte) error {
	if len(b) == 0 {
		return errFingerprint
	}
	out, rest := Fingerprint{form: b[0]}, b[1:]
	switch out.form {
	case 0:
	case formPicture:
		if len(rest) < 8+len(out.picture.colour) {
			return errFingerprint
		}
		out.picture.shape = binary.BigEndian.Uint64(rest)
		rest = rest[8+copy(out.picture.colour[:], rest[8:]):]
	case formText:
		if len(rest) == 0 || rest[0] > sketchSize || len(rest) < 1+4*int(rest[0]) {
			return errFingerprint
		}
		out.text.n, rest = rest[0], rest[1:]
		for i := range int(out.text.n) {
			m := binary.BigEndian.Uint32(rest[4*i:])
			if i > 0 && m <= out.text.mins[i-1] {
				return errFingerprint
			}
			out.text.mins[i] = m
		}
		rest = rest[4*int(out.text.n):]
	default:
		return errFingerprint
	}
	if len(rest) != 0 {
		return errFingerprint
	}
	*f = out
	return nil
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

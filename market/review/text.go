package review

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/bits"
	"unicode/utf8"

	"privd/market/media"
	"privd/market/media/window"
)

// fullText is the number of characters from which length no longer rises.
const fullText = 2_000

// fullEntropy is the information of ordinary prose in 1/65536 bits per byte.
const fullEntropy = 4 << 16

// text judges length and entropy, and takes the fingerprint.
func (s *Scorer) text(_ context.Context, file *window.Reader, r *Result) error {
	if file.Size() == 0 {
		return faulty("it is empty")
	}
	t := &textReader{src: bufio.NewReader(file.Stream())}
	var err error
	if r.MIME == media.JSON {
		err = wellFormed(t, s.config.MaxDepth)
	} else {
		_, err = io.Copy(io.Discard, t)
	}
	if t.bad != nil {
		return t.bad
	}
	if err != nil {
		return err
	}
	if t.chars == 0 {
		return faulty("it holds no text")
	}
	r.Factors = []Factor{
		{Length, ratio(t.chars, fullText)},
		{Entropy, ratio(t.entropy(), fullEntropy)},
	}
	r.Fingerprint = Fingerprint{form: formText, text: t.shingles.hash()}
	return nil
}

// textReader passes UTF-8 on, checks it, and measures it on the way.
type textReader struct {
	src      *bufio.Reader
	bad      error
	chars    uint64 // characters that are not space
	counts   [256]uint64
	total    uint64
	shingles shingles
}

// Read is that of io.Reader; what is no text ends it with a fault.
func (t *textReader) Read(p []byte) (int, error) {
	if t.bad != nil {
		return 0, t.bad
	}
	n := 0
	for len(p)-n >= utf8.UTFMax {
		c, size, err := t.src.ReadRune()
		if err != nil {
			if n > 0 && errors.Is(err, io.EOF) {
				return n, nil
			}
			return n, err
		}
		if c == utf8.RuneError && size == 1 {
			t.bad = faulty("byte %d is not UTF-8", t.total)
			return n, t.bad
		}
		if c == 0 {
			t.bad = faulty("byte %d is zero, so it is no text", t.total)
			return n, t.bad
		}
		end := n + utf8.EncodeRune(p[n:], c)
		t.take(c, p[n:end])
		n = end
	}
	return n, nil
}

func (t *textReader) take(c rune, encoded []byte) {
	for _, b := range encoded {
		t.counts[b]++
	}
	t.total += uint64(len(encoded))
	if c == '\ufeff' && t.total == 3 { // a byte order mark is no part of the text
		return
	}
	if !space(c) {
		t.chars++
	}
	t.shingles.add(c)
}

func space(c rune) bool { return c == ' ' || c >= '\t' && c <= '\r' || c == '\u00a0' }

// entropy returns the mean information of a byte in 1/65536 bits.
func (t *textReader) entropy() uint64 {
	whole := log2(t.total)
	var sum uint64
	for _, n := range t.counts {
		if n > 0 {
			sum += n * (whole - log2(n))
		}
	}
	return sum / t.total
}

// log2 returns the binary logarithm of n in 1/65536, in integers: those of math
// differ between processors in the last place.
func log2(n uint64) uint64 {
	const fraction = 16
	whole := bits.Len64(n) - 1
	x := n << (63 - whole) // 1 <= x/2^63 < 2
	result := uint64(whole)
	for range fraction {
		result <<= 1
		hi, _ := bits.Mul64(x, x)
		if hi&(1<<63) != 0 { // x*x >= 2
			result |= 1
			x = hi
		} else {
			x = hi << 1
		}
	}
	return result
}

// wellFormed reads one JSON value to its end, in memory bounded by the longest
// string in it.
func wellFormed(r io.Reader, maxDepth int) error {
	d := json.NewDecoder(r)
	d.UseNumber()
	depth := 0
	for first := true; ; first = false {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && depth == 0 && !first {
			return nil
		}
		if err != nil {
			return faulty("it is not well-formed JSON at byte %d", d.InputOffset())
		}
		if depth == 0 && !first {
			return faulty("more follows the JSON value at byte %d", d.InputOffset())
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxDepth {
				return faulty("its JSON nests deeper than %d", maxDepth)
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

package preview

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plainText is the type of an excerpt.
const plainText = "text/plain; charset=utf-8"

const (
	// maxExcerpt is how many bytes of a text are shown, and excerptPart of how many
	// parts it is at most one.
	maxExcerpt  = 600
	excerptPart = 4
)

// excerpt returns the beginning of a text, a small part of it.
func excerpt(ctx context.Context, r io.ReadSeeker) (Preview, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = r.Seek(0, io.SeekStart)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return Preview{}, fmt.Errorf("read text: %w", err)
	}
	head := make([]byte, min(maxExcerpt, size/excerptPart))
	if _, err := io.ReadFull(r, head); err != nil {
		return Preview{}, fmt.Errorf("read text: %w", err)
	}
	text := strings.TrimSpace(printable(whole(head)))
	if text == "" {
		return Preview{}, errNone
	}
	return Preview{Type: plainText, Data: []byte(text + "…\n")}, nil
}

// whole cuts off a character that the end cuts in two.
func whole(b []byte) string {
	for i := 1; i <= min(utf8.UTFMax, len(b)); i++ {
		if start := b[len(b)-i:]; utf8.RuneStart(start[0]) {
			if !utf8.FullRune(start) {
				b = b[:len(b)-i]
			}
			break
		}
	}
	return string(b)
}

// printable drops what no text shows, and what would make it a lie: control
// characters and marks that change the direction of writing.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)
}

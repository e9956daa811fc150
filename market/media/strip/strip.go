// Package strip takes out of a photo what says where, when and with what it was
// taken, and leaves the picture alone.
//
// It works on the structure of the file and never re-encodes: pixels, colour
// profile and transparency stay bit for bit. What it does not know to be part of
// the picture goes: Exif, XMP and IPTC, comments, embedded thumbnails, private
// chunks and whatever is appended after the end. The one thing taken over from
// Exif is the orientation, without which the picture would lie on its side.
// Stripping is deterministic, and stripping twice changes nothing. Memory is
// bounded whatever the file says.
package strip

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"privd/market"
	"privd/market/media"
	"privd/market/media/bmff"
)

// Supported tells whether files of this canonical MIME type can be stripped: all
// those that a photo may have.
func Supported(mime string) bool { return media.KindOf(mime) == media.Photo }

// Strip writes the photo in src, read from its start, to dst without metadata. It
// reports whether anything had to go; if not, dst received the same bytes as src.
// The type is one that Supported knows. A file that is not of that type, or is cut
// short, is market.Invalid, and what dst has received by then is worthless. Other
// errors come from src or dst.
func Strip(dst io.Writer, src io.ReadSeeker, mime string) (changed bool, err error) {
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return false, fmt.Errorf("strip %s: seek: %w", mime, err)
	}
	w := bufio.NewWriterSize(dst, bufferSize)
	switch mime {
	case media.JPEG:
		changed, err = stripJPEG(w, bufio.NewReaderSize(src, bufferSize))
	case media.PNG:
		changed, err = stripPNG(w, bufio.NewReaderSize(src, bufferSize))
	case media.WebP:
		changed, err = stripWebP(w, src)
	case media.HEIC, media.HEIF:
		changed, err = stripHEIF(w, src)
	default:
		return false, &market.Error{Op: "strip metadata", Code: market.Invalid, Field: "file",
			Message: "only photos can be stripped of metadata"}
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return false, classify(mime, err)
	}
	return changed, nil
}

// Has tells whether Strip would change the photo in src. Errors are those of
// Strip.
func Has(src io.ReadSeeker, mime string) (bool, error) {
	return Strip(io.Discard, src, mime)
}

const bufferSize = 64 << 10

// errFormat is in the chain of errors that the content of the file causes.
var errFormat = errors.New("malformed photo")

func malformed(what string, args ...any) error {
	return fmt.Errorf("%w: "+what, append([]any{errFormat}, args...)...)
}

// classify turns a fault of the file into market.Invalid and leaves the others.
func classify(mime string, err error) error {
	if errors.Is(err, errFormat) || errors.Is(err, bmff.ErrFormat) {
		return &market.Error{Op: "strip metadata", Code: market.Invalid, Field: "file",
			Message: "the file is not a complete " + mime, Err: err}
	}
	return fmt.Errorf("strip %s: %w", mime, err)
}

// cut names the end of the file as the file's fault.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("unexpected end of file")
	}
	return err
}

// copyN copies n bytes, or drops them when keep is false.
func copyN(w *bufio.Writer, r *bufio.Reader, n int64, keep bool) error {
	if !keep {
		for n > 0 {
			step := min(n, 1<<30)
			if _, err := r.Discard(int(step)); err != nil {
				return cut(err)
			}
			n -= step
		}
		return nil
	}
	_, err := io.CopyN(w, r, n)
	return cut(err)
}

// more tells whether anything follows.
func more(r *bufio.Reader) (bool, error) {
	_, err := r.Peek(1)
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	return err == nil, err
}

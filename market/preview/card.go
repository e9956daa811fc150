package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"privd/market/media"
	"privd/market/review"
)

// A card is this large, in pixels.
const (
	cardWidth  = 320
	cardHeight = 180
)

// The colours of a card, by their place in its palette.
const (
	paper = 0
	ink   = 1
	faint = 2
)

// card draws what a recording is: no decoder for it is linked.
func (m *Maker) card(ctx context.Context, in Input) (Preview, error) {
	found, err := m.Scorer.Score(ctx, review.Input{Kind: in.Kind, MIME: in.MIME, Content: in.Content})
	if err != nil {
		return Preview{}, err
	}
	if !found.Decodes() {
		return Preview{}, errNone
	}
	codec, err := codecOf(in.Content)
	if err != nil {
		return Preview{}, err
	}
	lines := []string{playing(found.Length)}
	if found.Width > 0 && found.Height > 0 {
		lines = append(lines, fmt.Sprintf("%d x %d", found.Width, found.Height))
	}
	lines = append(lines, strings.TrimSpace(container(in.MIME)+" "+codec))
	var out bytes.Buffer
	if err := png.Encode(&out, draw(strings.ToUpper(string(in.Kind)), lines)); err != nil {
		return Preview{}, fmt.Errorf("encode preview: %w", err)
	}
	return Preview{Type: media.PNG, Data: out.Bytes()}, nil
}

// playing writes a playing time as people do: 1:02:03, 2:03.
func playing(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// container names a type of file.
func container(mime string) string {
	switch mime {
	case media.MP4:
		return "MP4"
	case media.QuickTime:
		return "QuickTime"
	case media.WebM, media.WebMAudio:
		return "WebM"
	case media.AVI:
		return "AVI"
	case media.Ogg:
		return "Ogg"
	case media.M4A:
		return "M4A"
	case media.MP3:
		return "MP3"
	case media.WAV:
		return "WAV"
	}
	return ""
}

func draw(title string, lines []string) image.Image {
	img := image.NewPaletted(image.Rect(0, 0, cardWidth, cardHeight), color.Palette{
		color.RGBA{0x1d, 0x22, 0x2b, 0xff}, color.RGBA{0xf2, 0xf4, 0xf8, 0xff}, color.RGBA{0x7f, 0x8a, 0x9c, 0xff},
	})
	triangle(img, 20, 24, 36)
	write(img, 72, 24, 3, ink, title)
	for i, line := range lines {
		write(img, 20, 86+28*i, 2, uint8(ink+min(i, 1)*(faint-ink)), line)
	}
	return img
}

// triangle draws the sign of something to play.
func triangle(img *image.Paletted, x, y, side int) {
	for i := range side {
		half := side/2 - i/2
		for j := -half; j <= half; j++ {
			img.SetColorIndex(x+i, y+side/2+j, faint)
		}
	}
}

// write draws a line of text, each pixel of the font made scale pixels large. What
// does not fit is cut off.
func write(img *image.Paletted, x, y, scale int, colour uint8, text string) {
	face := basicfont.Face7x13
	mask := image.NewAlpha(image.Rect(0, 0, face.Advance*len(text), face.Height))
	drawer := font.Drawer{Dst: mask, Src: image.Opaque, Face: face, Dot: fixed.P(0, face.Ascent)}
	drawer.DrawString(text)
	for my := range mask.Rect.Dy() {
		for mx := range mask.Rect.Dx() {
			if mask.AlphaAt(mx, my).A < 128 {
				continue
			}
			for dy := range scale {
				for dx := range scale {
					at := image.Pt(x+mx*scale+dx, y+my*scale+dy)
					if at.In(img.Rect) {
						img.SetColorIndex(at.X, at.Y, colour)
					}
				}
			}
		}
	}
}

// codecs are the marks by which containers name how they are coded.
var codecs = []struct{ mark, name string }{
	{"avc1", "H.264"}, {"avc3", "H.264"}, {"hvc1", "H.265"}, {"hev1", "H.265"}, {"av01", "AV1"}, {"vp09", "VP9"}, {"mp4v", "MPEG-4"},
	{"V_VP8", "VP8"}, {"V_VP9", "VP9"}, {"V_AV1", "AV1"}, {"V_MPEG4/ISO/AVC", "H.264"}, {"H264", "H.264"}, {"XVID", "MPEG-4"}, {"MJPG", "MJPEG"},
	{"A_OPUS", "Opus"}, {"OpusHead", "Opus"}, {"A_VORBIS", "Vorbis"}, {"\x01vorbis", "Vorbis"}, {"mp4a", "AAC"}, {"alac", "ALAC"},
}

// codecSpan is how much of the beginning and of the end is searched: containers
// keep their tables at either.
const codecSpan = 256 << 10

// codecOf finds how a recording is coded, empty where nothing tells. It is shown and
// nothing depends on it.
func codecOf(r io.ReadSeeker) (string, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return "", fmt.Errorf("read recording: %w", err)
	}
	buf := make([]byte, min(codecSpan, size))
	for _, from := range []int64{0, size - int64(len(buf))} {
		if _, err := r.Seek(from, io.SeekStart); err != nil {
			return "", fmt.Errorf("read recording: %w", err)
		}
		n, err := io.ReadFull(r, buf)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read recording: %w", err)
		}
		for _, c := range codecs {
			if bytes.Contains(buf[:n], []byte(c.mark)) {
				return c.name, nil
			}
		}
	}
	return "", nil
}

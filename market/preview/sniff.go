package preview

import (
	"bytes"
	"image/jpeg"
	"image/png"
	"slices"
	"unicode/utf8"

	"privd/market/media"
)

// maxSide is the longest side of a picture that is shown, in pixels.
const maxSide = 2048

// Read takes the block of a preview from a stranger. It returns false for anything but the types
// made here, and for what does not belong to the kind of contribution: nothing a
// browser would run is ever shown.
func Read(kind string, block []byte) (Preview, bool) {
	data := block
	if len(data) == 0 || len(data) > MaxSize {
		return Preview{}, false
	}
	if bytes.HasPrefix(block, gzipMagic) {
		var ok bool
		if data, ok = unpack(block); !ok {
			return Preview{}, false
		}
	}
	p := Preview{Type: sniff(data), Data: data}
	return p, p.Type != "" && slices.Contains(types(media.Kind(kind)), p.Type)
}

// types lists what a preview of a kind may be.
func types(kind media.Kind) []string {
	switch kind {
	case media.Photo, media.Video:
		return []string{media.JPEG, media.PNG}
	case media.Voice:
		return []string{media.WAV, media.MP3, media.JPEG, media.PNG}
	case media.Text:
		return []string{plainText}
	}
	// A dataset, say.
	return []string{plainText, media.JPEG, media.PNG}
}

// sniff returns what data is, empty for what is not known.
func sniff(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		if c, err := jpeg.DecodeConfig(bytes.NewReader(data)); err == nil && max(c.Width, c.Height) <= maxSide {
			return media.JPEG
		}
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		if c, err := png.DecodeConfig(bytes.NewReader(data)); err == nil && max(c.Width, c.Height) <= maxSide {
			return media.PNG
		}
	case len(data) > 44 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WAVE":
		return media.WAV
	case len(data) > 4 && data[0] == 0xff && data[1]&0xe0 == 0xe0 && data[1]&0x06 != 0:
		return media.MP3
	case utf8.Valid(data) && printable(string(data)) == string(data):
		return plainText
	}
	return ""
}

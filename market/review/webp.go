package review

import (
	"errors"
	"image"
	"image/color"
	"io"

	webpchunks "golang.org/x/image/riff"
	"golang.org/x/image/vp8"
	"golang.org/x/image/vp8l"
	"golang.org/x/image/webp"

	"privd/market/media/window"
)

// webpPixel is how many bytes a decoded pixel takes at most: the picture, and the
// transparency, which is decoded as a picture of its own.
const webpPixel = 8

// measureWebP trusts no single statement of the size: the canvas of an extended file
// is what webp.DecodeConfig returns, and the frame inside, which may say something
// else, is what is decoded.
func measureWebP(file *window.Reader) (image.Config, uint64, error) {
	config, err := webp.DecodeConfig(file.Stream())
	if err != nil {
		return config, 0, faulty("it has no readable header")
	}
	frame, err := webpFrame(file.Stream())
	if err != nil {
		return config, 0, faulty("it has no readable frame")
	}
	return config, webpPixel * max(area(config), area(frame)), nil
}

func area(c image.Config) uint64 { return uint64(max(0, c.Width)) * uint64(max(0, c.Height)) }

// webpFrame returns what the frame says that the decoder takes: the first one.
func webpFrame(r io.Reader) (image.Config, error) {
	_, chunks, err := webpchunks.NewReader(r)
	if err != nil {
		return image.Config{}, err
	}
	for {
		kind, size, body, err := chunks.Next()
		if err != nil {
			return image.Config{}, err
		}
		switch kind {
		case webpchunks.FourCC{'V', 'P', '8', ' '}:
			if size > 1<<31-1 {
				return image.Config{}, errors.New("frame is too long")
			}
			d := vp8.NewDecoder()
			d.Init(body, int(size))
			head, err := d.DecodeFrameHeader()
			return image.Config{ColorModel: color.YCbCrModel, Width: head.Width, Height: head.Height}, err
		case webpchunks.FourCC{'V', 'P', '8', 'L'}:
			return vp8l.DecodeConfig(body)
		}
	}
}

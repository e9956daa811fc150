package review

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/gen2brain/heic"
	"golang.org/x/image/webp"

	"privd/market/media"
	"privd/market/media/bmff"
	"privd/market/media/heif"
	"privd/market/media/window"
)

// fullPhoto is the number of pixels from which resolution no longer rises.
const fullPhoto = 8_000_000

// photo judges resolution and clarity, and takes the fingerprint.
func (s *Scorer) photo(ctx context.Context, file *window.Reader, r *Result) error {
	config, need, err := measure(r.MIME, file)
	if err != nil {
		return err
	}
	if config.Width <= 0 || config.Height <= 0 {
		return faulty("it has no pixels")
	}
	if need > uint64(s.config.MaxMemory) {
		return faulty("%d x %d pixels would take more than %d MiB of memory to decode",
			config.Width, config.Height, s.config.MaxMemory>>20)
	}
	small, size, err := s.decode(ctx, r.MIME, file)
	if err != nil {
		return err
	}
	r.Width, r.Height = size.X, size.Y
	r.Factors = []Factor{
		{Resolution, rootRatio(uint64(size.X)*uint64(size.Y), fullPhoto)},
		{Clarity, clarity(small)},
	}
	r.Fingerprint = fingerprintPicture(small)
	return nil
}

// measure returns the dimensions without decoding, and how many bytes the decoder
// will allocate at most.
func measure(mime string, file *window.Reader) (config image.Config, need uint64, err error) {
	var perPixel uint64 // in sixteenths of a byte
	switch mime {
	case media.JPEG:
		config, err = jpeg.DecodeConfig(file.Stream())
		progressive, samples := jpegFrame(file)
		perPixel = samples
		if progressive { // keeps all coefficients beside the samples
			perPixel += 4 * samples
		}
		if config.ColorModel == color.CMYKModel || config.ColorModel == color.RGBAModel {
			perPixel += 4 * 16 // converted into another image
		}
	case media.PNG:
		config, err = png.DecodeConfig(file.Stream())
		// Interlaced files are decoded a pass at a time, into images beside the whole.
		switch config.ColorModel {
		case color.GrayModel:
			perPixel = 2 * 16
		case color.Gray16Model:
			perPixel = 4 * 16
		case color.RGBA64Model, color.NRGBA64Model:
			perPixel = 16 * 16
		default:
			perPixel = 8 * 16
		}
	case media.WebP:
		return measureWebP(file)
	case media.HEIC, media.HEIF:
		return measureHEIF(file)
	}
	if err != nil {
		return config, 0, faulty("it has no readable header")
	}
	return config, perPixel * uint64(max(0, config.Width)) * uint64(max(0, config.Height)) / 16, nil
}

// measureHEIF trusts no single statement of the size: the decoder allocates for
// tiles, canvases and parameter sets as each of them says.
func measureHEIF(file *window.Reader) (image.Config, uint64, error) {
	f, err := heif.Read(file, file.Size())
	if errors.Is(err, bmff.ErrFormat) {
		return image.Config{}, 0, faulty("its boxes are malformed")
	}
	if err != nil {
		return image.Config{}, 0, err
	}
	if !f.Filled() {
		return image.Config{}, 0, faulty("it claims to be larger than it is")
	}
	const perPixel = 6 // planes of the decoder, of the canvas and of the result
	need := f.MaxPixels()
	if need > 1<<40 {
		need = 1 << 40 // keeps the product from overflowing
	}
	config := image.Config{Width: int(f.Canvas.Width), Height: int(f.Canvas.Height)}
	return config, perPixel*need + uint64(file.Size()), nil
}

// jpegFrame finds the frame header of a JPEG. It tells whether the file is
// progressive and how many samples it has for each pixel, in sixteenths; the worst
// of both when there is no telling.
func jpegFrame(file *window.Reader) (progressive bool, samples uint64) {
	const worst = 4 * 16
	for at := int64(2); ; {
		head, err := bmff.Read(file, bmff.Range{Off: at, Len: 10})
		if err != nil || head[0] != 0xff {
			return true, worst
		}
		switch m := head[1]; {
		case m == 0xff: // fill
			at++
			continue
		case m == 0 || (m >= 0xd0 && m <= 0xd9):
			// They have no length, and the decoder reads on right behind them: going by
			// the bytes there would lead to another header than the decoder's.
			return true, worst
		case m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc:
			return m > 0xc1, jpegSamples(file, at+10, int64(head[9]))
		case m == 0xda:
			return true, worst
		}
		at += 2 + int64(head[2])<<8 + int64(head[3])
	}
}

// jpegSamples reads the sampling factors of n components at offset at.
func jpegSamples(file *window.Reader, at, n int64) uint64 {
	var sum, across, down uint64
	for i := range n {
		c, err := bmff.Read(file, bmff.Range{Off: at + 3*i, Len: 3})
		if err != nil {
			return 4 * 16
		}
		h, v := uint64(c[1]>>4), uint64(c[1]&15)
		sum, across, down = sum+h*v, max(across, h), max(down, v)
	}
	return (16*sum + across*down - 1) / max(1, across*down)
}

// decode decodes the photo and returns it made small, with the size it really has:
// a HEIF may state another. One at a time, because that is what takes memory.
func (s *Scorer) decode(ctx context.Context, mime string, file *window.Reader) (*raster, image.Point, error) {
	select {
	case s.photos <- struct{}{}:
		defer func() { <-s.photos }()
	case <-ctx.Done():
		return nil, image.Point{}, ctx.Err()
	}
	img, err := decoder(mime)(file.Stream())
	if errors.Is(err, errLibrary) {
		return nil, image.Point{}, err
	}
	if err != nil || img.Bounds().Empty() {
		return nil, image.Point{}, faulty("it does not decode")
	}
	return shrink(img), img.Bounds().Size(), nil
}

func decoder(mime string) func(io.Reader) (image.Image, error) {
	switch mime {
	case media.JPEG:
		return jpeg.Decode
	case media.PNG:
		return png.Decode
	case media.WebP:
		return webp.Decode
	}
	return decodeHEIF
}

var errLibrary = errors.New("built without the tag nodynamic, and a libheif of the system is loaded: its results differ from node to node")

// decodeHEIF uses the decoder that is compiled in, which runs in a sandbox.
func decodeHEIF(r io.Reader) (image.Image, error) {
	if heic.Dynamic() == nil {
		return nil, errLibrary
	}
	return heic.Decode(r)
}

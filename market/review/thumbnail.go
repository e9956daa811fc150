package review

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"

	"privd/market"
	"privd/market/media/window"
)

// Thumbnail decodes a photo within the bounds of scoring and returns it with its
// longest side at most side pixels, and at most half of what it was. A transparent
// picture is seen before black. Invalid for a photo that does not decode.
func (s *Scorer) Thumbnail(ctx context.Context, mime string, content io.ReadSeeker, side int) (image.Image, error) {
	file, err := window.New(ctx, content)
	if err != nil {
		return nil, fmt.Errorf("thumbnail: %w", err)
	}
	var out image.Image
	err = guard(func() error {
		config, need, err := measure(mime, file)
		if err != nil {
			return err
		}
		if config.Width <= 0 || config.Height <= 0 || need > uint64(s.config.MaxMemory) {
			return faulty("it is too large")
		}
		small, size, err := s.decode(ctx, mime, file)
		if err != nil {
			return err
		}
		out = small.picture(min(side, max(1, max(size.X, size.Y)/2)))
		return nil
	})
	if file.Err() != nil {
		err = file.Err()
	}
	var f *fault
	if errors.As(err, &f) {
		return nil, &market.Error{Op: "thumbnail", Code: market.Invalid, Message: f.reason}
	}
	if err != nil {
		return nil, fmt.Errorf("thumbnail: %w", err)
	}
	return out, nil
}

// picture returns the raster with the given longest side; a smaller raster keeps
// its size.
func (p *raster) picture(side int) image.Image {
	width, height := p.width, p.height
	if long := max(width, height); long > side {
		width, height = max(1, width*side/long), max(1, height*side/long)
	}
	out := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio444)
	for y := range height {
		for x := range width {
			x0, y0 := x*p.width/width, y*p.height/height
			x1, y1 := (x+1)*p.width/width, (y+1)*p.height/height
			at := y*out.YStride + x
			out.Y[at] = uint8(p.box(p.luma, x0, y0, x1, y1))
			out.Cb[at] = uint8(p.box(p.cb, x0, y0, x1, y1))
			out.Cr[at] = uint8(p.box(p.cr, x0, y0, x1, y1))
		}
	}
	return out
}

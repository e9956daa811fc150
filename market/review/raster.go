package review

import (
	"image"
	"image/color"
)

// rasterSide is the longest side of the small picture that is looked at.
const rasterSide = 512

// raster is a picture made small: a plane of brightness and two of colour, 0 to 255.
type raster struct {
	width, height int
	luma          []uint8
	cb, cr        []uint8
}

// shrink averages the pixels of img into at most rasterSide x rasterSide cells, in
// integers. A picture that is small already keeps its size.
func shrink(img image.Image) *raster {
	b := img.Bounds()
	long := max(b.Dx(), b.Dy())
	width, height := b.Dx(), b.Dy()
	if long > rasterSide {
		width = max(1, width*rasterSide/long)
		height = max(1, height*rasterSide/long)
	}
	out := &raster{width: width, height: height,
		luma: make([]uint8, width*height), cb: make([]uint8, width*height), cr: make([]uint8, width*height)}
	pixel := reader(img)
	sums := make([]cell, width)
	for y := range height {
		clear(sums)
		y0, y1 := b.Min.Y+y*b.Dy()/height, b.Min.Y+(y+1)*b.Dy()/height
		for sy := y0; sy < y1; sy++ {
			for x := range sums {
				for sx, end := b.Min.X+x*b.Dx()/width, b.Min.X+(x+1)*b.Dx()/width; sx < end; sx++ {
					sums[x].add(pixel(sx, sy))
				}
			}
		}
		for x := range sums {
			i := y*width + x
			out.luma[i], out.cb[i], out.cr[i] = sums[x].mean()
		}
	}
	return out
}

// cell adds up pixels.
type cell struct{ y, cb, cr, n uint64 }

func (c *cell) add(y, cb, cr uint8) {
	c.y += uint64(y)
	c.cb += uint64(cb)
	c.cr += uint64(cr)
	c.n++
}

func (c *cell) mean() (y, cb, cr uint8) {
	n := max(1, c.n)
	return uint8((c.y + n/2) / n), uint8((c.cb + n/2) / n), uint8((c.cr + n/2) / n)
}

// reader returns how to read a pixel: directly where the decoders' formats allow
// it, because the general way allocates for each pixel.
func reader(img image.Image) func(x, y int) (uint8, uint8, uint8) {
	switch m := img.(type) {
	case *image.YCbCr:
		return func(x, y int) (uint8, uint8, uint8) {
			c := m.COffset(x, y)
			return m.Y[m.YOffset(x, y)], m.Cb[c], m.Cr[c]
		}
	case *image.Gray:
		return func(x, y int) (uint8, uint8, uint8) { return m.Pix[m.PixOffset(x, y)], 128, 128 }
	case *image.RGBA:
		return func(x, y int) (uint8, uint8, uint8) {
			p := m.Pix[m.PixOffset(x, y):]
			return color.RGBToYCbCr(p[0], p[1], p[2])
		}
	case *image.NRGBA:
		return func(x, y int) (uint8, uint8, uint8) {
			p := m.Pix[m.PixOffset(x, y):]
			a := uint32(p[3])
			// Seen before black, as the general way does it.
			return color.RGBToYCbCr(uint8(uint32(p[0])*a/255), uint8(uint32(p[1])*a/255), uint8(uint32(p[2])*a/255))
		}
	case image.RGBA64Image:
		return func(x, y int) (uint8, uint8, uint8) {
			c := m.RGBA64At(x, y)
			return color.RGBToYCbCr(uint8(c.R>>8), uint8(c.G>>8), uint8(c.B>>8))
		}
	}
	return func(x, y int) (uint8, uint8, uint8) {
		r, g, b, _ := img.At(x, y).RGBA()
		return color.RGBToYCbCr(uint8(r>>8), uint8(g>>8), uint8(b>>8))
	}
}

// box returns the mean of the cells from (x0, y0) to before (x1, y1), at least one.
func (p *raster) box(plane []uint8, x0, y0, x1, y1 int) int {
	x1, y1 = max(x1, x0+1), max(y1, y0+1)
	sum := 0
	for y := y0; y < y1; y++ {
		for _, v := range plane[y*p.width+x0 : y*p.width+x1] {
			sum += int(v)
		}
	}
	n := (x1 - x0) * (y1 - y0)
	return (sum + n/2) / n
}

// grid resamples a plane to side x side cells.
func (p *raster) grid(plane []uint8, side int) []int {
	out := make([]int, 0, side*side)
	for y := range side {
		for x := range side {
			out = append(out, p.box(plane, x*p.width/side, y*p.height/side, (x+1)*p.width/side, (y+1)*p.height/side))
		}
	}
	return out
}

// clarity is the variance of the Laplacian of the brightness: edges make it large,
// blur makes it small. Half the scale is a variance of 300, a photo in fair focus.
func clarity(p *raster) Permille {
	const half = 300
	if p.width < 3 || p.height < 3 {
		return 0
	}
	var sum, squares int64
	for y := 1; y < p.height-1; y++ {
		row := p.luma[y*p.width : (y+1)*p.width]
		above, below := p.luma[(y-1)*p.width:], p.luma[(y+1)*p.width:]
		for x := 1; x < p.width-1; x++ {
			d := 4*int64(row[x]) - int64(row[x-1]) - int64(row[x+1]) - int64(above[x]) - int64(below[x])
			sum += d
			squares += d * d
		}
	}
	n := int64(p.width-2) * int64(p.height-2)
	variance := uint64((squares - sum*sum/n) / n)
	return ratio(variance, variance+half)
}

package review

import (
	"math"
	"slices"
)

// fingerprintPicture hashes the coarse shapes of a picture: the signs, against
// their median, of its 64 lowest frequencies. A picture without texture has no
// shapes, so it has no fingerprint, and counts as unique: clarity judges it.
func fingerprintPicture(p *raster) Fingerprint {
	const side, contrast = 64, 8
	luma := p.grid(p.luma, side)
	if slices.Max(luma)-slices.Min(luma) < contrast {
		return Fingerprint{}
	}
	f := Fingerprint{form: formPicture}
	f.picture.shape = shapeHash(luma)
	for i, plane := range [][]uint8{p.luma, p.cb, p.cr} {
		for j, v := range p.grid(plane, 4) {
			f.picture.colour[16*i+j] = uint8(v)
		}
	}
	return f
}

// shapeHash is the classic perceptual hash of 64 x 64 cells, with the cosine
// transform in fixed point: in floating point, processors that fuse multiplication
// and addition would flip bits now and then.
func shapeHash(luma []int) uint64 {
	const side, low = 64, 8
	cosine := cosines(side, low)
	// Rows, then columns; 255 * 64 * 64 * 2^24 stays far below 2^63.
	var rows [side][low]int64
	for y := range side {
		for u := range low {
			for x := range side {
				rows[y][u] += int64(luma[y*side+x]) * cosine[u][x]
			}
		}
	}
	frequencies := make([]int64, 0, low*low)
	for v := range low {
		for u := range low {
			var sum int64
			for y := range side {
				sum += rows[y][u] * cosine[v][y]
			}
			frequencies = append(frequencies, sum)
		}
	}
	sorted := slices.Clone(frequencies)
	slices.Sort(sorted)
	median := sorted[len(sorted)/2-1]/2 + sorted[len(sorted)/2]/2
	var hash uint64
	for _, f := range frequencies {
		hash <<= 1
		if f > median {
			hash |= 1
		}
	}
	return hash
}

// cosines returns the basis of the transform in units of 2^-12.
func cosines(side, low int) [][]int64 {
	table := make([][]int64, low)
	for u := range table {
		table[u] = make([]int64, side)
		for x := range table[u] {
			c := math.Cos(math.Pi * float64(u) * (2*float64(x) + 1) / float64(2*side))
			table[u][x] = int64(math.Round(c * (1 << 12)))
		}
	}
	return table
}

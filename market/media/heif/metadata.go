package heif

import (
	"cmp"
	"slices"

	"privd/market/media/bmff"
)

// Metadata returns, sorted and without overlaps, the ranges of the file that no
// picture needs: Exif, XMP and other descriptive items, private boxes, and bytes
// of the picture boxes that no picture refers to. They may be overwritten with
// zeros without changing a pixel. It fails, wrapping bmff.ErrFormat, when metadata and
// a picture claim the same bytes.
func (f *File) Metadata() ([]bmff.Range, error) {
	pictures, described := f.split()
	hidden := slices.Clone(f.private)
	hidden = append(hidden, described...)
	if !f.hasMovie { // a movie refers to the picture boxes in ways of its own
		for _, p := range f.pictures {
			hidden = append(hidden, subtract(p, pictures)...)
		}
	}
	hidden = merge(hidden)
	for _, h := range hidden {
		if overlaps(pictures, h) {
			return nil, bmff.Format("metadata and picture share bytes at %d", h.Off)
		}
	}
	return hidden, nil
}

// split returns the bytes of picture items and those of descriptive items.
func (f *File) split() (pictures, described []bmff.Range) {
	for _, it := range f.Items {
		if descriptive(it.Type) {
			described = append(described, it.Extents...)
		} else {
			pictures = append(pictures, it.Extents...)
		}
	}
	return merge(pictures), merge(described)
}

// descriptive tells whether items of this type tell about pictures and are none.
func descriptive(kind string) bool { return kind == "Exif" || kind == "mime" || kind == "uri " }

// merge sorts ranges and joins those that touch.
func merge(in []bmff.Range) []bmff.Range {
	in = slices.Clone(in)
	slices.SortFunc(in, func(a, b bmff.Range) int { return cmp.Compare(a.Off, b.Off) })
	var out []bmff.Range
	for _, r := range in {
		if n := len(out); n > 0 && r.Off <= out[n-1].End() {
			out[n-1].Len = max(out[n-1].End(), r.End()) - out[n-1].Off
			continue
		}
		out = append(out, r)
	}
	return out
}

// subtract returns what is left of r without the merged ranges.
func subtract(r bmff.Range, merged []bmff.Range) []bmff.Range {
	var out []bmff.Range
	at := r.Off
	for _, m := range merged[first(merged, r.Off):] {
		if m.Off >= r.End() {
			break
		}
		if m.Off > at {
			out = append(out, bmff.Range{Off: at, Len: m.Off - at})
		}
		at = max(at, m.End())
	}
	if at < r.End() {
		out = append(out, bmff.Range{Off: at, Len: r.End() - at})
	}
	return out
}

func overlaps(merged []bmff.Range, r bmff.Range) bool {
	i := first(merged, r.Off)
	return i < len(merged) && merged[i].Off < r.End()
}

// first returns the index of the first merged range that ends after off.
func first(merged []bmff.Range, off int64) int {
	i, _ := slices.BinarySearchFunc(merged, off, func(m bmff.Range, off int64) int {
		if m.End() > off {
			return 1
		}
		return -1
	})
	return i
}

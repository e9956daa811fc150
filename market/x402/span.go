package x402

import (
	"cmp"
	"slices"
)

// Span is a part of a file: its bytes From up to, but not including, To.
type Span struct{ From, To int64 }

// maxSpans is how many parts of a file are remembered that do not touch.
const maxSpans = 64

// join adds a part to others, which are in order and do not touch. The last ones are
// forgotten where they are too many.
func join(all []Span, part Span) []Span {
	if part.From >= part.To {
		return all
	}
	all = append(slices.Clone(all), part)
	slices.SortFunc(all, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	out := all[:1]
	for _, s := range all[1:] {
		if last := &out[len(out)-1]; s.From <= last.To {
			last.To = max(last.To, s.To)
		} else {
			out = append(out, s)
		}
	}
	return out[:min(len(out), maxSpans)]
}

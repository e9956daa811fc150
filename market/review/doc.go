// Package review judges contributions: it scores what was uploaded and decides
// whether that is approved, held for people to look at, or rejected.
//
// A Scorer looks at the bytes alone and gives named factors from 0 to 1000
// thousandths, whose mean is the quality score. All arithmetic that ends in a
// factor is done on integers, so the same bytes give the same factors on every
// machine that runs the same Version: a buyer can recompute them. The exception is
// uniqueness, which also depends on the fingerprints the caller knows already.
//
// Content is hostile until it has been looked at. Sizes are checked before anything
// is decoded, memory is bounded whatever a file claims, and a decoder that panics
// is taken as a file that does not decode. Nothing here reads a clock, a disk or a
// network, starts a goroutine or logs.
package review

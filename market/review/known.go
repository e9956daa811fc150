package review

import (
	"context"
	"iter"
)

// Match is a known fingerprint and how similar it is. The zero value means that
// nothing similar is known.
type Match struct {
	ID         string // of the contribution it belongs to
	Similarity Permille
}

// Known is the set of fingerprints of earlier contributions. Nearest returns the
// most similar one; of equals the one with the smallest id, so that the answer does
// not depend on the order of storage. The set does not hold the contribution under
// review itself. Implementations may look through all fingerprints with Nearest, or
// keep an index.
type Known interface {
	Nearest(ctx context.Context, f Fingerprint) (Match, error)
}

// Nearest finds the most similar of all: a comparison costs well under a
// microsecond.
func Nearest(f Fingerprint, all iter.Seq2[string, Fingerprint]) Match {
	var best Match
	if f.IsZero() {
		return best
	}
	for id, g := range all {
		s := f.Similarity(g)
		if s > best.Similarity || s == best.Similarity && s > 0 && id < best.ID {
			best = Match{ID: id, Similarity: s}
		}
	}
	return best
}

// Set is a Known in memory, by id of contribution.
type Set map[string]Fingerprint

// Nearest looks through the set.
func (s Set) Nearest(ctx context.Context, f Fingerprint) (Match, error) {
	return Nearest(f, func(yield func(string, Fingerprint) bool) {
		for id, g := range s {
			if !yield(id, g) {
				return
			}
		}
	}), ctx.Err()
}

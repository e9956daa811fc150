package review

import "math/bits"

// Version names the rules by which content is scored. It changes whenever the same
// bytes may get another factor; scores of different versions do not compare.
const Version = 1

// Permille is a share in thousandths, 0 to 1000. Scores are kept as integers so
// that rounding happens in one place and equal scores are equal; Float is for the
// edge that speaks JSON.
type Permille uint16

// One is the whole.
const One Permille = 1000

// Float returns p as a number from 0 to 1 with at most three decimals.
func (p Permille) Float() float64 { return float64(p) / 1000 }

// ratio returns part/whole, rounded down and capped at One. A whole of zero is
// complete.
func ratio(part, whole uint64) Permille {
	if part >= whole {
		return One
	}
	hi, lo := bits.Mul64(part, 1000)
	q, _ := bits.Div64(hi, lo, whole)
	return Permille(q)
}

// rootRatio returns the square root of part/whole, capped at One.
func rootRatio(part, whole uint64) Permille {
	if part >= whole {
		return One
	}
	hi, lo := bits.Mul64(part, 1_000_000)
	q, _ := bits.Div64(hi, lo, whole)
	return Permille(root(q))
}

// root returns the integer square root.
func root(n uint64) uint64 {
	if n < 2 {
		return n
	}
	r := uint64(1) << ((bits.Len64(n) + 1) / 2)
	for {
		next := (r + n/r) / 2
		if next >= r {
			return r
		}
		r = next
	}
}

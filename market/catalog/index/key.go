package index

import (
	"cmp"
	"math/bits"
	"strings"
)

// Order is one of the orders that an index keeps.
type Order int

// The orders. Ties are broken by id, ascending, in each of them.
const (
	Newest Order = iota
	Oldest
	PriceLow
	PriceHigh
	MostSales
	HighestRated

	orderCount
)

// keys gives the sort key of a row in each order, ascending.
var keys = [orderCount]func(*Row) Key{
	Newest:       func(r *Row) Key { return Key{0, ^ordinal(r.Created)} },
	Oldest:       func(r *Row) Key { return Key{0, ordinal(r.Created)} },
	PriceLow:     func(r *Row) Key { return r.Price },
	PriceHigh:    func(r *Row) Key { return Key{^r.Price.High, ^r.Price.Low} },
	MostSales:    func(r *Row) Key { return Key{0, ^ordinal(r.Sales)} },
	HighestRated: func(r *Row) Key { return Key{0, ^r.Rating} },
}

// ordinal maps integers to unsigned ones in the same order.
func ordinal(n int64) uint64 { return uint64(n) ^ 1<<63 }

// Key is an unsigned integer of 128 bits.
type Key struct{ High, Low uint64 }

// MaxKey is the largest key.
var MaxKey = Key{^uint64(0), ^uint64(0)}

// Compare returns -1, 0 or 1 as k is less than, equal to or more than other.
func (k Key) Compare(other Key) int {
	if k.High != other.High {
		return cmp.Compare(k.High, other.High)
	}
	return cmp.Compare(k.Low, other.Low)
}

func (k Key) less(other Key) bool {
	return k.High < other.High || (k.High == other.High && k.Low < other.Low)
}

// next returns k+1; false when there is no such key.
func (k Key) next() (Key, bool) {
	low, carry := bits.Add64(k.Low, 1, 0)
	high, over := bits.Add64(k.High, 0, carry)
	return Key{high, low}, over == 0
}

// hint is a coarse price: the higher of two prices has the higher hint or the same
// one. It spares most looks at a row.
type hint uint16

// hintOf returns the number of the key's binary digits and the nine after the first.
func hintOf(k Key) hint {
	digits := bits.Len64(k.High) + 64
	if k.High == 0 {
		digits = bits.Len64(k.Low)
	}
	if digits <= 10 {
		return hint(k.Low)
	}
	shift := uint(digits - 10)
	top := k.Low>>shift | k.High<<(64-shift)
	if shift >= 64 {
		top = k.High >> (shift - 64)
	}
	return hint(digits-9)<<9 | hint(top)&(1<<9-1)
}

// Rating returns what a Row holds for a mean of sum/count, with sum at most
// 5*count: a larger mean gives a larger number, equal means the same. Below 2^30
// ratings of one listing it is exact: two different means lie more than 2^-60
// apart.
func Rating(sum, count int64) uint64 {
	if count <= 0 || sum <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(sum), 1<<60)
	if high >= uint64(count) {
		return ^uint64(0)
	}
	mean, _ := bits.Div64(high, low, uint64(count))
	return mean
}

func compareID(a, b *Row) int { return strings.Compare(a.ID, b.ID) }

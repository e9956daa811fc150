package index

import (
	"slices"
	"sort"
)

// steps are prices that divide all listings into parts of about the same size. The
// part i is the listings from step i-1 up to, but not with, step i.
type steps struct {
	edges []Key // ascending
	sizes []int // of the parts, one more than there are edges
}

// count returns how many rows the counts have: a step's each, and one for all.
func (st *steps) count() int { return len(st.edges) + 1 }

// of returns the part a price belongs to.
func (st *steps) of(price Key) int {
	return sort.Search(len(st.edges), func(i int) bool { return price.less(st.edges[i]) })
}

// above returns the first step at or above a price; the row of all when there is
// none.
func (st *steps) above(price Key) int {
	return sort.Search(len(st.edges), func(i int) bool { return !st.edges[i].less(price) })
}

// choose sets the steps for listings sorted by price.
func (st *steps) choose(sorted []sortable, t tuning) {
	st.edges = nil
	part := max(t.part/2, len(sorted)/(2*t.share))
	for i := part; i < len(sorted); i += part {
		price, last := sorted[i].key, Key{}
		if len(st.edges) > 0 {
			last = st.edges[len(st.edges)-1]
		}
		if price == last {
			// The part since the last step is all of one price, or nearly: a step right
			// above it keeps bounds of other prices from having to walk through it.
			var more bool
			if price, more = price.next(); !more {
				continue
			}
		}
		if last.less(price) {
			st.edges = append(st.edges, price)
		}
	}
	st.sizes = make([]int, st.count())
}

// refine divides a part that has grown too large, so that no bound lies far from
// the next step.
func (x *Index) refine(part int) {
	st := &x.steps
	if st.sizes[part] <= max(x.tuning.part, x.n/x.tuning.share) {
		return
	}
	low := Key{}
	if part > 0 {
		low = st.edges[part-1]
	}
	above, more := low.next()
	if !more || (part < len(st.edges) && above == st.edges[part]) {
		return // all of one price
	}
	byPrice := &x.orders[PriceLow]
	edge := x.priceAt(byPrice.seek(&x.rows, low), st.sizes[part]/2)
	if edge == low {
		edge = above
	}
	x.divide(part, low, edge)
	if len(st.edges) > x.tuning.steps {
		x.coarsen()
	}
}

// priceAt returns the price so many places after p.
func (x *Index) priceAt(p place, after int) Key {
	for items := range x.orders[PriceLow].between(p, x.orders[PriceLow].end()) {
		if after < len(items) {
			return x.rows.At(items[after].slot()).Price
		}
		after -= len(items)
	}
	return MaxKey
}

// divide puts a step into a part. Its counts are those of the step below plus, or
// those of the step above minus, what lies between: whichever is less.
func (x *Index) divide(part int, low, edge Key) {
	st, byPrice := &x.steps, &x.orders[PriceLow]
	from, mid := byPrice.seek(&x.rows, low), byPrice.seek(&x.rows, edge)
	to := byPrice.end()
	if part < len(st.edges) {
		to = byPrice.seek(&x.rows, st.edges[part])
	}
	below := byPrice.distance(from, mid)
	near, by := part-1, 1
	if below > st.sizes[part]/2 {
		near, by, from = part, -1, mid
	} else {
		to = mid
	}
	for i := range x.orders {
		o := &x.orders[i]
		o.counts.insertStep(part, near)
	}
	st.edges = slices.Insert(st.edges, part, edge)
	st.sizes = slices.Insert(st.sizes, part, below)
	st.sizes[part+1] -= below
	for items := range byPrice.between(from, to) {
		for _, it := range items {
			for i := range x.orders {
				o := &x.orders[i]
				o.counts.correct(it.class(), part, *o.home.At(it.slot()), by, st)
			}
		}
	}
}

// coarsen takes away the step whose two parts together are the smallest.
func (x *Index) coarsen() {
	st, least := &x.steps, 0
	for i := range st.edges {
		if st.sizes[i]+st.sizes[i+1] < st.sizes[least]+st.sizes[least+1] {
			least = i
		}
	}
	for i := range x.orders {
		x.orders[i].counts.removeStep(least)
	}
	st.sizes[least] += st.sizes[least+1]
	st.sizes = slices.Delete(st.sizes, least+1, least+2)
	st.edges = slices.Delete(st.edges, least, least+1)
}

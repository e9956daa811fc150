package index

import (
	"slices"
	"sync"
)

// Query asks for one page of an order.
type Query struct {
	Order     Order
	Classes   Classes
	Low, High Key // of the price, inclusive
	Offset    int
	Limit     int
}

// Page returns the slots of one page, in order, and how many listings match.
func (x *Index) Page(q Query) (page []Slot, total int) {
	if q.High.less(q.Low) {
		return nil, 0
	}
	s := search{Query: q, x: x, order: &x.orders[q.Order]}
	matches := tallies.Get().(*[]int32)
	defer tallies.Put(matches)
	size := len(s.order.counts.panels) * laneBlocks
	*matches = slices.Grow((*matches)[:0], size)[:size]
	s.matches = *matches
	clear(s.matches)

	s.find()
	if s.short() {
		s.walk(s.from, s.to, 1)
	} else {
		s.count()
	}
	for _, n := range s.matches {
		total += int(n)
	}
	if q.Offset < 0 || q.Offset >= total || q.Limit <= 0 {
		return nil, total
	}
	return s.page(), total
}

// tallies are the numbers of matches by block.
var tallies = sync.Pool{New: func() any { return new([]int32) }}

type search struct {
	Query
	x        *Index
	order    *order
	from, to place   // the range of prices, in the order of prices
	matches  []int32 // by block
}

// find finds the range of prices.
func (s *search) find() {
	byPrice := &s.x.orders[PriceLow]
	s.from, s.to = byPrice.seek(&s.x.rows, s.Low), byPrice.end()
	if above, more := s.High.next(); more {
		s.to = byPrice.seek(&s.x.rows, above)
	}
}

// short reports whether the range of prices is quickly walked through.
func (s *search) short() bool {
	st, n := &s.x.steps, 0
	for _, size := range st.sizes[st.of(s.Low) : st.of(s.High)+1] {
		n += size
	}
	return n <= s.x.tuning.walk
}

// count takes the numbers from the table.
func (s *search) count() {
	if above, more := s.High.next(); more {
		s.sum(above, s.to, 1)
	} else {
		s.sumAt(len(s.x.steps.edges), 1)
	}
	if s.Low != (Key{}) {
		s.sum(s.Low, s.from, -1)
	}
}

// sum adds how many listings are cheaper than a price, which stands at a place: as
// the nearer of the two steps beside it says, corrected by what lies between.
func (s *search) sum(price Key, at place, sign int32) {
	st, byPrice := &s.x.steps, &s.x.orders[PriceLow]
	step := st.above(price)
	above, below := byPrice.end(), place{}
	if step < len(st.edges) {
		above = byPrice.seek(&s.x.rows, st.edges[step])
	}
	if step > 0 {
		below = byPrice.seek(&s.x.rows, st.edges[step-1])
	}
	if at.block-below.block < above.block-at.block {
		if step > 0 {
			s.sumAt(step-1, sign)
		}
		s.walk(below, at, sign)
		return
	}
	s.sumAt(step, sign)
	s.walk(at, above, -sign)
}

func (s *search) sumAt(step int, sign int32) {
	for class := range Class(MaxClasses) {
		if s.Classes.has(class) {
			s.order.counts.sum(s.matches, class, step, sign)
		}
	}
}

// walk adds what stands between two places of the order of prices.
func (s *search) walk(from, to place, by int32) {
	for items := range s.x.orders[PriceLow].between(from, to) {
		for _, it := range items {
			if s.Classes.has(it.class()) {
				s.matches[*s.order.home.At(it.slot())] += by
			}
		}
	}
}

// page reads the page, which begins within what matches.
func (s *search) page() []Slot {
	skip, want := s.Offset, s.Limit
	first, before := 0, 0
	for first < len(s.order.blocks) {
		n := int(s.matches[s.order.blocks[first].id])
		if before+n > skip {
			break
		}
		before, first = before+n, first+1
	}
	skip -= before
	last, within := first, 0
	for last < len(s.order.blocks) && within < skip+want {
		within, last = within+int(s.matches[s.order.blocks[last].id]), last+1
	}
	blocks := s.order.blocks[first:last]
	if s.short() {
		found := s.gather(blocks)
		return found[skip:min(skip+want, len(found))]
	}
	return s.scan(blocks, skip)
}

// scan reads what matches in some blocks but for the first few, up to the limit.
func (s *search) scan(blocks []*block, skip int) []Slot {
	found := make([]Slot, 0, min(s.Limit, 1<<10))
	low, high := hintOf(s.Low), hintOf(s.High)
	for _, b := range blocks {
		if s.matches[b.id] == 0 {
			continue
		}
		for i, it := range b.items {
			h := b.hints[i]
			if h < low || h > high || !s.Classes.has(it.class()) {
				continue
			}
			if (h == low || h == high) && !s.priced(it) {
				continue
			}
			if skip > 0 {
				skip--
				continue
			}
			if found = append(found, it.slot()); len(found) == s.Limit {
				return found
			}
		}
	}
	return found
}

// priced reports whether a listing has a price that is asked for.
func (s *search) priced(it item) bool {
	price := &s.x.rows.At(it.slot()).Price
	return !price.less(s.Low) && !s.High.less(*price)
}

// gather walks through the range of prices for what stands in some blocks, and puts
// that in order. Where few match this is less than to look at all of the blocks.
func (s *search) gather(blocks []*block) []Slot {
	for _, b := range blocks {
		s.matches[b.id] = -1
	}
	var list []sortable
	for items := range s.x.orders[PriceLow].between(s.from, s.to) {
		for _, it := range items {
			if s.Classes.has(it.class()) && s.matches[*s.order.home.At(it.slot())] < 0 {
				list = append(list, sortable{s.order.key(s.x.rows.At(it.slot())), it.slot()})
			}
		}
	}
	slices.SortFunc(list, func(a, b sortable) int {
		if c := a.key.Compare(b.key); c != 0 {
			return c
		}
		return compareID(s.x.rows.At(a.slot), s.x.rows.At(b.slot))
	})
	found := make([]Slot, len(list))
	for i := range list {
		found[i] = list[i].slot
	}
	return found
}

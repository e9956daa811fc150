// Package index keeps the listings of a catalog in all their orders at once, so
// that a page of any order under any filter, with the exact number of what
// matches, costs microseconds among millions, and so does each change.
//
// Each order is a list of blocks of about a thousand listings. A table of counts
// says, for each block and each class of listing, how many of its listings are
// cheaper than each of a few hundred price steps. How many of a block match is
// thus a subtraction; the listings between a bound of the price and the next step
// are looked at one by one. Blocks before the page are skipped by their counts, and
// those of the page are read.
//
// An Index is not safe for concurrent use, except that any number may read.
package index

import "slices"

// Slot numbers a listing in the index. Slots of what was removed are used again.
type Slot uint32

// Row is what the index knows of a listing.
type Row struct {
	ID      string // the last key of every order, ascending
	Class   Class
	Price   Key
	Created int64
	Sales   int64
	Rating  uint64 // grows with the rating, 0 for none
}

// Index is a set of listings. The zero value is not usable; New makes one.
type Index struct {
	rows   Column[Row]
	used   Slot   // slots at and above were never given
	free   []Slot // given and taken back
	n      int
	orders [orderCount]order
	steps  steps
	tuning tuning
}

// tuning is the sizes that make an index quick; any make it right.
type tuning struct {
	block int // listings in a block at most
	fill  int // listings a block begins with when many are built at once
	part  int // listings between two price steps that need no further step
	share int // as are one in so many of all listings
	steps int // price steps at most
	walk  int // listings in a range of prices that is walked through; a larger one is counted by the table
}

// tuned leaves room in new blocks, so that the first insertions do not split them.
var tuned = tuning{block: 1 << 10, fill: 11 << 6, part: 1 << 12, share: 1 << 7, steps: 320, walk: 1 << 12}

// New returns an empty index.
func New() *Index { return tuned.index() }

func (t tuning) index() *Index {
	x := &Index{steps: steps{sizes: make([]int, 1)}, tuning: t}
	for i := range x.orders {
		x.orders[i].key, x.orders[i].tuning = keys[i], &x.tuning
	}
	return x
}

// Len returns how many listings there are.
func (x *Index) Len() int { return x.n }

// Row returns the listing in a slot.
func (x *Index) Row(s Slot) Row { return *x.rows.At(s) }

// Insert adds a listing and returns its slot.
func (x *Index) Insert(r Row) Slot {
	s := x.take(r)
	x.n++
	x.place(s)
	return s
}

// Replace puts another listing into a slot in use.
func (x *Index) Replace(s Slot, r Row) {
	old := *x.rows.At(s)
	if old.ID != r.ID || old.Class != r.Class || old.Price != r.Price {
		x.displace(s)
		*x.rows.At(s) = r
		x.place(s)
		return
	}
	// What was sold or rated moves in one order alone.
	it, part := newItem(r.Class, s), x.steps.of(r.Price)
	for i := range x.orders {
		if o := &x.orders[i]; o.key(&old) != o.key(&r) {
			o.remove(it, part, &x.rows, &x.steps)
		}
	}
	*x.rows.At(s) = r
	for i := range x.orders {
		if o := &x.orders[i]; o.key(&old) != o.key(&r) {
			o.insert(&x.rows, it, x.rows.At(s), part, &x.steps)
		}
	}
}

// Remove takes the listing out of a slot in use.
func (x *Index) Remove(s Slot) {
	x.displace(s)
	*x.rows.At(s) = Row{}
	x.free = append(x.free, s)
	x.n--
}

func (x *Index) take(r Row) Slot {
	s := x.used
	if last := len(x.free) - 1; last >= 0 {
		s, x.free = x.free[last], x.free[:last]
	} else {
		x.used++
		x.rows.Grow(s)
	}
	*x.rows.At(s) = r
	return s
}

// place enters a row into the orders.
func (x *Index) place(s Slot) {
	r := x.rows.At(s)
	it := newItem(r.Class, s)
	part := x.steps.of(r.Price)
	for i := range x.orders {
		x.orders[i].insert(&x.rows, it, r, part, &x.steps)
	}
	x.steps.sizes[part]++
	x.refine(part)
}

func (x *Index) displace(s Slot) {
	r := x.rows.At(s)
	it := newItem(r.Class, s)
	part := x.steps.of(r.Price)
	for i := range x.orders {
		x.orders[i].remove(it, part, &x.rows, &x.steps)
	}
	x.steps.sizes[part]--
}

// Build returns an index of many listings at once, which is far quicker than one
// insertion each. The listing i is in the slot i.
func Build(rows []Row) *Index { return tuned.build(rows) }

func (t tuning) build(rows []Row) *Index {
	x := t.index()
	x.n, x.used = len(rows), Slot(len(rows))
	for i := range rows {
		x.rows.Grow(Slot(i))
		*x.rows.At(Slot(i)) = rows[i]
	}
	byID := func(a, b sortable) int { return compareID(&rows[a.slot], &rows[b.slot]) }
	// Where rows come in the order of their ids, the slot says what the id would.
	if slices.IsSortedFunc(rows, func(a, b Row) int { return compareID(&a, &b) }) {
		byID = func(a, b sortable) int { return int(a.slot) - int(b.slot) }
	}
	list := make([]sortable, len(rows))
	sorted := func(key func(*Row) Key) []sortable {
		for i := range rows {
			list[i] = sortable{key(&rows[i]), Slot(i)}
		}
		slices.SortFunc(list, func(a, b sortable) int {
			if c := a.key.Compare(b.key); c != 0 {
				return c
			}
			return byID(a, b)
		})
		return list
	}
	x.steps.choose(sorted(keys[PriceLow]), t)
	parts := make([]uint16, len(rows))
	for i := range rows {
		part := x.steps.of(rows[i].Price)
		parts[i] = uint16(part)
		x.steps.sizes[part]++
	}
	for i := range x.orders {
		x.orders[i].fill(sorted(keys[i]), rows, parts, &x.steps)
	}
	return x
}

type sortable struct {
	key  Key
	slot Slot
}

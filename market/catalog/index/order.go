package index

import (
	"iter"
	"slices"
	"sort"
)

// order is all listings in one order, cut into blocks.
type order struct {
	key    func(*Row) Key
	tuning *tuning
	blocks []*block // in order, none of them empty
	byID   []*block // nil where the number is spare
	spare  []uint32 // numbers of blocks that are gone
	home   Column[uint32]
	counts counts
}

// block is a run of an order.
type block struct {
	id    uint32 // its place in the counts
	items []item
	hints []hint // of their prices
}

func (b *block) insert(pos int, items []item, hints []hint) {
	b.items = slices.Insert(b.items, pos, items...)
	b.hints = slices.Insert(b.hints, pos, hints...)
}

func (b *block) remove(from, to int) {
	b.items = slices.Delete(b.items, from, to)
	b.hints = slices.Delete(b.hints, from, to)
}

// compare tells where a row with the key k stands beside another.
func (o *order) compare(rows *Column[Row], r *Row, k Key, other item) int {
	with := rows.At(other.slot())
	if c := k.Compare(o.key(with)); c != 0 {
		return c
	}
	return compareID(r, with)
}

func (o *order) insert(rows *Column[Row], it item, r *Row, part int, st *steps) {
	k := o.key(r)
	// The block to hold it is the last that begins below it, or else the first.
	at := max(0, sort.Search(len(o.blocks), func(i int) bool { return o.compare(rows, r, k, o.blocks[i].items[0]) < 0 })-1)
	if len(o.blocks) == 0 {
		o.open(0)
	}
	b := o.blocks[at]
	pos := sort.Search(len(b.items), func(i int) bool { return o.compare(rows, r, k, b.items[i]) < 0 })
	if len(b.items) == o.tuning.block {
		at, pos = o.split(at, pos, rows, st)
		b = o.blocks[at]
	}
	b.insert(pos, []item{it}, []hint{hintOf(r.Price)})
	o.home.Grow(it.slot())
	*o.home.At(it.slot()) = b.id
	o.counts.add(it.class(), part, b.id, 1, st)
}

// open puts an empty block at a place in the order.
func (o *order) open(at int) *block {
	b := &block{items: make([]item, 0, o.tuning.block), hints: make([]hint, 0, o.tuning.block)}
	if last := len(o.spare) - 1; last >= 0 {
		b.id, o.spare = o.spare[last], o.spare[:last]
		o.byID[b.id] = b
	} else {
		b.id = uint32(len(o.byID))
		o.byID = append(o.byID, b)
		o.counts.grow(b.id)
	}
	o.blocks = slices.Insert(o.blocks, at, b)
	return b
}

// split makes room in a full block and returns where its position pos is then. What
// comes at an end of the order, as newer listings do, finds an empty block instead
// of half a full one.
func (o *order) split(at, pos int, rows *Column[Row], st *steps) (int, int) {
	switch {
	case pos == o.tuning.block && at == len(o.blocks)-1:
		o.open(at + 1)
		return at + 1, 0
	case pos == 0 && at == 0:
		o.open(0)
		return 0, 0
	}
	half := o.tuning.block / 2
	from, to := o.blocks[at], o.open(at+1)
	o.move(from, to, from.items[half:], rows, st)
	to.insert(0, from.items[half:], from.hints[half:])
	from.remove(half, len(from.items))
	if pos > half {
		return at + 1, pos - half
	}
	return at, pos
}

// move counts items of one block for another.
func (o *order) move(from, to *block, items []item, rows *Column[Row], st *steps) {
	var moved tally
	for _, it := range items {
		moved.add(it.class(), st.of(rows.At(it.slot()).Price), st)
		*o.home.At(it.slot()) = to.id
	}
	o.counts.addAll(&moved, from.id, -1)
	o.counts.addAll(&moved, to.id, 1)
}

func (o *order) remove(it item, part int, rows *Column[Row], st *steps) {
	b := o.byID[*o.home.At(it.slot())]
	pos := slices.Index(b.items, it)
	b.remove(pos, pos+1)
	o.counts.add(it.class(), part, b.id, -1, st)
	if len(b.items) < o.tuning.block/4 {
		o.shrink(b, rows, st)
	}
}

// shrink joins a block that has become small with the next one, if the two leave
// room, and drops it when it is empty.
func (o *order) shrink(b *block, rows *Column[Row], st *steps) {
	at := slices.Index(o.blocks, b)
	if len(b.items) > 0 {
		if at+1 == len(o.blocks) || len(b.items)+len(o.blocks[at+1].items) > o.tuning.block/2 {
			return
		}
		next := o.blocks[at+1]
		o.move(b, next, b.items, rows, st)
		next.insert(0, b.items, b.hints)
	}
	o.blocks = slices.Delete(o.blocks, at, at+1)
	o.byID[b.id] = nil
	o.spare = append(o.spare, b.id)
}

// fill builds the order of listings that come sorted.
func (o *order) fill(sorted []sortable, rows []Row, parts []uint16, st *steps) {
	for run := range slices.Chunk(sorted, o.tuning.fill) {
		b := o.open(len(o.blocks))
		var all tally
		for _, s := range run {
			r := &rows[s.slot]
			b.items = append(b.items, newItem(r.Class, s.slot))
			b.hints = append(b.hints, hintOf(r.Price))
			all.add(r.Class, int(parts[s.slot]), st)
			o.home.Grow(s.slot)
			*o.home.At(s.slot) = b.id
		}
		o.counts.addAll(&all, b.id, 1)
	}
}

// place is a position in an order.
type place struct{ block, pos int }

// seek returns the first place whose key is at least k.
func (o *order) seek(rows *Column[Row], k Key) place {
	key := func(it item) Key { return o.key(rows.At(it.slot())) }
	at := sort.Search(len(o.blocks), func(i int) bool {
		items := o.blocks[i].items
		return !key(items[len(items)-1]).less(k)
	})
	if at == len(o.blocks) {
		return place{at, 0}
	}
	items := o.blocks[at].items
	return place{at, sort.Search(len(items), func(i int) bool { return !key(items[i]).less(k) })}
}

func (o *order) end() place { return place{len(o.blocks), 0} }

// between yields what stands from one place up to another, in order.
func (o *order) between(from, to place) iter.Seq[[]item] {
	return func(yield func([]item) bool) {
		for i := from.block; i < len(o.blocks) && i <= to.block; i++ {
			items := o.blocks[i].items
			if i == to.block {
				items = items[:to.pos]
			}
			if i == from.block {
				items = items[min(from.pos, len(items)):]
			}
			if !yield(items) {
				return
			}
		}
	}
}

// distance counts what stands from one place up to another.
func (o *order) distance(from, to place) (n int) {
	for items := range o.between(from, to) {
		n += len(items)
	}
	return n
}

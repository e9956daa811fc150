package index_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market/catalog/index"
)

// naive is the same as an index, by sorting everything.
type naive map[index.Slot]index.Row

func (n naive) page(q index.Query) (page []index.Slot, total int) {
	for s, r := range n {
		if q.Classes>>r.Class&1 != 0 && r.Price.Compare(q.Low) >= 0 && r.Price.Compare(q.High) <= 0 {
			page = append(page, s)
		}
	}
	slices.SortFunc(page, func(s, t index.Slot) int {
		a, b := n[s], n[t]
		return cmp.Or(map[index.Order]int{
			index.Newest: cmp.Compare(b.Created, a.Created), index.Oldest: cmp.Compare(a.Created, b.Created),
			index.PriceLow: a.Price.Compare(b.Price), index.PriceHigh: b.Price.Compare(a.Price),
			index.MostSales: cmp.Compare(b.Sales, a.Sales), index.HighestRated: cmp.Compare(b.Rating, a.Rating),
		}[q.Order], strings.Compare(a.ID, b.ID))
	})
	total = len(page)
	from := min(q.Offset, total)
	return page[from:min(from+q.Limit, total)], total
}

// maker draws rows from a world of its own: few or many prices, classes and times.
type maker struct {
	r       *rand.Rand
	prices  uint64
	classes uint64
	times   int64
	rising  bool
	n       int
}

func (m *maker) row() index.Row {
	m.n++
	r := index.Row{
		ID:      fmt.Sprintf("listing_%08x", m.r.Uint32()) + fmt.Sprint(m.n),
		Class:   index.Class(m.r.Uint64N(m.classes)),
		Price:   m.price(),
		Created: m.r.Int64N(m.times) - m.times/2,
		Sales:   max(0, m.r.Int64N(20)-15),
	}
	if m.rising {
		r.Created = int64(m.n)
		r.Price.Low += uint64(m.n)
	}
	if m.r.IntN(3) == 0 {
		count := m.r.Int64N(5) + 1
		r.Rating = index.Rating(count+m.r.Int64N(4*count+1), count)
	}
	return r
}

func (m *maker) price() index.Key {
	switch m.r.IntN(20) {
	case 0:
		return index.Key{High: m.r.Uint64N(4), Low: m.r.Uint64N(m.prices)}
	case 1:
		return index.MaxKey
	case 2:
		return index.Key{}
	}
	return index.Key{Low: m.r.Uint64N(m.prices)}
}

func (m *maker) query() index.Query {
	q := index.Query{
		Order: index.Order(m.r.IntN(6)), Classes: index.Classes(m.r.Uint32()), High: index.MaxKey,
		Offset: m.r.IntN(30), Limit: m.r.IntN(30),
	}
	if m.r.IntN(3) == 0 {
		q.Classes = math.MaxUint16
	}
	if m.r.IntN(2) == 0 {
		q.Offset = m.r.IntN(1000)
	}
	if m.r.IntN(3) > 0 {
		q.Low = m.price()
	}
	if m.r.IntN(3) > 0 {
		q.High = m.price()
	}
	return q
}

func check(t require.TestingT, x *index.Index, n naive, q index.Query) {
	page, total := x.Page(q)
	want, wantTotal := n.page(q)
	require.Equal(t, wantTotal, total, "%+v", q)
	require.True(t, slices.Equal(want, page), "%+v: got %v want %v", q, page, want)
}

// TestPages compares pages with sorting everything, while listings come, change and
// go.
func TestPages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &maker{
			r:       rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)),
			prices:  rapid.SampledFrom([]uint64{1, 3, 1000, math.MaxUint64}).Draw(t, "prices"),
			classes: rapid.Uint64Range(1, index.MaxClasses).Draw(t, "classes"),
			times:   rapid.SampledFrom([]int64{2, 1000, math.MaxInt64}).Draw(t, "times"),
			rising:  rapid.Bool().Draw(t, "rising"),
		}
		rows := make([]index.Row, rapid.SampledFrom([]int{0, 1, 100, 1000}).Draw(t, "built"))
		n := naive{}
		for i := range rows {
			rows[i] = m.row()
			n[index.Slot(i)] = rows[i]
		}
		x := index.BuildSmall(rows)
		slots := make([]index.Slot, len(rows))
		for i := range slots {
			slots[i] = index.Slot(i)
		}
		grow := rapid.Float64Range(0.1, 1).Draw(t, "growth")
		for range rapid.SampledFrom([]int{10, 1000, 3000}).Draw(t, "changes") {
			switch i := m.r.IntN(len(slots) + 1); {
			case i == len(slots) || m.r.Float64() < grow:
				r := m.row()
				s := x.Insert(r)
				_, held := n[s] // NotContains would compare it with every key
				require.False(t, held)
				n[s] = r
				slots = append(slots, s)
			case m.r.IntN(3) == 0:
				r := m.row()
				if m.r.IntN(2) == 0 {
					r.Class, r.Price, r.ID = n[slots[i]].Class, n[slots[i]].Price, n[slots[i]].ID
				}
				x.Replace(slots[i], r)
				n[slots[i]] = r
			default:
				x.Remove(slots[i])
				delete(n, slots[i])
				slots = slices.Delete(slots, i, i+1)
			}
		}
		require.Equal(t, len(n), x.Len())
		for range 20 {
			check(t, x, n, m.query())
		}
	})
}

// TestRating orders means as fractions are ordered, to the last digit.
func TestRating(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		mean := func(name string) (sum, count int64) {
			count = rapid.Int64Range(1, 1<<30-1).Draw(t, name)
			return rapid.Int64Range(count, 5*count).Draw(t, name), count
		}
		s1, c1 := mean("a")
		s2, c2 := mean("b")
		if rapid.Bool().Draw(t, "near") {
			s2, c2 = min(s1+1, 5*c1), c1
		}
		require.Equal(t, cmp.Compare(s1*c2, s2*c1), cmp.Compare(index.Rating(s1, c1), index.Rating(s2, c2)))
		require.Positive(t, index.Rating(s1, c1))
	})
	require.Zero(t, index.Rating(0, 0))
}

// TestHint keeps the order of keys.
func TestHint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.Custom(func(t *rapid.T) index.Key {
			k := index.Key{High: rapid.Uint64().Draw(t, "high"), Low: rapid.Uint64().Draw(t, "low")}
			switch shift := rapid.IntRange(0, 127).Draw(t, "shift"); {
			case shift < 64:
				return index.Key{High: k.High >> shift, Low: k.Low}
			default:
				return index.Key{Low: k.Low >> (shift - 64)}
			}
		})
		a, b := key.Draw(t, "a"), key.Draw(t, "b")
		if rapid.Bool().Draw(t, "near") {
			b = index.Key{High: a.High, Low: a.Low + 1}
		}
		if a.Compare(b) > 0 {
			a, b = b, a
		}
		require.LessOrEqual(t, index.HintOf(a), index.HintOf(b))
	})
	require.Less(t, index.HintOf(index.Key{Low: 1 << 20}), index.HintOf(index.Key{Low: 1<<20 + 1<<11}))
}

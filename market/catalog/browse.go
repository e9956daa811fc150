package catalog

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"

	"privd/market"
	"privd/market/listing"
)

// Sort is an order of a page.
type Sort string

// The documented orders; ties are broken by id.
const (
	Newest       Sort = "newest"
	Oldest       Sort = "oldest"
	PriceLow     Sort = "price_low"
	PriceHigh    Sort = "price_high"
	MostSales    Sort = "most_sales"
	HighestRated Sort = "highest_rated"
)

// Query asks for one page.
type Query struct {
	Category listing.Category // empty for all
	DataType string           // empty for all
	MinPrice *market.Amount   // inclusive
	MaxPrice *market.Amount   // inclusive
	Data     bool             // include data listings
	OnlyData bool             // nothing but data listings
	Sort     Sort
	Offset   int
	Limit    int
}

var orders = map[Sort]func(a, b *Entry) int{
	Newest:       func(a, b *Entry) int { return cmp.Compare(b.CreatedAt, a.CreatedAt) },
	Oldest:       func(a, b *Entry) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) },
	PriceLow:     func(a, b *Entry) int { return a.Price.Cmp(b.Price) },
	PriceHigh:    func(a, b *Entry) int { return b.Price.Cmp(a.Price) },
	MostSales:    func(a, b *Entry) int { return cmp.Compare(b.Sales, a.Sales) },
	HighestRated: func(*Entry, *Entry) int { return 0 }, // nothing is rated yet: by id
}

// ParseSort reads a sort parameter; empty means newest.
func ParseSort(s string) (Sort, error) {
	if s == "" {
		return Newest, nil
	}
	if _, ok := orders[Sort(s)]; !ok {
		return "", market.BadField("sort", "sort must be one of newest, oldest, price_low, price_high, most_sales, highest_rated")
	}
	return Sort(s), nil
}

// Browse returns one page and the exact number of listings that match.
func (c *Catalog) Browse(q Query) (page []Entry, total int) {
	by := orders[q.Sort]
	less := func(a, b *Entry) int { return cmp.Or(by(a, b), strings.Compare(string(a.ID), string(b.ID))) }
	best := &worstFirst{less: less, limit: q.Offset + q.Limit}
	c.mu.RLock()
	for _, e := range c.entries {
		if q.matches(e) {
			total++
			best.offer(e)
		}
	}
	c.mu.RUnlock()
	slices.SortFunc(best.kept, less)
	for _, e := range best.kept[min(q.Offset, len(best.kept)):] {
		page = append(page, *e)
	}
	return page, total
}

func (q Query) matches(e *Entry) bool {
	data := e.DataType != ""
	switch {
	case data && !q.Data && !q.OnlyData, !data && q.OnlyData:
		return false
	case q.Category != "" && e.Category != q.Category, q.DataType != "" && e.DataType != q.DataType:
		return false
	case q.MinPrice != nil && e.Price.Cmp(*q.MinPrice) < 0, q.MaxPrice != nil && e.Price.Cmp(*q.MaxPrice) > 0:
		return false
	}
	return true
}

// worstFirst is a heap that keeps the first limit entries of an order.
type worstFirst struct {
	less  func(a, b *Entry) int
	limit int
	kept  []*Entry
}

func (h *worstFirst) offer(e *Entry) {
	switch {
	case len(h.kept) < h.limit:
		heap.Push(h, e)
	case h.limit > 0 && h.less(e, h.kept[0]) < 0:
		h.kept[0] = e
		heap.Fix(h, 0)
	}
}

func (h *worstFirst) Len() int           { return len(h.kept) }
func (h *worstFirst) Less(i, j int) bool { return h.less(h.kept[i], h.kept[j]) > 0 }
func (h *worstFirst) Swap(i, j int)      { h.kept[i], h.kept[j] = h.kept[j], h.kept[i] }
func (h *worstFirst) Push(x any)         { h.kept = append(h.kept, x.(*Entry)) }
func (h *worstFirst) Pop() any {
	last := h.kept[len(h.kept)-1]
	h.kept = h.kept[:len(h.kept)-1]
	return last
}

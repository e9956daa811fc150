package catalog

import (
	"context"

	"privd/market"
	"privd/market/catalog/index"
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
	HighestRated Sort = "highest_rated" // by the mean; what nobody rated comes last
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

var orders = map[Sort]index.Order{
	Newest: index.Newest, Oldest: index.Oldest, PriceLow: index.PriceLow, PriceHigh: index.PriceHigh,
	MostSales: index.MostSales, HighestRated: index.HighestRated,
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
func (c *Catalog) Browse(ctx context.Context, q Query) (page []Entry, total int, err error) {
	hits, total, err := c.Find(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	page = make([]Entry, len(hits))
	for i := range hits {
		if page[i], err = hits[i].Entry(); err != nil {
			return nil, 0, err
		}
	}
	return page, total, nil
}

// Find is Browse for those who may know what a hit shows.
func (c *Catalog) Find(ctx context.Context, q Query) (page []Hit, total int, err error) {
	low, high, some := q.prices()
	if !some {
		return nil, 0, nil
	}
	page, total = c.find(index.Query{Order: orders[q.Sort], Classes: q.classes(), Low: low, High: high, Offset: q.Offset, Limit: q.Limit})
	found := len(page)
	page, err = c.readLong(ctx, page)
	return page, total - (found - len(page)), err
}

// find returns a page as it stands at one moment.
func (c *Catalog) find(q index.Query) (page []Hit, total int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	slots, total := c.held.index.Page(q)
	page = make([]Hit, len(slots))
	for i, slot := range slots {
		page[i] = c.held.hit(slot)
	}
	return page, total
}

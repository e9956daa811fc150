package node

import (
	"context"

	"privd/market"
	"privd/storage/records"
)

// Catalog bounds what other nodes may have this one keep of their listings.
type Catalog struct {
	MostListings int   `toml:"most_listings"`
	MostBytes    int64 `toml:"most_bytes"` // of the whole database, from which no other listing is taken
}

func defaultCatalog() Catalog { return Catalog{MostListings: 1_000_000, MostBytes: 8 << 30} }

func (c Catalog) validate() error {
	switch {
	case c.MostListings < 1:
		return market.BadField("catalog.most_listings", "catalog.most_listings must be at least 1")
	case c.MostBytes < 1:
		return market.BadField("catalog.most_bytes", "catalog.most_bytes must be at least 1")
	}
	return nil
}

// room reports whether the catalog takes another listing of a seller. Who has sold
// something finds room for longer: a flood of sellers whom nobody knows does not keep
// the others out.
func (n *Node) room(ctx context.Context, seller market.Address) bool {
	limit, listings, bytes := n.cfg.Catalog, n.catalog.Len(), n.records.Size()
	if listings < limit.MostListings && bytes < limit.MostBytes {
		return true
	}
	if listings/2 >= limit.MostListings || bytes/2 >= limit.MostBytes {
		return false
	}
	sold := false
	err := n.records.View(ctx, func(tx *records.Tx) error {
		stats, err := tx.SellerStats(seller)
		sold = stats.Settled > 0
		return err
	})
	return err == nil && sold
}

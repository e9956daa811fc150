package catalog

import (
	"context"
	"errors"

	"privd/market"
	"privd/market/rating"
	"privd/market/seal"
)

// Standing is what the chain and the buyers say of a listing and of its seller.
type Standing struct {
	Sales, SellerSales                 int64
	RatingSum, RatingCount             int64
	SellerRatingSum, SellerRatingCount int64
	SellerVerified                     bool // one sale of the seller is settled
}

// standing adds up how a listing and its seller stand.
func standing(tx Tx, id market.ListingID, seller market.Address) (s Standing, err error) {
	hash := seal.ListingHash(id)
	sold, err := tx.ListingStats(hash)
	if err != nil {
		return s, err
	}
	all, err := tx.SellerStats(seller)
	if err != nil {
		return s, err
	}
	rated, err := tx.ListingRatings(hash)
	if err != nil {
		return s, err
	}
	trusted, err := tx.SellerRatings(seller)
	return Standing{
		Sales: sold.Sales(), SellerSales: all.Sales(), SellerVerified: all.Settled > 0,
		RatingSum: rated.Sum, RatingCount: rated.Count, SellerRatingSum: trusted.Sum, SellerRatingCount: trusted.Count,
	}, err
}

// Ratings is the part of a transaction that knows what buyers say.
type Ratings interface {
	ListingRatings(market.Hash) (rating.Stats, error)
	SellerRatings(market.Address) (rating.Stats, error)
}

// Stand makes the entry show a standing.
func (e *Entry) Stand(s Standing) {
	e.Sales, e.SellerSales, e.SellerVerified = s.Sales, s.SellerSales, s.SellerVerified
	e.RatingSum, e.RatingCount = s.RatingSum, s.RatingCount
	e.SellerRatingSum, e.SellerRatingCount = s.SellerRatingSum, s.SellerRatingCount
}

// Standing returns how a listing stands, on sale or not, and its seller.
func (c *Catalog) Standing(ctx context.Context, id market.ListingID, seller market.Address) (s Standing, err error) {
	err = c.store.View(ctx, func(tx Tx) error { s, err = standing(tx, id, seller); return err })
	return s, err
}

// RefreshSeller brings every listing of a seller up to date with the records: a
// seller's standing shows on all of them.
func (c *Catalog) RefreshSeller(ctx context.Context, seller market.Address) error {
	var failed error
	for _, id := range c.soldBy(seller) {
		failed = errors.Join(failed, c.Refresh(ctx, id))
	}
	return failed
}

// soldBy lists what a seller has on sale.
func (c *Catalog) soldBy(seller market.Address) (ids []market.ListingID) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for id, e := range c.entries {
		if e.Seller == seller {
			ids = append(ids, id)
		}
	}
	return ids
}

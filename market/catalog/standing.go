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
	if err := s.ofSeller(tx, seller); err != nil {
		return s, err
	}
	return s, s.ofListing(tx, seal.ListingHash(id))
}

func (s *Standing) ofListing(tx Tx, listing market.Hash) error {
	sold, err := tx.ListingStats(listing)
	if err != nil {
		return err
	}
	rated, err := tx.ListingRatings(listing)
	s.Sales, s.RatingSum, s.RatingCount = sold.Sales(), rated.Sum, rated.Count
	return err
}

func (s *Standing) ofSeller(tx Tx, seller market.Address) error {
	sold, err := tx.SellerStats(seller)
	if err != nil {
		return err
	}
	rated, err := tx.SellerRatings(seller)
	s.SellerSales, s.SellerVerified = sold.Sales(), sold.Settled > 0
	s.SellerRatingSum, s.SellerRatingCount = rated.Sum, rated.Count
	return err
}

// Ratings is the part of a transaction that knows what buyers say.
type Ratings interface {
	ListingRatings(market.Hash) (rating.Stats, error)
	// EachListingRatings calls each with every listing that was rated.
	EachListingRatings(each func(market.Hash, rating.Stats)) error
	SellerRatings(market.Address) (rating.Stats, error)
}

// Stand makes the entry show a standing.
func (e *Entry) Stand(s Standing) {
	e.Sales, e.SellerSales, e.SellerVerified = s.Sales, s.SellerSales, s.SellerVerified
	e.RatingSum, e.RatingCount = s.RatingSum, s.RatingCount
	e.SellerRatingSum, e.SellerRatingCount = s.SellerRatingSum, s.SellerRatingCount
}

// Standing returns the standing that the entry shows.
func (e *Entry) Standing() Standing {
	return Standing{
		Sales: e.Sales, SellerSales: e.SellerSales, SellerVerified: e.SellerVerified, RatingSum: e.RatingSum, RatingCount: e.RatingCount,
		SellerRatingSum: e.SellerRatingSum, SellerRatingCount: e.SellerRatingCount,
	}
}

// Standing returns how a listing stands, on sale or not, and its seller.
func (c *Catalog) Standing(ctx context.Context, id market.ListingID, seller market.Address) (s Standing, err error) {
	err = c.store.View(ctx, func(tx Tx) error { s, err = standing(tx, id, seller); return err })
	return s, err
}

// Stood brings up to date how a listing, if it is on sale, and its seller stand. A
// seller's standing is held once and shows on all it has on sale.
func (c *Catalog) Stood(ctx context.Context, listing market.Hash, seller market.Address) error {
	c.refreshing.Lock()
	defer c.refreshing.Unlock()
	var s Standing
	var id market.ListingID
	err := c.store.View(ctx, func(tx Tx) error {
		o, err := tx.OfferByHash(listing)
		if err != nil && !errors.Is(err, market.ErrNotFound) {
			return err
		}
		id = o.ID
		return errors.Join(s.ofListing(tx, listing), s.ofSeller(tx, seller))
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held.stand(id, seller, s)
	return nil
}

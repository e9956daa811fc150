package records

import (
	"errors"

	"privd/market"
	"privd/market/rating"
)

var _ rating.Tx = (*Tx)(nil)

// Rating implements rating.Tx.
func (tx *Tx) Rating(purchase market.Hash) (rating.Rating, error) {
	return ratings.get(tx, hashKey(purchase))
}

// PutRating implements rating.Tx.
func (tx *Tx) PutRating(r rating.Rating) error { return ratings.put(tx, r) }

// RatingsAfter implements rating.Tx.
func (tx *Tx) RatingsAfter(after market.Hash, each func(rating.Rating) bool) error {
	// The hash itself plus a byte: the next key there can be.
	return ratings.from(tx, nil, append(hashKey(after), 0), each)
}

// ListingRatings implements rating.Tx.
func (tx *Tx) ListingRatings(listing market.Hash) (rating.Stats, error) {
	return orUnrated(listingRatings.get(tx, hashKey(listing)))
}

// PutListingRatings implements rating.Tx.
func (tx *Tx) PutListingRatings(listing market.Hash, s rating.Stats) error {
	return listingRatings.putAt(tx, hashKey(listing), s)
}

// SellerRatings implements rating.Tx.
func (tx *Tx) SellerRatings(seller market.Address) (rating.Stats, error) {
	return orUnrated(sellerRatings.get(tx, addressKey(seller)))
}

// PutSellerRatings implements rating.Tx.
func (tx *Tx) PutSellerRatings(seller market.Address, s rating.Stats) error {
	return sellerRatings.putAt(tx, addressKey(seller), s)
}

func orUnrated(s rating.Stats, err error) (rating.Stats, error) {
	if errors.Is(err, market.ErrNotFound) {
		return rating.Stats{}, nil
	}
	return s, err
}

package records

import (
	"privd/market"
	"privd/market/ledger"
	"privd/market/rating"
)

// EachListingStats implements catalog.Tx.
func (tx *Tx) EachListingStats(each func(market.Hash, ledger.Stats)) error {
	return eachHash(tx, listingStats, each)
}

// EachListingRatings implements catalog.Tx.
func (tx *Tx) EachListingRatings(each func(market.Hash, rating.Stats)) error {
	return eachHash(tx, listingRatings, each)
}

// eachHash calls each with the rows of a table whose key is a hash.
func eachHash[V any](tx *Tx, t *table[V], each func(market.Hash, V)) error {
	err := tx.scan(t.at(nil), nil, false, func(k, b []byte) (bool, error) {
		var v V
		if err := tx.codec.decode(b, &v); err != nil {
			return false, err
		}
		each(market.Hash(k[1:]), v)
		return true, nil
	})
	return t.fault(err)
}

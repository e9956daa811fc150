package records

import (
	"errors"

	"privd/market"
	"privd/market/catalog"
	"privd/market/listing"
)

var (
	_ listing.Tx = (*Tx)(nil)
	_ catalog.Tx = (*Tx)(nil)
)

// Listing implements listing.Tx.
func (tx *Tx) Listing(id market.ListingID) (listing.Listing, error) {
	return listings.get(tx, textKey(id))
}

// ListingByHash implements listing.Tx.
func (tx *Tx) ListingByHash(h market.Hash) (listing.Listing, error) {
	return listings.find(tx, "hash", hashKey(h))
}

// PutListing implements listing.Tx.
func (tx *Tx) PutListing(l listing.Listing) error { return listings.put(tx, l) }

// ListingsOf implements listing.Tx.
func (tx *Tx) ListingsOf(user market.UserID) ([]listing.Listing, error) {
	return collect(listings.by, tx, "owner", textKey(user))
}

// HeldListings implements listing.Tx.
func (tx *Tx) HeldListings(each func(listing.Listing) bool) error {
	return listings.by(tx, "held", nil, each)
}

// EachListing calls each with every listing of this node, in order of id, until it
// returns false.
func (tx *Tx) EachListing(each func(listing.Listing) bool) error {
	return listings.each(tx, nil, each)
}

// Offer implements listing.Tx.
func (tx *Tx) Offer(id market.ListingID) (listing.Offer, error) { return offers.get(tx, textKey(id)) }

// OfferByHash implements listing.Tx.
func (tx *Tx) OfferByHash(h market.Hash) (listing.Offer, error) {
	return offers.find(tx, "hash", hashKey(h))
}

// PutOffer implements listing.Tx. What the catalog shows of the offer is stored
// beside it.
func (tx *Tx) PutOffer(o listing.Offer) error {
	card, err := catalog.CardOf(o)
	if err != nil {
		return err
	}
	return errors.Join(offers.put(tx, o), tx.PutCard(o.ID, card))
}

// DeleteOffer implements listing.Tx.
func (tx *Tx) DeleteOffer(id market.ListingID) error {
	return errors.Join(offers.remove(tx, textKey(id)), cards.remove(tx, textKey(id)))
}

// Card implements catalog.Tx.
func (tx *Tx) Card(id market.ListingID) (catalog.Card, error) { return cards.get(tx, textKey(id)) }

// Cards implements catalog.Tx.
func (tx *Tx) Cards(each func(catalog.Card) bool) error { return cards.each(tx, nil, each) }

// PutCard implements catalog.Tx.
func (tx *Tx) PutCard(id market.ListingID, c catalog.Card) error {
	return cards.putAt(tx, textKey(id), c)
}

// Offers implements listing.Tx.
func (tx *Tx) Offers(each func(listing.Offer) bool) error { return offers.each(tx, nil, each) }

// OffersAfter implements listing.Tx.
func (tx *Tx) OffersAfter(after market.Hash, each func(listing.Offer) bool) error {
	// The hash itself plus a byte: the next index key there can be.
	return offers.byFrom(tx, "hash", nil, append(hashKey(after), 0), each)
}

// OffersExpired implements listing.Tx.
func (tx *Tx) OffersExpired(before uint64, limit int) (ids []market.ListingID, err error) {
	if before == 0 || limit <= 0 {
		return nil, nil
	}
	err = offers.until(tx, "expiry", key(nil).number(before-1), func(o listing.Offer) bool {
		ids = append(ids, o.ID)
		return len(ids) < limit
	})
	return ids, err
}

// Withdrawal implements listing.Tx.
func (tx *Tx) Withdrawal(h market.Hash) (listing.Withdrawal, error) {
	return withdrawals.get(tx, hashKey(h))
}

// WithdrawalsAfter implements listing.Tx.
func (tx *Tx) WithdrawalsAfter(after market.Hash, each func(listing.Withdrawal) bool) error {
	return withdrawals.from(tx, nil, append(hashKey(after), 0), each)
}

// PutWithdrawal implements listing.Tx.
func (tx *Tx) PutWithdrawal(w listing.Withdrawal) error { return withdrawals.put(tx, w) }

// Wanted implements listing.Tx.
func (tx *Tx) Wanted(h market.Hash) (listing.Wanted, error) { return wanted.get(tx, hashKey(h)) }

// PutWanted implements listing.Tx.
func (tx *Tx) PutWanted(w listing.Wanted) error { return wanted.put(tx, w) }

// DeleteWanted implements listing.Tx.
func (tx *Tx) DeleteWanted(h market.Hash) error { return wanted.remove(tx, hashKey(h)) }

// CountWantedOf implements listing.Tx.
func (tx *Tx) CountWantedOf(peer string, limit int) (int, error) {
	return wanted.countBy(tx, "peer", textKey(peer), limit)
}

// CountWanted implements listing.Tx.
func (tx *Tx) CountWanted(limit int) (int, error) { return wanted.count(tx, limit) }

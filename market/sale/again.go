package sale

import (
	"context"
	"errors"

	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/seal"
)

// unanswered returns the key of a sale that was sealed with just these terms, is paid and
// is still open: its buyer lost the answer. What else has changed since, be it the
// price, the listing or the time, does not matter to what is paid.
func (d *Desk) unanswered(ctx context.Context, r delivery.SealRequest) (key seal.Key, paid bool, err error) {
	if r.Order.Sealer != d.Sealer {
		return key, false, nil
	}
	var l listing.Listing
	err = d.Store.View(ctx, func(tx Tx) error { l, err = tx.ListingByHash(r.Order.Listing); return err })
	if errors.Is(err, market.ErrNotFound) {
		return key, false, nil
	}
	if err != nil {
		return key, false, err
	}
	if key, err = d.listingKey(ctx, l.ID, r.Order); err != nil {
		// Without the key there is nothing to give again; the usual checks say why.
		if delivery.RefusalOf(err) != nil {
			err = nil
		}
		return key, false, err
	}
	var state deal.State
	id := d.Domain.Purchase(d.Domain.Deal(d.sale(r, key)))
	err = d.Store.View(ctx, func(tx Tx) error { state, err = ledger.StateOf(tx, id); return err })
	return key, state.Status == deal.StatusPurchased || state.Status == deal.StatusRevealed, err
}

// sale returns what the sealer signs for a request.
func (d *Desk) sale(r delivery.SealRequest, key seal.Key) seal.Sale {
	offer := d.Domain.Offer(r.Order, r.Terms)
	opener := seal.Opener(d.Secret, offer)
	return seal.Sale{Order: r.Order, Terms: r.Terms, SealedHash: seal.Seal(key, opener, offer).Commitment(), Lock: opener.Commitment()}
}

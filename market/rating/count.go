package rating

import (
	"errors"

	"privd/market"
	"privd/market/deal"
	"privd/market/ledger"
)

// counts reports whether ratings of a purchase that stands like this count.
func counts(state deal.State) bool {
	return state.Status != deal.StatusNone && state.Status != deal.StatusRefunded
}

// settle brings the statistics in line with how the purchase stands, and stores the
// rating. It changes nothing when it is called again: the row itself says whether it
// is part of the sums, so that events may come, go and come back.
func settle(tx Tx, r Rating, state deal.State) (Rating, error) {
	if want := counts(state); want != r.Counted {
		if err := adjust(tx, r, want); err != nil {
			return r, err
		}
		r.Counted = want
	}
	return r, tx.PutRating(r)
}

// adjust adds the rating to the sums of its listing and its seller, or takes it out.
func adjust(tx Tx, r Rating, in bool) error {
	change := Stats{Sum: int64(r.Signed.Stars), Count: 1}
	if !in {
		change = Stats{Sum: -change.Sum, Count: -1}
	}
	l, err := tx.ListingRatings(r.Listing)
	if err != nil {
		return err
	}
	s, err := tx.SellerRatings(r.Seller)
	if err != nil {
		return err
	}
	return errors.Join(
		tx.PutListingRatings(r.Listing, Stats{Sum: l.Sum + change.Sum, Count: l.Count + change.Count}),
		tx.PutSellerRatings(r.Seller, Stats{Sum: s.Sum + change.Sum, Count: s.Count + change.Count}))
}

// keep stores a rating unless one that counts rather is held; Conflict then.
func keep(tx Tx, r Rating, state deal.State) (Rating, error) {
	held, err := tx.Rating(r.Signed.Purchase)
	switch {
	case err == nil && held.Signed.Stars <= r.Signed.Stars:
		return held, errKnown
	case err == nil:
		r.Own = r.Own || held.Own
		if held.Counted {
			if err := adjust(tx, held, false); err != nil {
				return r, err
			}
		}
	case !errors.Is(err, market.ErrNotFound):
		return r, err
	}
	switch l, err := tx.ListingByHash(r.Listing); {
	case err == nil && l.Wallet == r.Seller:
		r.Owner, r.ListingID = l.Owner, l.ID
	case err != nil && !errors.Is(err, market.ErrNotFound):
		return r, err
	}
	return settle(tx, r, state)
}

var errKnown = market.Fail(market.Conflict, "the rating is known already")

// Booked lets ratings follow the chain: part of the transaction that stores an event
// or takes it back.
func (s *Service) Booked(tx Tx, e deal.Event) error {
	if e.Kind != deal.Purchased && e.Kind != deal.Refunded {
		return nil
	}
	r, err := tx.Rating(e.Purchase)
	if errors.Is(err, market.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	state, err := ledger.StateOf(tx, e.Purchase)
	if err != nil {
		return err
	}
	if r, err = settle(tx, r, state); err != nil || !r.Own || !r.Counted {
		return err
	}
	return s.publishSoon(tx, r)
}

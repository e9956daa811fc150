package records

import (
	"errors"

	"privd/market"
	"privd/market/deal"
	"privd/market/ledger"
)

var _ ledger.Tx = (*Tx)(nil)

// Marks implements ledger.Tx.
func (tx *Tx) Marks() (all []deal.Mark, err error) {
	err = marks.each(tx, nil, func(m deal.Mark) bool {
		all = append(all, m)
		return true
	})
	return all, err
}

// PutMark implements ledger.Tx.
func (tx *Tx) PutMark(m deal.Mark) error { return marks.put(tx, m) }

// DeleteMark implements ledger.Tx.
func (tx *Tx) DeleteMark(number uint64) error { return marks.remove(tx, key(nil).number(number)) }

// PutEvent implements ledger.Tx.
func (tx *Tx) PutEvent(e deal.Event) error { return events.put(tx, e) }

// DeleteEvent implements ledger.Tx.
func (tx *Tx) DeleteEvent(e deal.Event) error { return events.remove(tx, events.keyOf(e)) }

// EventsOf implements ledger.Tx.
func (tx *Tx) EventsOf(h market.Hash) ([]deal.Event, error) {
	return collect(events.by, tx, "purchase", hashKey(h))
}

// EventsAbove implements ledger.Tx.
func (tx *Tx) EventsAbove(number uint64) ([]deal.Event, error) {
	return tx.EventsBetween(number, 1<<64-1)
}

// EventsBetween implements ledger.Tx.
func (tx *Tx) EventsBetween(above, to uint64) (all []deal.Event, err error) {
	if above >= to {
		return nil, nil
	}
	err = events.from(tx, nil, key(nil).number(above+1), func(e deal.Event) bool {
		if e.Block > to {
			return false
		}
		all = append(all, e)
		return true
	})
	return all, err
}

// Agreed implements ledger.Tx.
func (tx *Tx) Agreed() (deal.Mark, error) {
	mark, err := agreed.get(tx, nil)
	if errors.Is(err, market.ErrNotFound) {
		return deal.Mark{}, nil
	}
	return mark, err
}

// PutAgreed implements ledger.Tx.
func (tx *Tx) PutAgreed(m deal.Mark) error { return agreed.putAt(tx, nil, m) }

// ListingStats implements ledger.Tx. A listing nobody bought has zeros.
func (tx *Tx) ListingStats(h market.Hash) (ledger.Stats, error) {
	return orZero(listingStats.get(tx, hashKey(h)))
}

// PutListingStats implements ledger.Tx.
func (tx *Tx) PutListingStats(h market.Hash, s ledger.Stats) error {
	return listingStats.putAt(tx, hashKey(h), s)
}

// SellerStats implements ledger.Tx. A seller who sold nothing has zeros.
func (tx *Tx) SellerStats(a market.Address) (ledger.Stats, error) {
	return orZero(sellerStats.get(tx, addressKey(a)))
}

// PutSellerStats implements ledger.Tx.
func (tx *Tx) PutSellerStats(a market.Address, s ledger.Stats) error {
	return sellerStats.putAt(tx, addressKey(a), s)
}

func orZero(s ledger.Stats, err error) (ledger.Stats, error) {
	if errors.Is(err, market.ErrNotFound) {
		return ledger.Stats{}, nil
	}
	return s, err
}

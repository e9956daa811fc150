package catalog

import (
	"context"
	"errors"

	"privd/market"
	"privd/market/catalog/index"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/rating"
	"privd/market/seal"
)

// Load takes in the cards of all offers, in place of what the catalog held.
func (c *Catalog) Load(ctx context.Context) error {
	c.refreshing.Lock()
	defer c.refreshing.Unlock()
	h, err := c.load(ctx)
	if errors.Is(err, errCard) || (err == nil && h.index.Len() == 0) {
		// The cards are of another form, or the offers were stored before there were
		// any.
		if err := c.writeCards(ctx); err != nil {
			return err
		}
		h, err = c.load(ctx)
	}
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = h
	return nil
}

func (c *Catalog) load(ctx context.Context) (*held, error) {
	l := loader{sellers: map[market.Address]*seller{}, standings: map[market.Hash]Standing{}}
	err := c.store.View(ctx, func(tx Tx) error {
		if err := l.stand(tx); err != nil {
			return err
		}
		var failed error
		err := tx.Cards(func(card Card) bool {
			failed = l.take(tx, card)
			return failed == nil && ctx.Err() == nil
		})
		return errors.Join(err, failed, ctx.Err())
	})
	if err != nil {
		return nil, err
	}
	return l.held(), nil
}

// loader gathers what a catalog holds before it is put in order.
type loader struct {
	rows      []index.Row
	stock     []stock
	sellers   map[market.Address]*seller
	standings map[market.Hash]Standing // of listings that were sold or rated
}

// stand reads how listings stand all at once: to look for each of a million would
// take longer than all else.
func (l *loader) stand(tx Tx) error {
	err := tx.EachListingStats(func(h market.Hash, sold ledger.Stats) {
		s := l.standings[h]
		s.Sales = sold.Sales()
		l.standings[h] = s
	})
	return errors.Join(err, tx.EachListingRatings(func(h market.Hash, rated rating.Stats) {
		s := l.standings[h]
		s.RatingSum, s.RatingCount = rated.Sum, rated.Count
		l.standings[h] = s
	}))
}

func (l *loader) take(tx Tx, card Card) error {
	text := string(card)
	var e Entry
	r := &reader{rest: text}
	if e.readHead(r); r.failed {
		return errCard
	}
	s := l.sellers[e.Seller]
	if s == nil {
		s = &seller{address: e.Seller}
		if err := s.standing.ofSeller(tx, e.Seller); err != nil {
			return err
		}
		l.sellers[e.Seller] = s
	}
	s.listings++
	e.keep(text)
	if len(l.standings) > 0 {
		e.Stand(l.standings[seal.ListingHash(e.ID)])
	}
	l.rows = append(l.rows, row(&e))
	l.stock = append(l.stock, newStock(&e, text, s, uint64(len(l.rows))))
	return nil
}

func (l *loader) held() *held {
	h := &held{index: index.Build(l.rows), slots: make(map[market.ListingID]index.Slot, len(l.rows)), sellers: l.sellers, changes: uint64(len(l.rows))}
	if n := len(l.stock); n > 0 {
		h.stock.Grow(index.Slot(n - 1))
	}
	for i := range l.rows {
		slot := index.Slot(i)
		h.slots[market.ListingID(l.rows[i].ID)] = slot
		*h.stock.At(slot) = l.stock[i]
	}
	return h
}

// cardBatch is how many missing cards are written at once.
const cardBatch = 500

// writeCards makes the cards of all offers.
func (c *Catalog) writeCards(ctx context.Context) error {
	var ids []market.ListingID
	var cards []Card
	err := c.store.View(ctx, func(tx Tx) error {
		var failed error
		err := tx.Offers(func(o listing.Offer) bool {
			card, err := CardOf(o)
			ids, cards, failed = append(ids, o.ID), append(cards, card), err
			return err == nil
		})
		return errors.Join(err, failed)
	})
	for from := 0; from < len(ids) && err == nil; from += cardBatch {
		to := min(from+cardBatch, len(ids))
		err = c.store.Update(ctx, func(tx Tx) error {
			for i := from; i < to; i++ {
				if err := tx.PutCard(ids[i], cards[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return err
}

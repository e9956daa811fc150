package catalog

import (
	"context"
	"errors"
	"slices"

	"privd/market"
	"privd/market/catalog/index"
)

// Hit is one listing of a page as it stood when it was found. To show it again
// costs nothing but a comparison: two hits of one ID with one Revision that is not
// zero, and with one Standing, show the same.
type Hit struct {
	ID market.ListingID
	// Revision changes whenever what the seller says changes, and is not given twice
	// while the process lives. Zero tells nothing.
	Revision uint64
	Standing Standing

	card    string // empty until it is read, when it is long
	price   market.Amount
	created int64 // unix milliseconds
	gone    bool  // went off sale before it was read
}

// HitOf returns a hit that shows an entry.
func HitOf(e Entry, revision uint64) Hit {
	return Hit{ID: e.ID, Revision: revision, Standing: e.Standing(), card: string(e.card()), price: e.Price, created: e.CreatedAt}
}

// Entry returns what the hit shows.
func (h *Hit) Entry() (Entry, error) {
	var e Entry
	if err := e.read(h.card); err != nil {
		return e, err
	}
	// A long card may be newer than what it was found by.
	e.Price, e.CreatedAt = h.price, h.created
	e.Stand(h.Standing)
	return e, nil
}

// hit returns what is held of the listing in a slot in use. The card is missing
// when it is long: it has to be read from the records.
func (h *held) hit(slot index.Slot) Hit {
	r, k := h.index.Row(slot), h.stock.At(slot)
	s := k.seller.standing
	s.Sales, s.RatingSum, s.RatingCount = r.Sales, k.ratingSum, k.ratingCount
	return Hit{ID: market.ListingID(r.ID), Revision: k.revision, Standing: s, card: k.card, price: amount(r.Price), created: r.Created}
}

// readLong reads the long cards of a page from the records, and drops the hits that
// went off sale meanwhile.
func (c *Catalog) readLong(ctx context.Context, page []Hit) ([]Hit, error) {
	if !slices.ContainsFunc(page, func(h Hit) bool { return h.card == "" }) {
		return page, nil
	}
	err := c.store.View(ctx, func(tx Tx) error {
		for i := range page {
			h := &page[i]
			if h.card != "" {
				continue
			}
			card, err := tx.Card(h.ID)
			if errors.Is(err, market.ErrNotFound) {
				h.gone = true
				continue
			}
			if err != nil {
				return err
			}
			h.card = string(card)
		}
		return nil
	})
	return slices.DeleteFunc(page, func(h Hit) bool { return h.gone }), err
}

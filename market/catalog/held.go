package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"

	"privd/market"
	"privd/market/catalog/index"
)

// held is what the catalog has in memory.
type held struct {
	index   *index.Index
	slots   map[market.ListingID]index.Slot
	stock   index.Column[stock]
	sellers map[market.Address]*seller
}

// stock is one listing beside what the index has of it.
type stock struct {
	card                   string // empty when it is long
	seller                 *seller
	ratingSum, ratingCount int64
}

// seller is how a seller stands, held once for all listings.
type seller struct {
	address  market.Address
	standing Standing // of the seller alone
	listings int      // on sale
}

// maxHeld is up to how many bytes a card stays in memory. Longer ones are read from
// the records when they are on a page, so that a million long descriptions do not
// take gigabytes.
const maxHeld = 1 << 10

func newHeld() *held {
	return &held{index: index.New(), slots: map[market.ListingID]index.Slot{}, sellers: map[market.Address]*seller{}}
}

// put holds a listing in place of what there was under its id.
func (h *held) put(e *Entry, card string) {
	e.keep(card)
	slot, known := h.slots[e.ID]
	if known {
		h.leave(h.stock.At(slot).seller)
		h.index.Replace(slot, row(e))
		delete(h.slots, e.ID) // the key shares the memory of the card before
	} else {
		slot = h.index.Insert(row(e))
		h.stock.Grow(slot)
	}
	h.slots[e.ID] = slot
	*h.stock.At(slot) = h.join(e, card)
}

// keep lets the id of the entry have its own memory where its card is not held.
func (e *Entry) keep(card string) {
	if len(card) > maxHeld {
		e.ID = market.ListingID(strings.Clone(string(e.ID)))
	}
}

// remove forgets a listing; forgetting what is not held is fine.
func (h *held) remove(id market.ListingID) {
	slot, known := h.slots[id]
	if !known {
		return
	}
	h.leave(h.stock.At(slot).seller)
	h.index.Remove(slot)
	*h.stock.At(slot) = stock{}
	delete(h.slots, id)
}

// stand sets how a seller stands and, if it is held, a listing.
func (h *held) stand(id market.ListingID, address market.Address, s Standing) {
	if held := h.sellers[address]; held != nil {
		held.standing = s
	}
	if slot, known := h.slots[id]; known {
		r, k := h.index.Row(slot), h.stock.At(slot)
		r.Sales, r.Rating = s.Sales, index.Rating(s.RatingSum, s.RatingCount)
		h.index.Replace(slot, r)
		k.ratingSum, k.ratingCount = s.RatingSum, s.RatingCount
	}
}

// join counts a listing for its seller and returns its stock.
func (h *held) join(e *Entry, card string) stock {
	s := h.sellers[e.Seller]
	if s == nil {
		s = &seller{address: e.Seller}
		h.sellers[e.Seller] = s
	}
	s.listings++
	s.standing = e.Standing()
	return newStock(e, card, s)
}

func newStock(e *Entry, card string, s *seller) stock {
	if len(card) > maxHeld {
		card = ""
	}
	return stock{card: card, seller: s, ratingSum: e.RatingSum, ratingCount: e.RatingCount}
}

func (h *held) leave(s *seller) {
	if s.listings--; s.listings == 0 {
		delete(h.sellers, s.address)
	}
}

// shown is a listing as it stood when it was found.
type shown struct {
	row      index.Row
	long     bool
	card     string
	standing Standing
}

// show returns a listing in a slot in use.
func (h *held) show(slot index.Slot) shown {
	k := h.stock.At(slot)
	s := shown{row: h.index.Row(slot), long: k.card == "", card: k.card, standing: k.seller.standing}
	s.standing.Sales, s.standing.RatingSum, s.standing.RatingCount = s.row.Sales, k.ratingSum, k.ratingCount
	return s
}

// read returns the entries of a page, without those that went off sale meanwhile.
func (c *Catalog) read(ctx context.Context, rows []shown) ([]Entry, error) {
	if err := c.readLong(ctx, rows); err != nil {
		return nil, err
	}
	page := make([]Entry, 0, len(rows))
	for _, r := range rows {
		if r.card == "" {
			continue
		}
		page = append(page, Entry{})
		e := &page[len(page)-1]
		if err := e.read(r.card); err != nil {
			return nil, err
		}
		e.Stand(r.standing)
		if r.long {
			e.Price, e.CreatedAt = amount(r.row.Price), r.row.Created
		}
	}
	return page, nil
}

// readLong gets the long cards from the records. One that changed since its listing
// was found keeps the price and the time it was found by.
func (c *Catalog) readLong(ctx context.Context, rows []shown) error {
	if !slices.ContainsFunc(rows, func(r shown) bool { return r.long }) {
		return nil
	}
	return c.store.View(ctx, func(tx Tx) error {
		for i := range rows {
			if !rows[i].long {
				continue
			}
			card, err := tx.Card(market.ListingID(rows[i].row.ID))
			switch {
			case errors.Is(err, market.ErrNotFound):
				continue
			case err != nil:
				return err
			}
			rows[i].card = string(card)
		}
		return nil
	})
}

package catalog

import (
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
	changes uint64 // so many revisions were given
}

// stock is one listing beside what the index has of it.
type stock struct {
	card                   string // empty when it is long
	seller                 *seller
	ratingSum, ratingCount int64
	revision               uint64 // of the card; 0 for a long one, which is not held
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
	h.changes++
	return newStock(e, card, s, h.changes)
}

func newStock(e *Entry, card string, s *seller, revision uint64) stock {
	if len(card) > maxHeld {
		card, revision = "", 0
	}
	return stock{card: card, seller: s, ratingSum: e.RatingSum, ratingCount: e.RatingCount, revision: revision}
}

func (h *held) leave(s *seller) {
	if s.listings--; s.listings == 0 {
		delete(h.sellers, s.address)
	}
}

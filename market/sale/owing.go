package sale

import (
	"context"
	"errors"
	"maps"
	"sync"

	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/seal"
)

// promises are the seals that this process gave out and that can still be paid. A
// restart forgets them: what is paid then, after its key was destroyed, is refunded
// at its deadline. The zero value is ready.
type promises struct {
	mu  sync.Mutex
	all map[market.Hash]promise // by purchase
}

type promise struct {
	listing market.ListingID
	until   uint64 // unix seconds
}

// maxPromises bounds what strangers make this node remember; they ask for a few
// thousand seals in the hour that one may be good for.
const maxPromises = 10_000

func (p *promises) note(purchase market.Hash, made promise, now uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[market.Hash]promise{}
	}
	if len(p.all) >= maxPromises {
		maps.DeleteFunc(p.all, func(_ market.Hash, old promise) bool { return old.until <= now })
	}
	if len(p.all) < maxPromises {
		p.all[purchase] = made
	}
}

// of returns the purchases of a listing that can still be paid at a time.
func (p *promises) of(id market.ListingID, now uint64) (open []market.Hash) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for purchase, made := range p.all {
		if made.listing == id && now < made.until {
			open = append(open, purchase)
		}
	}
	return open
}

// promise remembers a seal that is about to be given out.
func (d *Desk) promise(id market.ListingID, r delivery.SealRequest, s delivery.Sealed, head deal.Mark) {
	purchase := d.Domain.Purchase(d.Domain.Deal(seal.Sale{Order: r.Order, Terms: r.Terms, SealedHash: s.SealedHash, Lock: s.Lock}))
	d.promised.note(purchase, promise{id, r.Terms.PayBy}, head.Time)
}

// Owing reports whether somebody who bought a listing in one of its versions up to
// last may still wait for the key or the content: the sale is not final, or a seal
// that was given out can still be paid. It ends by itself, within a week and a few
// days, because sales do. Unavailable while the chain cannot be read.
func (d *Desk) Owing(ctx context.Context, id market.ListingID, last uint64) (bool, error) {
	head, err := d.Chain.Head()
	if err != nil {
		return true, err
	}
	owing := false
	err = d.Store.View(ctx, func(tx Tx) error {
		open, err := tx.OpenSales(maxOpen)
		if err != nil {
			return err
		}
		owing = len(open) == maxOpen
		for _, s := range open {
			owing = owing || (s.Listing == id && s.Version <= last)
		}
		// Every block up to the head has been read, so a payment made in time is a sale
		// by now.
		for _, purchase := range d.promised.of(id, head.Time) {
			_, err := tx.Sale(purchase)
			if err != nil && !errors.Is(err, market.ErrNotFound) {
				return err
			}
			owing = owing || err != nil
		}
		return nil
	})
	return owing, err
}

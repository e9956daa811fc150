package sale

import (
	"context"
	"errors"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/seal"
)

// Opener implements delivery.Seller: it hands over k of a confirmed purchase. That
// it did is saved before k leaves, so an unknown outcome counts as handed out.
func (d *Desk) Opener(ctx context.Context, r delivery.OpenerRequest) (seal.Key, error) {
	s, err := d.asked(ctx, r.Purchase)
	if err != nil {
		return seal.Key{}, err
	}
	if seal.Check(s.chain.Delegate, d.Domain.OpenerRequest(r.Purchase), r.Signature) != nil {
		return seal.Key{}, refuse(delivery.BadSignature)
	}
	if depth := deal.Depth(s.head.Number, s.chain.Bought.Number); depth < d.Rules.Confirmations {
		return seal.Key{}, &delivery.Refusal{Code: delivery.NotConfirmed, RetryAfter: d.Rules.Poll, Confirmations: uint32(d.Rules.Confirmations - depth)}
	}
	opener := seal.Opener(d.Secret, s.chain.Delivery.Offer)
	switch {
	case s.foreign() || !opener.Opens(s.chain.Lock()):
		// Somebody else made the seal this purchase commits to; nothing of ours opens it.
		return seal.Key{}, refuse(delivery.UnknownOrder)
	case s.refunded():
		return seal.Key{}, refuse(delivery.TooLate)
	case s.chain.Status == deal.StatusPurchased && s.head.Time > s.lastCall() && !s.public():
		return seal.Key{}, refuse(delivery.TooLate)
	case s.withheld():
		// The buyer's node gets the price back at the deadline.
		return seal.Key{}, refuse(delivery.Erased)
	}
	if s.handedOut() {
		return opener, nil
	}
	err = d.update(ctx, r.Purchase, func(tx Tx, held *Sale) error {
		if held.HandedOut.IsZero() {
			held.HandedOut = time.Unix(int64(s.head.Time), 0).UTC()
		}
		return d.wake(tx, r.Purchase)
	})
	if err != nil {
		return seal.Key{}, err
	}
	return opener, nil
}

// Note implements delivery.Seller: it takes a buyer's receipt, to be settled with
// others.
func (d *Desk) Note(ctx context.Context, r delivery.Receipt) error {
	s, err := d.asked(ctx, r.Purchase)
	if err != nil {
		return err
	}
	if seal.Check(s.chain.Delegate, d.Domain.Receipt(r.Purchase, r.OpenedAt), r.Signature) != nil {
		return refuse(delivery.BadSignature)
	}
	const skew = 60 // seconds a buyer's newest block may be ahead of ours
	if r.OpenedAt < s.chain.BoughtAt || r.OpenedAt > s.head.Time+skew {
		return refuse(delivery.BadTerms)
	}
	if s.foreign() {
		return refuse(delivery.UnknownOrder)
	}
	return d.update(ctx, r.Purchase, func(tx Tx, held *Sale) error {
		if held.Receipt != nil && held.Receipt.OpenedAt >= s.chain.BoughtAt {
			return nil
		}
		// The one before, if any, names a time before the payment as it stands now.
		held.Receipt, held.SettleAs = &Receipt{OpenedAt: r.OpenedAt, Signature: r.Signature}, ""
		return errors.Join(d.schedule(tx, s.chain, 1), d.wake(tx, r.Purchase))
	})
}

// asked reads the sale that a stranger asks about.
func (d *Desk) asked(ctx context.Context, purchase market.Hash) (situation, error) {
	s, err := d.look(ctx, purchase)
	if errors.Is(err, market.ErrNotFound) || (err == nil && s.missing()) {
		// It may be in a block this node has not read yet.
		return s, &delivery.Refusal{Code: delivery.NotConfirmed, RetryAfter: d.Rules.Poll, Confirmations: uint32(d.Rules.Confirmations)}
	}
	if market.CodeOf(err) == market.Unavailable {
		return s, busy()
	}
	if err != nil {
		return s, err
	}
	return s, d.inspect(ctx, &s)
}

func (d *Desk) update(ctx context.Context, purchase market.Hash, change func(Tx, *Sale) error) error {
	return d.Store.Update(ctx, func(tx Tx) error {
		s, err := tx.Sale(purchase)
		if err != nil {
			return err
		}
		if err := change(tx, &s); err != nil {
			return err
		}
		return tx.PutSale(s)
	})
}

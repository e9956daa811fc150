package audit

import (
	"errors"

	"privd/market"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/purchase"
	"privd/market/sale"
	"privd/market/task"
)

// settled reports whether the price was split between seller and treasury.
func (d *Deal) settled() bool { return d.Status == deal.StatusSettled }

// Sales compares what users of this node sold with the chain.
func (b *Books) Sales(tx Tx) error {
	b.sheet.Begin(Sales)
	if err := tx.EachSale(func(s sale.Sale) error { return b.sale(tx, s) }); err != nil {
		return err
	}
	for id, d := range b.deals {
		if !b.users[d.Seller] {
			continue
		}
		b.sheet.counted()
		l, err := tx.ListingByHash(d.Listing)
		if errors.Is(err, market.ErrNotFound) || (err == nil && l.Wallet != d.Seller) {
			continue // sold on another node
		}
		if err != nil {
			return err
		}
		_, err = tx.Sale(id)
		if errors.Is(err, market.ErrNotFound) {
			err = b.sheet.differ(id.String(), "the chain has it as a purchase of %s for %s PRIV, and no sale is booked", l.ID, d.Price.PRIV())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Books) sale(tx Tx, s sale.Sale) error {
	b.sheet.counted()
	id, d := s.Purchase.String(), b.Deal(s.Purchase)
	e, err := tx.EarningByReference(earning.DataSales, s.Reference)
	if errors.Is(err, market.ErrNotFound) {
		return b.sheet.differ(id, "there is no earning %s for it", s.Reference)
	}
	if err != nil {
		return err
	}
	share, _ := s.Price.Split()
	if err := b.sheet.same(id, "its earning is", e.Amount, "its price less the fee", share); err != nil {
		return err
	}
	if d.Status == deal.StatusNone {
		if e.Status == earning.Pending || e.Status == earning.Confirmed || e.Status == earning.Claimed {
			return b.unsettled(tx, s, e, d)
		}
		return nil
	}
	if err := b.sheet.same(id, "it was sold for", s.Price, "the chain says", d.Price); err != nil {
		return err
	}
	if d.settled() {
		if err := b.sheet.same(id, "its earning is", e.Amount, "the chain settled", d.Amount); err != nil {
			return err
		}
	}
	fits := map[deal.Status][]earning.Status{
		deal.StatusPurchased: {earning.Pending}, deal.StatusRevealed: {earning.Pending},
		deal.StatusSettled:  {earning.Confirmed, earning.Claimed},
		deal.StatusRefunded: {earning.Cancelled},
	}
	for _, status := range fits[d.Status] {
		if e.Status == status {
			return nil
		}
	}
	return b.unsettled(tx, s, e, d)
}

// unsettled tells that an earning does not stand as its sale does, unless that is
// being looked after.
func (b *Books) unsettled(tx Tx, s sale.Sale, e earning.Earning, d Deal) error {
	return b.sheet.unless(tx, task.Deliver, s.Purchase.Hex(), s.Purchase.String(),
		"its earning %s is %s, on chain it is %s", e.ID, e.Status, d.Status)
}

// Purchases compares what users of this node bought with the chain.
func (b *Books) Purchases(tx Tx) error {
	b.sheet.Begin(Purchases)
	if err := tx.EachPurchase(func(p purchase.Purchase) error { return b.bought(tx, p) }); err != nil {
		return err
	}
	for id, d := range b.deals {
		if d.Delegate != b.subject.Node {
			continue
		}
		b.sheet.counted()
		_, err := tx.PurchaseOnChain(id)
		if errors.Is(err, market.ErrNotFound) {
			err = b.sheet.differ(id.String(), "the chain has it as a purchase by this node's %s for %s PRIV, and none is stored", d.Buyer.Hex(), d.Price.PRIV())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ends says which states of a purchase fit how it stands on chain. What is not
// listed is on its way, or wrong.
var ends = map[deal.Status]map[purchase.State]bool{
	deal.StatusNone: {
		purchase.Fetching: true, purchase.Sealing: true, purchase.Paying: true, purchase.Unconfirmed: true, purchase.Failed: true,
	},
	deal.StatusPurchased: {purchase.Opened: true},
	deal.StatusRevealed:  {purchase.Opened: true},
	// The key was right and what it opens was not: the contract sees only the key.
	deal.StatusSettled:  {purchase.Opened: true, purchase.Garbage: true},
	deal.StatusRefunded: {purchase.Revoked: true},
}

// never says which states cannot be put right any more by a step of the purchase:
// money moved, and the buyer was told that none did, or the other way round.
var never = map[deal.Status]map[purchase.State]bool{
	deal.StatusNone:      {purchase.Revoked: true},
	deal.StatusPurchased: {purchase.Failed: true, purchase.Revoked: true},
	deal.StatusRevealed:  {purchase.Failed: true, purchase.Revoked: true},
	deal.StatusSettled:   {purchase.Failed: true, purchase.Revoked: true},
	deal.StatusRefunded:  {purchase.Failed: true},
}

func (b *Books) bought(tx Tx, p purchase.Purchase) error {
	b.sheet.counted()
	id := string(p.ID)
	var d Deal
	if !p.OnChain.IsZero() {
		d = b.Deal(p.OnChain)
	}
	if d.Status != deal.StatusNone {
		if err := b.sheet.same(id, "its price is", p.Price(), "the chain took", d.Price); err != nil {
			return err
		}
		if d.Buyer != p.Wallet {
			if err := b.sheet.differ(id, "it was bought by %s, on chain by %s", p.Wallet.Hex(), d.Buyer.Hex()); err != nil {
				return err
			}
		}
	}
	switch {
	case ends[d.Status][p.State] && !p.State.Pending():
		return nil
	case never[d.Status][p.State]:
		return b.sheet.differ(id, "it is %s, on chain %s is %s", p.State, p.OnChain, d.Status)
	}
	return b.sheet.unless(tx, task.Buy, id, id, "it is %s, on chain %s is %s, and nothing takes it further", p.State, p.OnChain, d.Status)
}

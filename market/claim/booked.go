package claim

import (
	"slices"
	"time"

	"privd/market"
	"privd/market/deal"
)

// Booked keeps the tills in step with the chain: part of the transaction that
// stores an event or takes it back.
func (c *Cashier) Booked(tx Tx, e deal.Event, undone bool) error {
	switch e.Kind {
	case deal.Settled:
		return c.settledElsewhere(tx, e, undone)
	case deal.Withdrawn:
		return c.paid(tx, e, sales, undone)
	case deal.RewardsPaid:
		if e.Operator != c.Operator {
			return nil
		}
		if err := c.fund(tx, e.Amount, !undone); err != nil {
			return err
		}
		return c.paid(tx, e, rewards, undone)
	case deal.RewardsFunded:
		if e.Operator == c.Operator {
			return c.fund(tx, e.Amount, undone)
		}
	case deal.RewardsWithdrawn:
		if e.Operator == c.Operator {
			return c.fund(tx, e.Amount, !undone)
		}
	}
	return nil
}

// settledElsewhere books income of a wallet that this node did not sell, so that a
// withdrawal of it is not taken for one of what this node sold.
func (c *Cashier) settledElsewhere(tx Tx, e deal.Event, undone bool) error {
	sold, err := tx.Sold(e.Purchase)
	if err != nil || sold {
		return err
	}
	t, err := tx.Till(e.Seller)
	if err != nil {
		return err
	}
	if undone {
		t.Elsewhere = less(t.Elsewhere, e.Amount)
	} else if t.Elsewhere, err = t.Elsewhere.Add(e.Amount); err != nil {
		return err
	}
	return tx.PutTill(e.Seller, t)
}

// fund follows what the operator can pay, and pays when there is more.
func (c *Cashier) fund(tx Tx, amount market.Amount, spent bool) error {
	t, err := tx.Till(c.Operator)
	if err != nil {
		return err
	}
	if spent {
		t.Fund = less(t.Fund, amount)
	} else {
		if t.Fund, err = t.Fund.Add(amount); err != nil {
			return err
		}
		if err := c.wakeBatch(tx, 0); err != nil {
			return err
		}
	}
	return tx.PutTill(c.Operator, t)
}

// paid books a payment to a wallet, or takes it back with all it was put down to.
func (c *Cashier) paid(tx Tx, e deal.Event, ch channel, undone bool) error {
	t, err := tx.Till(e.Account)
	if err != nil {
		return err
	}
	u, err := tx.UserByWallet(e.Account)
	stranger := market.CodeOf(err) == market.NotFound
	if err != nil && !stranger {
		return err
	}
	if undone {
		err = c.unpay(tx, &t, e, ch)
	} else {
		err = c.pay(tx, &t, e, ch, stranger)
	}
	if err != nil {
		return err
	}
	if err := tx.PutTill(e.Account, t); err != nil || stranger {
		return err
	}
	return c.wake(tx, u.ID)
}

func (c *Cashier) pay(tx Tx, t *Till, e deal.Event, ch channel, stranger bool) error {
	p := Payment{Block: e.Block, LogIndex: e.LogIndex, TxHash: e.TxHash, Counted: e.Amount}
	if ch == sales {
		own, err := c.own(tx, *t, e.TxHash)
		if err != nil {
			return err
		}
		if !own {
			// What other nodes sold is thought to go first: this node's sales stay
			// claimable as long as the contract holds enough for them.
			p.Foreign = lower(e.Amount, t.Elsewhere)
			t.Elsewhere = less(t.Elsewhere, p.Foreign)
			p.Counted = less(e.Amount, p.Foreign)
		}
		if stranger {
			// Fees of the treasury, say. Nothing of it was ever sold by a user of this node.
			p.Counted = market.Amount{}
		}
	}
	return t.channel(ch).pay(p)
}

// own reports whether a transaction is one of this node's withdrawals for a wallet.
func (c *Cashier) own(tx Tx, t Till, hash market.Hash) (bool, error) {
	for _, key := range slices.Backward(t.Sent) {
		out, err := tx.Transaction(key)
		if market.CodeOf(err) == market.NotFound {
			continue // never stored, so never sent
		}
		if err != nil {
			return false, err
		}
		for _, try := range out.Tries {
			if market.Hash(try.Hash) == hash {
				return true, nil
			}
		}
	}
	return false, nil
}

func (c *Cashier) unpay(tx Tx, t *Till, e deal.Event, ch channel) error {
	p, known := t.channel(ch).unpay(e)
	if !known {
		return nil
	}
	var err error
	if t.Elsewhere, err = t.Elsewhere.Add(p.Foreign); err != nil {
		return err
	}
	for _, id := range slices.Backward(p.Claims) {
		if err := c.reopen(tx, t, id, ch); err != nil {
			return err
		}
	}
	return nil
}

// reopen takes up a claim whose payment is gone from the chain. Settle gives back
// what nobody had claimed: that may be more than fits in here.
func (c *Cashier) reopen(tx Tx, t *Till, id market.ClaimID, ch channel) error {
	cl, err := tx.Claim(id)
	if err != nil {
		return err
	}
	p := cl.part(ch)
	if !p.Paid {
		return nil
	}
	booked := t.channel(ch)
	booked.Done = less(booked.Done, p.Amount)
	p.Paid = false
	cl.CompletedAt = time.Time{}
	cl.note(c.now(), "the chain took the payment back", p.TxHash)
	if cl.Status == Completed {
		cl.move(Processing)
	}
	if ch == rewards && p.Key == "" && !cl.Taken {
		if err := c.wakeBatch(tx, 0); err != nil {
			return err
		}
	}
	return tx.PutClaim(cl)
}

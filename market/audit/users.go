package audit

import (
	"errors"

	"privd/market"
	"privd/market/account"
	"privd/market/claim"
	"privd/market/earning"
)

// Users recounts what each user earned, and compares it with the sums that the node
// keeps and with the user's claims.
func (b *Books) Users(tx Tx) error {
	users, err := tx.Users()
	if err != nil {
		return err
	}
	for _, u := range users {
		b.sheet.Begin(Users)
		b.sheet.counted()
		claimed, err := b.recount(tx, u)
		if err != nil {
			return err
		}
		if err := b.claims(tx, u, claimed); err != nil {
			return err
		}
	}
	return nil
}

// recount adds up a user's earnings and returns what is claimed of them.
func (b *Books) recount(tx Tx, u account.User) (claimed market.Amount, err error) {
	id := string(u.ID)
	var again earning.Summary
	var total market.Amount
	err = tx.EachEarning(u.ID, func(e earning.Earning) error {
		b.sheet.counted()
		if e.User != u.ID {
			return b.sheet.differ(string(e.ID), "it is listed for %s and belongs to %s", u.ID, e.User)
		}
		if err := again.Add(e); err != nil {
			return b.sheet.differ(string(e.ID), "the user's sums overflow")
		}
		if total, err = total.Add(e.Amount); err != nil {
			return b.sheet.differ(string(e.ID), "the user's sums overflow")
		}
		return b.standing(tx, e)
	})
	if err != nil {
		return claimed, err
	}
	kept, err := tx.EarningSummary(u.ID)
	if err != nil {
		return claimed, err
	}
	for _, source := range earning.Sources() {
		for _, status := range []earning.Status{earning.Pending, earning.Confirmed, earning.Claimed} {
			only := earning.Filter{Source: source, Status: status}
			was, err := kept.Sum(only)
			if err != nil {
				return claimed, err
			}
			is, err := again.Sum(only)
			if err != nil {
				return claimed, err
			}
			name := string(status) + " of " + string(source)
			if was.Count != is.Count {
				if err := b.sheet.differ(id, "%s: %d are counted, %d are there", name, was.Count, is.Count); err != nil {
					return claimed, err
				}
			}
			if err := b.sheet.same(id, name+": the sum is", was.Amount, "the earnings add up to", is.Amount); err != nil {
				return claimed, err
			}
		}
	}
	all, err := kept.Total()
	if err != nil {
		return claimed, err
	}
	if err := b.sheet.same(id, "the total is", all, "all earnings add up to", total); err != nil {
		return claimed, err
	}
	sum, err := again.Sum(earning.Filter{Status: earning.Claimed})
	return sum.Amount, err
}

// standing checks that an earning stands for something.
func (b *Books) standing(tx Tx, e earning.Earning) error {
	id := string(e.ID)
	if (e.Status == earning.Claimed) != (e.Claim != "") {
		return b.sheet.differ(id, "it is %s, and its claim is %q", e.Status, e.Claim)
	}
	if !e.FromSale() {
		return nil
	}
	s, err := tx.Sale(e.Sale)
	switch {
	case errors.Is(err, market.ErrNotFound):
		return b.sheet.differ(id, "it is the share of purchase %s, which was not sold here", e.Sale)
	case err != nil:
		return err
	case s.Reference != e.Reference || s.Seller != e.User:
		return b.sheet.differ(id, "it is booked for %s of %s, the sale %s for %s of %s", e.Reference, e.User, e.Sale, s.Reference, s.Seller)
	}
	return nil
}

// paid adds up the claims of one wallet.
type paid struct {
	sales, rewards market.Amount // put down to claims as paid
	live           market.Amount // claimed and not paid
}

// claims compares what a user claimed with what the chain paid to the wallet.
func (b *Books) claims(tx Tx, u account.User, claimed market.Amount) error {
	b.sheet.Begin(Claims)
	var sum paid
	err := tx.EachClaim(u.ID, func(c claim.Claim) error { return b.claim(tx, u, c, &sum) })
	if err != nil {
		return err
	}
	id, wallet := string(u.ID), u.Wallet.Hex()
	inClaims, err := market.Sum(sum.sales, sum.rewards, sum.live)
	if err != nil {
		return err
	}
	if err := b.sheet.same(id, "claimed earnings are", claimed, "the claims add up to", inClaims); err != nil {
		return err
	}
	till, err := tx.Till(u.Wallet)
	if err != nil {
		return err
	}
	b.sheet.counted()
	for _, ch := range []struct {
		what string
		kept claim.Channel
		paid market.Amount
	}{{"sales", till.Sales, sum.sales}, {"rewards", till.Rewards, sum.rewards}} {
		if err := b.sheet.same(wallet, "put down to claims of "+ch.what+" are", ch.kept.Done, "the paid claims add up to", ch.paid); err != nil {
			return err
		}
		over, err := ch.kept.Taken.Sub(ch.kept.Done)
		if err != nil {
			if err := b.sheet.differ(wallet, "%s: %s PRIV are put down to claims, %s PRIV reached the wallet", ch.what, ch.kept.Done.PRIV(), ch.kept.Taken.PRIV()); err != nil {
				return err
			}
		} else if !over.IsZero() {
			b.sheet.Note("%s PRIV of %s reached wallet %s and are not put down to a claim yet", over.PRIV(), ch.what, wallet)
		}
	}
	return b.till(tx, u.Wallet, till)
}

// till compares what the node knows of payments to a wallet with the chain.
func (b *Books) till(tx Tx, wallet market.Address, t claim.Till) error {
	a := b.Account(wallet)
	if err := b.sheet.same(wallet.Hex(), "rewards paid are", t.Rewards.Taken, "the chain says", a.Paid); err != nil {
		return err
	}
	if a.Treasurer {
		b.sheet.Note("wallet %s is the market's treasury: its withdrawals of fees and of sales are not told apart", wallet.Hex())
		return nil
	}
	elsewhere, err := b.elsewhere(tx, wallet)
	if err != nil {
		return err
	}
	// A withdrawal takes of what this node sold, or of what others did: what they sold
	// and what is left of that tell how much it was.
	here, err := a.Withdrawn.Add(t.Elsewhere)
	if err != nil {
		return err
	}
	there, err := t.Sales.Taken.Add(elsewhere)
	if err != nil {
		return err
	}
	return b.sheet.same(wallet.Hex(), "withdrawals and income of other nodes that is left are", here, "withdrawn income of this node and all of other nodes are", there)
}

// elsewhere adds up the income of a wallet that this node did not sell.
func (b *Books) elsewhere(tx Tx, wallet market.Address) (sum market.Amount, err error) {
	for id, d := range b.deals {
		if d.Seller != wallet || d.Amount.IsZero() || !d.settled() {
			continue
		}
		switch _, err := tx.Sale(id); {
		case err == nil:
			continue
		case !errors.Is(err, market.ErrNotFound):
			return sum, err
		}
		if sum, err = sum.Add(d.Amount); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// claim checks one claim and adds it to what its user claimed.
func (b *Books) claim(tx Tx, u account.User, c claim.Claim, sum *paid) error {
	b.sheet.counted()
	id := string(c.ID)
	if c.User != u.ID || c.Wallet != u.Wallet {
		return b.sheet.differ(id, "it is listed for %s and belongs to %s, wallet %s", u.ID, c.User, c.Wallet.Hex())
	}
	if c.Status == claim.Failed {
		if c.Sales.Paid || c.Rewards.Paid {
			return b.sheet.differ(id, "it has failed and is paid")
		}
		return nil // its earnings are confirmed again, or in another claim
	}
	var sales, rewards market.Amount
	for _, of := range c.Earnings {
		e, err := tx.Earning(of)
		if errors.Is(err, market.ErrNotFound) {
			if err := b.sheet.differ(id, "its earning %s does not exist", of); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if e.Status != earning.Claimed || e.Claim != c.ID {
			if err := b.sheet.differ(id, "its earning %s is %s, of claim %q", of, e.Status, e.Claim); err != nil {
				return err
			}
			continue
		}
		part := &rewards
		if e.FromSale() {
			part = &sales
		}
		if *part, err = part.Add(e.Amount); err != nil {
			return err
		}
	}
	for _, p := range []struct {
		what     string
		part     claim.Part
		earnings market.Amount
		paid     *market.Amount
	}{{"sales", c.Sales, sales, &sum.sales}, {"rewards", c.Rewards, rewards, &sum.rewards}} {
		if err := b.sheet.same(id, "its part of "+p.what+" is", p.part.Amount, "its earnings add up to", p.earnings); err != nil {
			return err
		}
		into := &sum.live
		if p.part.Paid {
			into = p.paid
		}
		var err error
		if *into, err = into.Add(p.part.Amount); err != nil {
			return err
		}
	}
	both, err := c.Sales.Amount.Add(c.Rewards.Amount)
	if err != nil {
		return err
	}
	if err := b.sheet.same(id, "its total is", c.Total, "its parts add up to", both); err != nil {
		return err
	}
	open := (!c.Sales.Paid && !c.Sales.Amount.IsZero()) || (!c.Rewards.Paid && !c.Rewards.Amount.IsZero())
	if open == (c.Status == claim.Completed) {
		return b.sheet.differ(id, "it is %s, and open is %t", c.Status, open)
	}
	return nil
}

// Promises compares what the node knows of its operator's fund with the chain, and
// tells whether it covers what was claimed.
func (b *Books) Promises(tx Tx) error {
	b.sheet.Begin(Fund)
	b.sheet.counted()
	till, err := tx.Till(b.subject.Node)
	if err != nil {
		return err
	}
	held := b.fund.held()
	if err := b.sheet.same(b.subject.Node.Hex(), "the node counts", till.Fund, "the chain says", held); err != nil {
		return err
	}
	users, err := tx.Users()
	if err != nil {
		return err
	}
	var due market.Amount
	for _, u := range users {
		err := tx.EachClaim(u.ID, func(c claim.Claim) (err error) {
			if c.Live() && !c.Rewards.Paid && !c.Taken {
				due, err = due.Add(c.Rewards.Amount)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	b.sheet.Note("the fund holds %s PRIV, %s PRIV are claimed and not paid", held.PRIV(), due.PRIV())
	if short, err := due.Sub(held); err == nil && !short.IsZero() {
		b.sheet.Note("%s PRIV are missing; claims wait until they are added", short.PRIV())
	}
	return nil
}

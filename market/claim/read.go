package claim

import (
	"context"
	"errors"

	"privd/market"
	"privd/market/account"
	"privd/market/seal"
)

// Voucher is the operator's signature under what it owes a wallet in all. Anybody
// may redeem it at the Rewards contract, with or without this node; paying it twice
// is impossible, since it names the sum and not the difference.
type Voucher struct {
	Operator   market.Address
	Account    market.Address
	Cumulative market.Amount // wei of PRIV, all payouts before included
	Signature  seal.Sig
}

// View is a claim as its owner sees it. The voucher is there while the operator owes
// a part of it.
type View struct {
	Claim
	Voucher *Voucher
}

// Get returns a claim; NotFound when there is none or it is somebody else's, whom
// only service keys may ask for.
func (c *Cashier) Get(ctx context.Context, caller account.Caller, id market.ClaimID) (v View, err error) {
	var due market.Amount
	err = c.Store.View(ctx, func(tx Tx) error {
		if v.Claim, err = tx.Claim(id); err != nil {
			return err
		}
		if v.User != caller.User && !caller.Service {
			return market.ErrNotFound
		}
		due, err = c.owed(tx, v.Claim)
		return err
	})
	if market.CodeOf(err) == market.NotFound {
		err = market.Fail(market.NotFound, "Claim not found")
	}
	if err != nil {
		return v, err
	}
	v.Voucher, err = c.voucher(ctx, v.Wallet, due)
	return v, err
}

// List shows a user's claims, newest first, and counts them.
func (c *Cashier) List(ctx context.Context, user market.UserID, limit, offset int) (page []View, total int, err error) {
	var due []market.Amount
	err = c.Store.View(ctx, func(tx Tx) error {
		page, due = nil, nil
		var claims []Claim
		if claims, total, err = tx.ClaimPage(user, limit, offset); err != nil {
			return err
		}
		for _, cl := range claims {
			owed, err := c.owed(tx, cl)
			if err != nil {
				return err
			}
			page, due = append(page, View{Claim: cl}), append(due, owed)
		}
		return nil
	})
	for i := range page {
		if err == nil {
			page[i].Voucher, err = c.voucher(ctx, page[i].Wallet, due[i])
		}
	}
	return page, total, err
}

// owed returns what a wallet has been paid once a claim is: everything put down
// before and the claims up to it. Nothing when the operator owes none of it.
func (c *Cashier) owed(tx Tx, cl Claim) (market.Amount, error) {
	if !cl.Live() || !cl.Rewards.open() || cl.Taken {
		return market.Amount{}, nil
	}
	t, err := tx.Till(cl.Wallet)
	if err != nil {
		return market.Amount{}, err
	}
	live, err := tx.LiveClaims(cl.User)
	if err != nil {
		return market.Amount{}, err
	}
	due := t.Rewards.Done
	for _, other := range live {
		if other.Rewards.open() && !other.Taken {
			if due, err = due.Add(other.Rewards.Amount); err != nil {
				return market.Amount{}, err
			}
		}
		if other.ID == cl.ID {
			break
		}
	}
	return due, nil
}

func (c *Cashier) voucher(ctx context.Context, wallet market.Address, due market.Amount) (*Voucher, error) {
	if due.IsZero() {
		return nil, nil
	}
	signature, err := c.Signer.SignDigest(ctx, c.Operator, c.Chain.VoucherDigest(wallet, due))
	if err != nil {
		return nil, err
	}
	return &Voucher{Operator: c.Operator, Account: wallet, Cumulative: due, Signature: signature}, nil
}

// Debts is what the operator owes of live claims, against its fund.
type Debts struct {
	Fund  market.Amount // in the Rewards contract
	Due   market.Amount // of claims that are not paid
	Short int           // claims that wait for a deposit
}

// Debts adds up what is to be paid.
func (c *Cashier) Debts(ctx context.Context) (d Debts, err error) {
	err = c.Store.View(ctx, func(tx Tx) error {
		d = Debts{}
		operator, err := tx.Till(c.Operator)
		if err != nil {
			return err
		}
		d.Fund = operator.Fund
		var overflow error
		err = tx.EachOwed(func(cl Claim) bool {
			if cl.Rewards.waiting() && cl.Rewards.Why != "" && cl.Rewards.Tries == 0 {
				d.Short++
			}
			d.Due, overflow = d.Due.Add(cl.Rewards.Amount)
			return overflow == nil
		})
		return errors.Join(err, overflow)
	})
	return d, err
}

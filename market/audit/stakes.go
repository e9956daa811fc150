package audit

import (
	"privd/market"
	"privd/market/account"
	"privd/market/deal"
	"privd/market/staking"
	"privd/market/task"
)

// Stakes compares what the node says its users staked with the chain.
func (b *Books) Stakes(tx Tx) error {
	b.sheet.Begin(Stakes)
	users, err := tx.Users()
	if err != nil {
		return err
	}
	for _, u := range users {
		b.sheet.counted()
		a := b.Account(u.Wallet)
		held, err := staking.PositionOf(tx, u.Wallet)
		if err != nil {
			return err
		}
		if err := b.sheet.same(string(u.ID), "its stake is", held.Staked, "the chain says", a.Staked); err != nil {
			return err
		}
		if err := b.sheet.same(string(u.ID), "in cooldown are", held.Cooling, "the chain says", a.Cooling); err != nil {
			return err
		}
		if err := b.stakeRequests(tx, u, a); err != nil {
			return err
		}
	}
	return nil
}

// stakeRequests checks that what users were told of their requests is so.
func (b *Books) stakeRequests(tx Tx, u account.User, a Account) error {
	var found error
	err := tx.StakeRequestsOf(u.ID, func(r staking.Request) bool {
		b.sheet.counted()
		found = b.stakeRequest(tx, u, a, r)
		return found == nil
	})
	if found != nil {
		return found
	}
	return err
}

func (b *Books) stakeRequest(tx Tx, u account.User, a Account, r staking.Request) error {
	id := string(r.ID)
	switch {
	case r.Terms.Account != u.Wallet:
		return b.sheet.differ(id, "it is of wallet %s, its user has %s", r.Terms.Account.Hex(), u.Wallet.Hex())
	case r.State.Open():
		return b.sheet.unless(tx, task.Stake, id, id, "it is %s, and nothing takes it further", r.State)
	case r.State != staking.Confirmed || r.TxHash.IsZero():
		return nil // failed, or sent by somebody else
	}
	kind := deal.Staked
	if r.Direction == staking.Out {
		kind = deal.UnstakeRequested
	}
	var moved market.Amount
	if a.moves != nil {
		moved = a.moves[move{r.TxHash, kind}]
	}
	return b.sheet.same(id, "confirmed are", r.Terms.Amount, "its transaction "+r.TxHash.String()+" moved", moved)
}

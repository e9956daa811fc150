package audit

import (
	"slices"

	"privd/market"
)

// Held is what the contracts and the token say of one block.
type Held struct {
	Market, Rewards, Staking market.Amount // PRIV of the contracts themselves
	Fund                     market.Amount // of this node's operator
	// By wallet, in the order of Wallets.
	PRIV, Income, Paid, Staked, Cooling []market.Amount
}

// Wallets are the wallets whose figures Contracts wants: the users' and the node's
// own, in a fixed order.
func (b *Books) Wallets() []market.Address {
	all := slices.Clone(b.subject.Wallets)
	if !b.users[b.subject.Node] {
		all = append(all, b.subject.Node)
	}
	return all
}

// Contracts compares what the events up to a block add up to with what the
// contracts themselves say of that block.
func (b *Books) Contracts(h Held) error {
	for _, c := range []struct {
		check    Check
		contract string
		holds    market.Amount
		owes     []market.Amount
	}{
		{Market, "Market", h.Market, []market.Amount{b.escrow.held(), b.income.held()}},
		{Rewards, "Rewards", h.Rewards, []market.Amount{b.funds.held()}},
		{Staking, "Staking", h.Staking, []market.Amount{b.staked.held()}},
	} {
		b.sheet.Begin(c.check)
		b.sheet.counted()
		owed, err := market.Sum(c.owes...)
		if err != nil {
			return err
		}
		over, err := c.holds.Sub(owed)
		if err != nil {
			if err := b.sheet.differ(c.contract, "it owes %s PRIV and holds %s PRIV", owed.PRIV(), c.holds.PRIV()); err != nil {
				return err
			}
		} else if !over.IsZero() {
			b.sheet.Note("%s PRIV were sent to the %s contract for nobody", over.PRIV(), c.contract)
		}
	}
	if err := b.incomes(h); err != nil {
		return err
	}
	b.sheet.Begin(Rewards)
	if err := b.eachWallet(h.Paid, func(w market.Address, a *Account, paid market.Amount) error {
		return b.sheet.same(w.Hex(), "payouts by this node's operator are", a.Paid, "the contract says", paid)
	}); err != nil {
		return err
	}
	b.sheet.Begin(Staking)
	if err := b.eachWallet(h.Staked, func(w market.Address, a *Account, staked market.Amount) error {
		return b.sheet.same(w.Hex(), "its stake is", a.Staked, "the contract says", staked)
	}); err != nil {
		return err
	}
	if err := b.eachWallet(h.Cooling, func(w market.Address, a *Account, cooling market.Amount) error {
		return b.sheet.same(w.Hex(), "in cooldown are", a.Cooling, "the contract says", cooling)
	}); err != nil {
		return err
	}
	b.sheet.Begin(Balances)
	if err := b.eachWallet(h.PRIV, func(w market.Address, a *Account, priv market.Amount) error {
		return b.sheet.same(w.Hex(), "its transfers add up to", flow{a.In, a.Out}.held(), "the token says", priv)
	}); err != nil {
		return err
	}
	b.sheet.Begin(Fund)
	b.sheet.counted()
	return b.sheet.same(b.subject.Node.Hex(), "deposits less payouts are", b.fund.held(), "the contract says", h.Fund)
}

func (b *Books) incomes(h Held) error {
	b.sheet.Begin(Market)
	return b.eachWallet(h.Income, func(w market.Address, a *Account, income market.Amount) error {
		got, err := a.Settled.Add(a.Fees)
		if err != nil {
			return err
		}
		return b.sheet.same(w.Hex(), "its income less what was withdrawn is", flow{got, a.Withdrawn}.held(), "the contract says", income)
	})
}

func (b *Books) eachWallet(figures []market.Amount, compare func(market.Address, *Account, market.Amount) error) error {
	for i, wallet := range b.Wallets() {
		b.sheet.counted()
		if err := compare(wallet, b.accounts[wallet], figures[i]); err != nil {
			return err
		}
	}
	return nil
}

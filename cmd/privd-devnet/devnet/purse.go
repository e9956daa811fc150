package devnet

import (
	"context"
	"fmt"

	"privd/market"
)

// purse is the money of the story at one time.
type purse struct {
	buyer    market.Amount // carol's wallet
	seller   market.Amount // alice's wallet
	income   market.Amount // alice's balance at the market
	treasury market.Amount // the treasury's balance at the market
	escrow   market.Amount // all that the market holds
}

func (s *story) balances(ctx context.Context) (p purse, err error) {
	treasury := s.n.ledger.account() // it deployed the contracts
	for _, row := range []struct {
		into *market.Amount
		read func() (market.Amount, error)
	}{
		{&p.buyer, func() (market.Amount, error) { return s.client.PRIV().Balance(ctx, s.buyerWallet) }},
		{&p.seller, func() (market.Amount, error) { return s.client.PRIV().Balance(ctx, s.sellerWallet) }},
		{&p.income, func() (market.Amount, error) { return s.market.Income(ctx, s.sellerWallet) }},
		{&p.treasury, func() (market.Amount, error) { return s.market.Income(ctx, treasury) }},
		{&p.escrow, func() (market.Amount, error) { return s.client.PRIV().Balance(ctx, s.market.Address()) }},
	} {
		if *row.into, err = row.read(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// account prints what moved on chain and checks it to the last wei.
func (s *story) account(ctx context.Context) error {
	after, err := s.balances(ctx)
	if err != nil {
		return err
	}
	price, err := market.ParsePRIV(demoPrice)
	if err != nil {
		return err
	}
	seller, fee := price.Split()
	s.print("\n%-32s %14s %14s\n", "PRIV on chain", "before", "after")
	for _, row := range []struct {
		name          string
		before, after market.Amount
		want          func(market.Amount) (market.Amount, error)
	}{
		{"carol's wallet", s.before.buyer, after.buyer, func(a market.Amount) (market.Amount, error) { return a.Sub(price) }},
		{"alice's wallet", s.before.seller, after.seller, s.claimed.Add},
		{"alice's balance at the market", s.before.income, after.income, func(a market.Amount) (market.Amount, error) { return a.Sub(a) }},
		{"the treasury's at the market", s.before.treasury, after.treasury, fee.Add},
		{"the market's in all", s.before.escrow, after.escrow, func(a market.Amount) (market.Amount, error) {
			rest, err := a.Sub(s.before.income) // all of it is withdrawn with the new income
			if err != nil {
				return rest, err
			}
			return rest.Add(fee)
		}},
	} {
		s.print("%-32s %14s %14s\n", row.name, row.before.PRIV(), row.after.PRIV())
		want, err := row.want(row.before)
		if err != nil {
			return err
		}
		if row.after.Cmp(want) != 0 {
			return fmt.Errorf("%s is %s PRIV, want %s", row.name, row.after.PRIV(), want.PRIV())
		}
	}
	s.print("carol paid %s, alice has %s of it (95%%), the treasury %s (5%%)\n\n", price.PRIV(), seller.PRIV(), fee.PRIV())
	return nil
}

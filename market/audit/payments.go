package audit

import (
	"context"
	"errors"

	"privd/market"
	"privd/market/account"
	"privd/market/task"
	"privd/market/x402"
)

// Paid asks the chain for the block in which a transaction used the authorization
// of a sale and moved exactly its value to the payee with it; NotFound when it did
// not, or is in no block.
type Paid func(ctx context.Context, transaction market.Hash, t x402.Till, a x402.Authorization) (block uint64, err error)

// Payments compares the sales over x402 with the chain, as far as their payments lie
// at or below a block: what is settled or delivered was paid, in full, to the wallet
// of the owner, and what is open will be taken further.
func (s *Sheet) Payments(ctx context.Context, tx Tx, upTo uint64, paid Paid) error {
	s.Begin(Payments)
	users, err := tx.Users()
	if err != nil {
		return err
	}
	p := payments{Sheet: s, tx: tx, upTo: upTo, paid: paid, users: map[market.UserID]account.User{}}
	for _, u := range users {
		p.users[u.ID] = u
	}
	if err := tx.EachX402Sale(func(sold x402.Sale) error { return p.payment(ctx, sold) }); err != nil {
		return err
	}
	s.Note("%s mUSDC were paid over x402, in %d sales", p.sum.Decimal(x402.Decimals), p.count)
	return nil
}

// payments is one comparison.
type payments struct {
	*Sheet
	tx    Tx
	upTo  uint64
	paid  Paid
	users map[market.UserID]account.User
	sum   market.Amount
	count int
}

func (p *payments) payment(ctx context.Context, s x402.Sale) error {
	p.counted()
	id := s.ID.String()
	if owner, known := p.users[s.Owner]; !known || owner.Wallet != s.Till.PayTo || s.Authorization.To != s.Till.PayTo {
		return p.differ(id, "it pays %s, and the wallet of its owner %s is %s", s.Authorization.To.Hex(), s.Owner, owner.Wallet.Hex())
	}
	switch {
	case s.Till.SaleID(s.Authorization) != s.ID:
		return p.differ(id, "its authorization is that of sale %s", s.Till.SaleID(s.Authorization))
	case s.Open():
		return p.unless(p.tx, task.Sell402, s.ID.Hex(), id, "it is %s, and nothing takes it further", s.State)
	case !s.Paid():
		return nil // nothing was handed out for it
	case s.Block > p.upTo:
		p.waits() // not deep enough to be sure of
		return nil
	}
	price, wallet := s.Authorization.Value, s.Till.PayTo.Hex()
	block, err := p.paid(ctx, s.Transaction, s.Till, s.Authorization)
	switch {
	case errors.Is(err, market.ErrNotFound):
		return p.differ(id, "it is %s for %s mUSDC, and transaction %s did not move them from %s to %s",
			s.State, price.Decimal(x402.Decimals), s.Transaction, s.Authorization.From.Hex(), wallet)
	case err != nil:
		return err
	case block != s.Block:
		return p.differ(id, "it was paid in block %d, stored is block %d", block, s.Block)
	}
	p.count++
	if p.sum, err = p.sum.Add(price); err != nil {
		return p.differ(id, "sums of more units than there are")
	}
	return nil
}

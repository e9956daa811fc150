package purchase

import (
	"context"

	"privd/market/deal"
	"privd/market/seal"
)

// settleGrace is how long after the dispute window a seller may take to finalize
// before the buyer's node ends the purchase, in seconds.
const settleGrace = 15 * 60

// orphaned reports whether the seller had its time to end a purchase that the buyer
// has the key of. An honest seller that is up has settled long before the deadline.
func (s *situation) orphaned() bool {
	switch s.chain.Status {
	case deal.StatusPurchased:
		return s.head.Time >= s.chain.Deadline
	case deal.StatusRevealed:
		return s.head.Time >= s.chain.Deadline+settleGrace
	}
	return false
}

// settle hands the receipt to the contract in the place of a seller that is gone: the
// price is the seller's, since the key opened what was promised, and nobody else would
// ever take it out of escrow. It costs this node the gas, and keeps the access, which
// anybody could end with a refund after the deadline.
func (e *Engine) settle(ctx context.Context, s *situation) error {
	key, failed, err := e.attempt(ctx, "receipt/"+s.p.OnChain.Hex())
	if err != nil {
		return err
	}
	receipt := seal.SignedReceipt{Deal: e.Domain.Deal(*s.p.Sale), OpenedAt: s.p.OpenedAt, Signature: s.p.Receipt}
	if err := e.Chain.Settle(ctx, key, []seal.SignedReceipt{receipt}); err != nil {
		return err
	}
	return claiming(failed, "the seller did not take its price; the receipt is handed to the contract")
}

package claim

import (
	"slices"
	"time"

	"privd/market"
	"privd/market/earning"
)

// LetGo takes an earning out of a claim that has not paid it and returns it as
// confirmed: after a reorganisation its sale was refunded, so that the Market
// contract does not hold its money any more. One that was paid stays claimed. It is
// part of the transaction that cancels the earning.
func (c *Cashier) LetGo(tx Tx, e earning.Earning) (earning.Earning, error) {
	cl, err := tx.Claim(e.Claim)
	if err != nil {
		return e, err
	}
	p := cl.part(channelOf(e))
	if p.Paid || !cl.Live() {
		return e, nil
	}
	if p.Amount, err = p.Amount.Sub(e.Amount); err != nil {
		return e, err
	}
	if p.Amount.IsZero() {
		*p = Part{TxHash: p.TxHash, Tries: p.Tries}
	}
	cl.note(c.now(), "a sale was refunded", market.Hash{})
	if len(cl.Earnings) == 1 {
		cl.Failure = "the sale was refunded"
		cl.move(Failed) // it still says what it was for
	} else {
		cl.Earnings = slices.DeleteFunc(cl.Earnings, func(id market.EarningID) bool { return id == e.ID })
		cl.Skipped = append(cl.Skipped, Skipped{e.ID, SkipRefunded})
		cl.Total = less(cl.Total, e.Amount)
		cl.refresh(c.now())
	}
	if err := tx.PutClaim(cl); err != nil {
		return e, err
	}
	e.Status, e.ClaimedAt, e.Claim = earning.Confirmed, time.Time{}, ""
	return e, c.wake(tx, cl.User)
}

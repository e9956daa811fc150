package event

import "privd/market/x402"

// OfX402Sale tells a seller of each payment that came, and what became of it. What
// is on its way, and what the chain refused, cost nobody anything.
func OfX402Sale(before, after *x402.Sale) []Event {
	if after == nil || (before != nil && before.State == after.State) {
		return nil
	}
	switch after.State {
	case x402.Settled, x402.Handed, x402.Lost:
	default:
		return nil
	}
	e := Event{User: after.Owner, Kind: X402SaleMoved, X402Sale: after.ID, Dataset: after.Dataset, Status: after.State.String(),
		Amount: after.Authorization.Value}
	if !after.Transaction.IsZero() {
		e.Text = after.Transaction.String()
	}
	if before != nil {
		e.Before = before.State.String()
	}
	return one(e)
}

package sale

import (
	"context"
	"fmt"
	"time"
)

// repeatAfter is how long a payment may be missing before this node sends it again:
// a reorganisation mostly brings it back by itself, in its next blocks.
const repeatAfter = 30 * time.Second

// keepPayment keeps the bytes of the call that paid, once: should a reorganisation
// take the payment back after the opener left, the price is still owed, and anybody may
// send the same call again while the buyer's authorization is good.
func (d *Desk) keepPayment(ctx context.Context, s situation) error {
	if s.Kept {
		return nil
	}
	call, err := d.Chain.PurchaseCalldata(ctx, s.Paid)
	if err != nil {
		return err
	}
	return d.update(ctx, s.Purchase, func(_ Tx, held *Sale) error { held.Kept, held.Payment = true, call; return nil })
}

// repeatPayment sends the buyer's payment again where the chain lost it and the
// opener has left. Once for each loss: what the contract refuses then, it refuses.
func (d *Desk) repeatPayment(ctx context.Context, s situation) error {
	if !s.missing() || !s.handedOut() || len(s.Payment) == 0 || d.Clock().Sub(s.lastSeen()) < repeatAfter {
		return nil
	}
	return d.Chain.RepeatPurchase(ctx, fmt.Sprintf("repeat/%s/%d", s.Purchase.Hex(), s.lastSeen().Unix()), s.Payment)
}

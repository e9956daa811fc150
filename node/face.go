package node

import (
	"context"
	"time"

	"privd/chain"
	"privd/market"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/purchase"
	"privd/market/sale"
)

var (
	_ purchase.Chain = (*face)(nil)
	_ sale.Chain     = (*face)(nil)
)

// face is the chain as both sides of a sealed delivery see it.
type face struct {
	*chain.Market
	client   *chain.Client
	sender   *chain.Sender
	follower *chain.Follower
	clock    market.Clock
	// staleAfter is how old the newest block may be; 0 does not look, for chains that
	// make blocks on demand.
	staleAfter time.Duration
}

// staleAfter is the age of the newest block from which a node no longer acts on
// what the chain says.
const staleAfter = 5 * time.Minute

// Balance returns a wallet's PRIV.
func (f *face) Balance(ctx context.Context, wallet market.Address) (market.Amount, error) {
	return f.client.PRIV().Balance(ctx, wallet)
}

// Head returns the newest block read, if it is fit to act on.
func (f *face) Head() (deal.Mark, error) {
	head, synced, err := f.follower.Head()
	if !synced {
		message := "the chain cannot be reached"
		if err != nil {
			message += ": " + err.Error()
		}
		return head, &market.Error{Code: market.Unavailable, Message: message}
	}
	age := f.clock().Sub(time.Unix(int64(head.Time), 0))
	if f.staleAfter > 0 && age > f.staleAfter {
		return head, &market.Error{Code: market.Unavailable, Message: "the chain's newest block is " + age.Round(time.Second).String() + " old"}
	}
	return head, nil
}

// AccessUntil returns until when a buyer has access to a listing.
func (f *face) AccessUntil(ctx context.Context, seller market.Address, listing market.Hash, buyer market.Address) (uint64, error) {
	return f.Access(ctx, seller, listing, buyer)
}

// Outcome returns how a stored transaction stands.
func (f *face) Outcome(ctx context.Context, key string) (outbox.Transaction, error) {
	return f.sender.Outcome(ctx, key)
}

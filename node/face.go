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

// maxSkew is how far the newest block may be ahead of the node's clock.
const maxSkew = 2 * time.Minute

// Head returns the newest block that is fit to act on: what has the confirmations
// under it is deep enough for money and keys. Unavailable when there is none: the chain
// is not followed, its servers disagree, or the newest block is too old, or from a
// time to come, as a server would have it that lags or lies.
func (f *face) Head() (deal.Mark, error) {
	head, err := f.follower.Relied()
	if err != nil {
		return head, &market.Error{Code: market.Unavailable, Reason: "CHAIN_STALE", Message: "the chain cannot be relied on: " + err.Error()}
	}
	age := f.clock().Sub(time.Unix(int64(head.Time), 0))
	switch {
	case f.staleAfter == 0:
	case age > f.staleAfter:
		return head, &market.Error{Code: market.Unavailable, Reason: "CHAIN_STALE", Message: "the chain's newest block is " + age.Round(time.Second).String() + " old"}
	case age < -maxSkew:
		return head, &market.Error{Code: market.Unavailable, Reason: "CHAIN_AHEAD", Message: "the chain's newest block is " + (-age).Round(time.Second).String() + " ahead of this machine's clock"}
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

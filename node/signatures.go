package node

import (
	"context"
	"fmt"

	"privd/market"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/seal"
	"privd/market/signature"
	"privd/market/task"
	"privd/storage/records"
)

// openSignatures joins what external wallets sign with what waits for it.
func (n *Node) openSignatures() {
	order := signature.Action{
		Signed: signed[listing.Tx](n.listings.Signed), Lapsed: lapsed[listing.Tx](n.listings.Lapsed),
		Done: func(r signature.Request) { n.listingChanged(market.ListingID(r.Subject)) },
	}
	n.signatures = &signature.Service{
		Store: records.As[signature.Tx](n.records), Clock: n.clock.Now,
		Actions: map[signature.Kind]signature.Action{
			signature.ListingOrder: order,
			signature.OrderRenewal: order,
			signature.Payment:      {Signed: signed[purchase.Tx](n.engine.Signed), Done: n.engine.SignedDone},
		},
	}
}

// signed lets a use case take part in the transaction that stores an answer.
func signed[T any](do func(T, signature.Request, seal.Sig) (string, error)) func(signature.Tx, signature.Request, seal.Sig) (string, error) {
	return func(tx signature.Tx, r signature.Request, sig seal.Sig) (string, error) {
		all, ok := tx.(T)
		if !ok {
			return "", fmt.Errorf("signature transaction is %T", tx)
		}
		return do(all, r, sig)
	}
}

// lapsed is signed for a request that nobody answered in time.
func lapsed[T any](do func(T, signature.Request) error) func(signature.Tx, signature.Request) error {
	return func(tx signature.Tx, r signature.Request) error {
		all, ok := tx.(T)
		if !ok {
			return fmt.Errorf("signature transaction is %T", tx)
		}
		return do(all, r)
	}
}

// lapseSignature does lapse-signature tasks.
func (n *Node) lapseSignature(ctx context.Context, key string, _ int) (task.Next, error) {
	return n.signatures.Lapse(ctx, market.SignatureID(key))
}

// dropVersion does drop-version tasks.
func (n *Node) dropVersion(ctx context.Context, key string, _ int) (task.Next, error) {
	return n.listings.DropVersion(ctx, key)
}

package node

import (
	"context"
	"errors"

	"privd/chain"
	"privd/market"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/x402"
)

var _ x402.Chain = (*till)(nil)

// till is the chain as payments over HTTP see it.
type till struct {
	*face
}

func authorization(a x402.Authorization, s seal.Sig) chain.Authorization {
	return chain.Authorization{From: a.From, To: a.To, Value: a.Value, ValidAfter: a.ValidAfter, ValidBefore: a.ValidBefore, Nonce: a.Nonce, Signature: s}
}

// Simulate implements x402.Chain.
func (t *till) Simulate(ctx context.Context, _ x402.Till, a x402.Authorization, s seal.Sig) error {
	err := t.client.Check(ctx, t.sender.Account(), t.client.USDC().TransferWithAuthorization(authorization(a, s)))
	if err == nil || market.CodeOf(err) == market.Unavailable {
		return err
	}
	var refusal *market.Error
	if !errors.As(err, &refusal) {
		return err
	}
	// The token checks the signature and the nonce first; what is left is the money.
	reason := x402.InvalidTransaction
	if refusal.Reason == "ERC20InsufficientBalance" {
		reason = x402.InsufficientFunds
	}
	return &x402.Refusal{Reason: reason, Message: refusal.Message}
}

// Used implements x402.Chain.
func (t *till) Used(ctx context.Context, _ x402.Till, a x402.Authorization) (bool, error) {
	return t.client.USDC().AuthorizationUsed(ctx, a.From, a.Nonce)
}

// settleGas bounds what a payment may cost the node: the token is known, but its gas
// is not the payer's.
const settleGas = 200_000

// Settle implements x402.Chain. What is not mined while the authorization is valid is
// cancelled.
func (t *till) Settle(ctx context.Context, key string, _ x402.Till, a x402.Authorization, s seal.Sig) error {
	call := t.client.USDC().TransferWithAuthorization(authorization(a, s))
	call.Gas, call.Until = settleGas, a.ValidBefore
	_, err := t.sender.Submit(ctx, key, call)
	return err
}

// Outcome implements x402.Chain.
func (t *till) Outcome(ctx context.Context, key string) (outbox.Transaction, error) {
	return t.sender.Outcome(ctx, key)
}

// Payment implements x402.Chain.
func (t *till) Payment(ctx context.Context, transaction market.Hash, _ x402.Till, a x402.Authorization) (uint64, error) {
	return t.client.USDC().Paid(ctx, transaction, authorization(a, seal.Sig{}))
}

// User implements x402.Chain.
func (t *till) User(ctx context.Context, _ x402.Till, a x402.Authorization) (market.Hash, error) {
	return t.client.USDC().UsedBy(ctx, a.From, a.Nonce)
}

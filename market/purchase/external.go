package purchase

import (
	"context"
	"errors"
	"fmt"
	"time"

	"privd/market"
	"privd/market/ledger"
	"privd/market/seal"
	"privd/market/signature"
	"privd/market/task"
)

// maxUnsigned is how often a payment is asked for that the buyer's wallet does not
// sign in time. Sellers are not kept busy, and balances not promised, for ever.
const maxUnsigned = 2

// Asks reports whether the purchase waits for its buyer's external wallet to sign
// the payment.
func (p Purchase) Asks() bool { return p.External && p.State == Paying && p.Payment == nil }

// Signs returns the request that the buyer's wallet has to answer; empty when there
// is none.
func (p Purchase) Signs() market.SignatureID {
	if !p.Asks() {
		return ""
	}
	return p.Request
}

// payWithin returns how long the payment of a purchase stays good.
func (e *Engine) payWithin(p Purchase) time.Duration {
	if p.External {
		return e.Rules.SignWithin
	}
	return e.Rules.PayWithin
}

// ask has the buyer's external wallet asked for the payment that was just sealed, in
// the transaction that stores the seal. Others are not asked.
func (e *Engine) ask(s *situation) func(Tx) error {
	if !s.p.External {
		return func(Tx) error { return nil }
	}
	until := time.Unix(int64(s.p.Sale.Terms.PayBy-payMargin), 0)
	request := signature.New(s.p.Buyer, s.p.Wallet, signature.Payment, string(s.p.ID),
		e.Domain.PaymentMessage(e.Token, *s.p.Sale), e.Clock(), until)
	s.p.Request, s.p.Payment = request.ID, nil
	return func(tx Tx) error { return signature.Ask(tx, request) }
}

// errUnsigned is returned while the buyer's wallet has not signed.
type errUnsigned struct{ left time.Duration }

func (errUnsigned) Error() string { return "waiting for the wallet's signature" }

// payment returns the signed payment of a sealed purchase.
func (e *Engine) payment(ctx context.Context, s *situation) (seal.Sig, error) {
	switch {
	case !s.p.External:
		payment, err := e.Wallets.SignDigest(ctx, s.p.Wallet, e.Domain.Payment(e.Token, *s.p.Sale))
		if err != nil {
			return payment, fmt.Errorf("sign payment: %w", err)
		}
		return payment, nil
	case s.p.Payment == nil:
		return seal.Sig{}, errUnsigned{left: time.Duration(s.p.Sale.Terms.PayBy-payMargin-s.head.Time) * time.Second}
	}
	return *s.p.Payment, nil
}

// reseal gives up a seal whose payment was not sent in time, to ask for a new one.
// A wallet that does not sign is asked only so often.
func (e *Engine) reseal(ctx context.Context, s *situation) error {
	now := e.Clock().UTC()
	err := e.Store.Update(ctx, func(tx Tx) error {
		// The wallet's answer may have come since the purchase was read.
		p, err := tx.Purchase(s.p.ID)
		if err != nil {
			return err
		}
		asked, request := p.Asks(), p.Request
		p.Sale, p.OnChain, p.Request, p.Payment, p.Lapsed = nil, market.Hash{}, "", nil, 0
		if asked {
			p.Unsigned++
		}
		if asked && p.Unsigned >= maxUnsigned {
			const why = "the wallet did not sign in time; nothing was paid"
			p.to(Failed, "failed: "+why, market.Hash{}, now)
			p.Reason = why
		} else {
			p.to(Sealing, "the seal ran out before payment", market.Hash{}, now)
		}
		s.p = p
		return errors.Join(tx.PutPurchase(p), signature.Drop(tx, request))
	})
	if err == nil {
		e.moved(s.p.ID)
	}
	return err
}

// Signed goes on with the payment that a request asked for: a part of the
// transaction that stores the answer. It returns how the purchase stands.
func (e *Engine) Signed(tx Tx, r signature.Request, sig seal.Sig) (string, error) {
	p, err := tx.Purchase(market.PurchaseID(r.Subject))
	if err != nil && !errors.Is(err, market.ErrNotFound) {
		return "", err
	}
	if err != nil || p.Signs() != r.ID {
		return "", market.Fail(market.Conflict, "the purchase does not wait for this signature any more")
	}
	// The chain's time rules; a node that does not know it finds out before it pays.
	if head, err := e.Chain.Head(); err == nil && head.Time+payMargin >= p.Sale.Terms.PayBy {
		return "", &market.Error{Code: market.Invalid, Reason: "SIGNATURE_REQUEST_EXPIRED", Message: "the signature request has expired"}
	}
	now := e.Clock().UTC()
	p.Payment, p.Reason, p.RetryAt, p.UpdatedAt = &sig, "", time.Time{}, now
	p.note(now, "payment signed by the wallet", market.Hash{})
	return string(AccessWaiting), errors.Join(tx.PutPurchase(p), ledger.Wake(tx, task.Buy, string(p.ID), now))
}

// SignedDone tells who waits that a payment was signed, after the fact.
func (e *Engine) SignedDone(r signature.Request) { e.moved(market.PurchaseID(r.Subject)) }

package purchase

import (
	"context"
	"errors"
	"fmt"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/outbox"
	"privd/market/seal"
)

// open gets the opener and turns it into the listing key, or gets the money back. An
// opener that came once is used whatever the time is: a buyer that has the key does
// not take the price back.
func (e *Engine) open(ctx context.Context, s *situation) error {
	switch s.chain.Status {
	case deal.StatusNone:
		s.p.to(Unconfirmed, "a reorganisation took the payment back", market.Hash{}, e.Clock().UTC())
		return e.save(ctx, s)
	case deal.StatusRefunded:
		return e.refunded(ctx, s)
	}
	opener, err := e.opener(ctx, s)
	if errors.Is(err, market.ErrNotFound) {
		return e.deliver(ctx, s)
	}
	if err != nil {
		return err
	}
	return e.use(ctx, s, opener)
}

// deliver asks the seller for the opener that did not come yet. It is durable before
// it is used: what it proves, of a wrong key, is needed until the price is back.
func (e *Engine) deliver(ctx context.Context, s *situation) error {
	switch {
	case s.chain.Status == deal.StatusPurchased && s.head.Time >= s.chain.Deadline:
		return e.refund(ctx, s)
	case s.chain.Status == deal.StatusSettled && s.head.Time > s.chain.AccessUntil && e.deep(*s, s.chain.Since):
		return e.spoiled(ctx, s, Fault{Kind: FaultSilence})
	}
	opener, err := e.askOpener(ctx, s)
	if err != nil {
		return err
	}
	if !opener.Opens(s.p.Sale.Lock) {
		return market.Fail(market.Unavailable, "the seller sent a wrong opener")
	}
	if err := e.Keyring.Put(ctx, e.openerName(s.p), opener[:]); err != nil {
		return err
	}
	return e.use(ctx, s, opener)
}

// opener returns the opener that the chain, or this node, has; NotFound when it did
// not come yet.
func (e *Engine) opener(ctx context.Context, s *situation) (opener seal.Key, err error) {
	if opener = seal.Key(s.chain.Opener); !s.chain.Opener.IsZero() && opener.Opens(s.p.Sale.Lock) {
		return opener, nil
	}
	raw, err := e.Keyring.Get(ctx, e.openerName(s.p))
	if err != nil {
		return opener, err
	}
	if err := opener.UnmarshalBinary(raw); err != nil || !opener.Opens(s.p.Sale.Lock) {
		return opener, market.ErrNotFound // it can be asked for again
	}
	return opener, nil
}

func (e *Engine) askOpener(ctx context.Context, s *situation) (seal.Key, error) {
	signature, err := e.Wallets.SignDigest(ctx, e.Delegate, e.Domain.OpenerRequest(s.p.OnChain))
	if err != nil {
		return seal.Key{}, err
	}
	return e.Seller(s.m.Peers).Opener(ctx, delivery.OpenerRequest{Purchase: s.p.OnChain, Signature: signature})
}

// use checks what an opener gives. A wrong key is disputed at once; a right one is
// durable before the receipt exists, and there is none for what is not as promised.
func (e *Engine) use(ctx context.Context, s *situation, opener seal.Key) error {
	c, err := e.sealedKey(ctx, s)
	if err != nil && s.chain.Status == deal.StatusPurchased && s.head.Time >= s.chain.Deadline {
		return e.refund(ctx, s) // the key cannot be had any more
	}
	if err != nil {
		return err
	}
	key := seal.Seal(c, opener, e.Domain.Offer(s.p.Order, s.p.Sale.Terms))
	if !key.Opens(s.p.Order.KeyCommitment) {
		return e.dispute(ctx, s, opener, c)
	}
	if err := e.Keyring.Put(ctx, keyName(s.p), key[:]); err != nil {
		return err
	}
	fault, err := e.inspect(ctx, s, key)
	switch {
	case err != nil:
		return err
	case fault != nil:
		return e.spoiled(ctx, s, *fault)
	}
	now := e.Clock().UTC()
	s.p.OpenedAt = max(s.chain.BoughtAt, s.head.Time)
	s.p.Receipt, err = e.Wallets.SignDigest(ctx, e.Delegate, e.Domain.Receipt(s.p.OnChain, s.p.OpenedAt))
	if err != nil {
		return err
	}
	s.p.ExpiresAt = time.Unix(int64(s.p.OpenedAt), 0).UTC().Add(time.Duration(s.p.AccessDays) * 24 * time.Hour)
	if s.chain.Status == deal.StatusSettled {
		// Somebody finalized while this node was away; the chain's clock rules.
		s.p.ExpiresAt = time.Unix(int64(s.chain.AccessUntil), 0).UTC()
	}
	s.p.to(Opened, "key received and verified", market.Hash{}, now)
	return e.save(ctx, s)
}

// sealedKey returns c. A node that lost it, or holds it damaged, asks the seller for
// the same again: everything is decided by what the payment committed to.
func (e *Engine) sealedKey(ctx context.Context, s *situation) (c seal.Key, err error) {
	raw, err := e.Keyring.Get(ctx, e.sealedName(s.p))
	if err == nil && c.UnmarshalBinary(raw) == nil && c.Opens(s.p.Sale.SealedHash) {
		return c, nil
	}
	if err != nil && !errors.Is(err, market.ErrNotFound) {
		return c, err
	}
	sealed, err := e.Seller(s.m.Peers).Seal(ctx, delivery.SealRequest{
		Order: s.p.Order, OrderSignature: s.p.OrderSignature, Terms: s.p.Sale.Terms, Recipient: e.Identity.Recipient().String(),
	})
	if err != nil {
		return c, err
	}
	if c, err = e.unseal(sealed); err != nil || !c.Opens(s.p.Sale.SealedHash) {
		return c, &market.Error{Code: market.Unavailable, Message: "the seller does not seal again what it sealed before", Err: err}
	}
	return c, e.Keyring.Put(ctx, e.sealedName(s.p), c[:])
}

// attempt returns the key under which a way out is taken: the first one that has
// not failed, and how many have. A failed transaction stays failed under its key, and
// there is no other way to the money.
func (e *Engine) attempt(ctx context.Context, base string) (key string, failed int, err error) {
	for key = base; ; key = fmt.Sprintf("%s/%d", base, failed) {
		out, err := e.Chain.Outcome(ctx, key)
		switch {
		case errors.Is(err, market.ErrNotFound):
			return key, failed, nil
		case err != nil:
			return "", failed, err
		case out.State != outbox.Failed:
			return key, failed, nil
		}
		failed++
	}
}

// claiming is what a way out waits for. One that the contract has refused before is
// looked at less and less often.
func claiming(failed int, what string) error {
	if failed > 0 {
		return market.Fail(market.Unavailable, what)
	}
	return errWait{what}
}

// disputable reports whether the contract would listen to a dispute.
func (s *situation) disputable() bool {
	return s.chain.Status == deal.StatusPurchased || (s.chain.Status == deal.StatusRevealed && s.head.Time < s.chain.Deadline)
}

// dispute proves on chain that the seller sealed a wrong key. It is called only
// with a key that was just found wrong, from the very opener and sealed key that the
// purchase commits to: a dispute over a right one would publish it.
func (e *Engine) dispute(ctx context.Context, s *situation, opener, c seal.Key) error {
	if !s.disputable() {
		return e.spoiled(ctx, s, Fault{Kind: FaultKey})
	}
	d := e.Domain.Deal(*s.p.Sale)
	key, failed, err := e.attempt(ctx, "dispute/"+s.p.OnChain.Hex())
	if err != nil {
		return err
	}
	if err := e.Chain.Dispute(ctx, key, d, e.Domain.Delivery(*s.p.Sale), opener, c); err != nil {
		return err
	}
	return claiming(failed, "the seller sealed a wrong key; the price is being claimed back")
}

// refund claims the price back from a seller who did not deliver.
func (e *Engine) refund(ctx context.Context, s *situation) error {
	key, failed, err := e.attempt(ctx, "refund/"+s.p.OnChain.Hex())
	if err != nil {
		return err
	}
	if err := e.Chain.Refund(ctx, key, e.Domain.Deal(*s.p.Sale)); err != nil {
		return err
	}
	return claiming(failed, "the seller did not deliver in time; the price is being refunded")
}

func (e *Engine) refunded(ctx context.Context, s *situation) error {
	if !e.deep(*s, s.chain.Since) {
		return errWait{"refund is being confirmed"}
	}
	s.p.to(Revoked, "refunded", market.Hash{}, e.Clock().UTC())
	s.p.Reason = "the seller did not deliver; the price was refunded"
	if s.chain.Disputed {
		s.p.Reason = "the seller sealed a wrong key; the price was refunded"
	}
	return e.save(ctx, s)
}

func (e *Engine) spoiled(ctx context.Context, s *situation, f Fault) error {
	f.Found = e.Clock().UTC().Truncate(time.Millisecond)
	s.p.spoil(f, f.Found)
	return e.save(ctx, s)
}

// regret goes on with a purchase that brought garbage, until the chain has decided
// who has the price. The key stays as long as it proves something.
func (e *Engine) regret(ctx context.Context, s *situation) (done bool, err error) {
	switch {
	case s.chain.Status == deal.StatusNone:
		over, err := e.overdue(ctx, s)
		if err != nil || !over {
			return false, err
		}
		return false, e.fail(ctx, s, "a reorganisation took the payment back; nothing was paid")
	case s.chain.Status == deal.StatusRefunded:
		return false, e.refunded(ctx, s)
	case s.chain.Status == deal.StatusPurchased && s.head.Time >= s.chain.Deadline:
		return false, e.refund(ctx, s)
	case s.p.Fault.Kind == FaultKey && s.disputable():
		// A reorganisation took back the time that had run out.
		opener, err := e.opener(ctx, s)
		if err != nil {
			return false, err
		}
		c, err := e.sealedKey(ctx, s)
		if err != nil || seal.Seal(c, opener, e.Domain.Offer(s.p.Order, s.p.Sale.Terms)).Opens(s.p.Order.KeyCommitment) {
			return false, err
		}
		return false, e.dispute(ctx, s, opener, c)
	case s.chain.Status == deal.StatusSettled && e.deep(*s, s.chain.Since):
		if err := e.accessUntil(ctx, s); err != nil {
			return false, err
		}
		return true, nil
	}
	return false, nil
}

// accessUntil takes over from the chain until when access lasts: it is another time
// than this node's when somebody finalized without the receipt.
func (e *Engine) accessUntil(ctx context.Context, s *situation) error {
	until := time.Unix(int64(s.chain.AccessUntil), 0).UTC()
	if until.Equal(s.p.ExpiresAt) {
		return nil
	}
	s.p.ExpiresAt = until
	return e.save(ctx, s)
}

// report hands the receipt to the seller and watches until the deal is settled.
func (e *Engine) report(ctx context.Context, s *situation) (done bool, err error) {
	switch s.chain.Status {
	case deal.StatusRefunded:
		// The seller did not settle in time, and somebody sent the price back.
		return false, e.refunded(ctx, s)
	case deal.StatusNone:
		// A reorganisation took the payment back; it may be mined again until its time is
		// over. What was opened stays so.
		if over, err := e.overdue(ctx, s); err != nil || over {
			return over, err
		}
	case deal.StatusSettled:
		if !e.deep(*s, s.chain.Since) || !s.p.Stored || !s.p.Checked {
			break
		}
		if err := e.accessUntil(ctx, s); err != nil {
			return false, err
		}
		return true, errors.Join(e.Keyring.Destroy(ctx, e.sealedName(s.p)), e.Keyring.Destroy(ctx, e.openerName(s.p)))
	}
	noted := e.handIn(ctx, s)
	if !s.p.Stored {
		// What was paid for does not wait for the seller to take the receipt.
		if err := e.fetchRest(ctx, s); err != nil {
			return false, err
		}
	}
	if !s.p.Checked {
		if err := e.inspectLate(ctx, s); err != nil {
			return false, err
		}
	}
	if s.orphaned() {
		return false, e.settle(ctx, s)
	}
	return false, noted
}

// handIn hands the receipt to the seller, once.
func (e *Engine) handIn(ctx context.Context, s *situation) error {
	if s.p.Noted || s.chain.Status.Final() {
		return nil
	}
	err := e.Seller(s.m.Peers).Note(ctx, delivery.Receipt{Purchase: s.p.OnChain, OpenedAt: s.p.OpenedAt, Signature: s.p.Receipt})
	if err != nil {
		return err
	}
	s.p.Noted, s.p.Reason, s.p.RetryAt = true, "", time.Time{}
	s.p.note(e.Clock().UTC(), "receipt handed to the seller", market.Hash{})
	return e.save(ctx, s)
}

// revive goes on with a purchase that had ended, if a reorganisation deeper than this
// node thought possible took its end back.
func (e *Engine) revive(ctx context.Context, s *situation) (done bool, err error) {
	now := e.Clock().UTC()
	switch {
	case s.p.State == Failed && s.chain.Status != deal.StatusNone:
		s.p.to(Unconfirmed, "the payment was mined after all", market.Hash{}, now)
	case s.p.State == Revoked && s.chain.Status != deal.StatusRefunded && s.chain.Status != deal.StatusNone:
		s.p.to(Opening, "a reorganisation took the refund back", market.Hash{}, now)
	default:
		return true, e.forget(ctx, s)
	}
	// Everything was destroyed at the end, and comes again.
	s.p.Stored, s.p.Checked, s.p.Noted, s.p.Fault, s.p.Lapsed = false, false, false, nil, 0
	return false, e.save(ctx, s)
}

// forget destroys what an ended purchase no longer needs: sellers who refuse at
// last would fill the disk.
func (e *Engine) forget(ctx context.Context, s *situation) error {
	err := errors.Join(e.Keyring.Destroy(ctx, e.sealedName(s.p)), e.Keyring.Destroy(ctx, e.openerName(s.p)),
		e.Keyring.Destroy(ctx, keyName(s.p)), e.Vault.Erase(ctx, string(s.p.ID)))
	for i := range s.m.Entries {
		err = errors.Join(err, e.Vault.Erase(ctx, restName(s.p, i)), e.Vault.Erase(ctx, keptName(s.p, i)))
	}
	return err
}

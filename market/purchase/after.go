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

// open gets the opener and turns it into the listing key, or gets the money back.
func (e *Engine) open(ctx context.Context, s *situation) error {
	switch s.chain.Status {
	case deal.StatusNone:
		s.p.to(Unconfirmed, "a reorganisation took the payment back", market.Hash{}, e.Clock().UTC())
		return e.save(ctx, s)
	case deal.StatusRefunded:
		return e.refunded(ctx, s)
	case deal.StatusPurchased:
		if s.head.Time >= s.chain.Deadline {
			return e.refund(ctx, s)
		}
	}
	opener := seal.Key(s.chain.Opener)
	if s.chain.Opener.IsZero() {
		var err error
		if opener, err = e.askOpener(ctx, s); err != nil {
			return err
		}
	}
	if !opener.Opens(s.p.Sale.Lock) {
		return market.Fail(market.Unavailable, "the seller sent a wrong opener")
	}
	return e.use(ctx, s, opener)
}

func (e *Engine) askOpener(ctx context.Context, s *situation) (seal.Key, error) {
	signature, err := e.Wallets.SignDigest(ctx, e.Delegate, e.Domain.OpenerRequest(s.p.OnChain))
	if err != nil {
		return seal.Key{}, err
	}
	return e.Seller(s.m.Peers).Opener(ctx, delivery.OpenerRequest{Purchase: s.p.OnChain, Signature: signature})
}

// use checks what an opener gives. A wrong key is disputed at once; a right one is
// durable before the receipt exists.
func (e *Engine) use(ctx context.Context, s *situation, opener seal.Key) error {
	c, err := e.sealedKey(ctx, s.p)
	if err != nil {
		return err
	}
	key := seal.Seal(c, opener, e.Domain.Offer(s.p.Order, s.p.Sale.Terms))
	if !key.Opens(s.p.Order.KeyCommitment) {
		return e.dispute(ctx, s, opener, c)
	}
	if err := e.Keyring.Put(ctx, e.keyName(s.p), key[:]); err != nil {
		return err
	}
	if _, err := openBundle(ctx, e.Vault, s.m, key); err != nil {
		return err
	}
	now := e.Clock().UTC()
	s.p.OpenedAt = max(s.chain.BoughtAt, s.head.Time)
	s.p.Receipt, err = e.Wallets.SignDigest(ctx, e.Delegate, e.Domain.Receipt(s.p.OnChain, s.p.OpenedAt))
	if err != nil {
		return err
	}
	s.p.ExpiresAt = time.Unix(int64(s.p.OpenedAt), 0).UTC().Add(time.Duration(s.p.AccessDays) * 24 * time.Hour)
	s.p.to(Opened, "key received and verified", market.Hash{}, now)
	return e.save(ctx, s)
}

func (e *Engine) sealedKey(ctx context.Context, p Purchase) (c seal.Key, err error) {
	raw, err := e.Keyring.Get(ctx, e.sealedName(p))
	if err != nil {
		return c, err
	}
	return c, c.UnmarshalBinary(raw)
}

// attempt returns the key under which a way out is taken: the first one that has
// not failed. A failed transaction stays failed under its key, and there is no other
// way to the money.
func (e *Engine) attempt(ctx context.Context, base string) (string, error) {
	for n, key := 1, base; ; n, key = n+1, fmt.Sprintf("%s/%d", base, n) {
		out, err := e.Chain.Outcome(ctx, key)
		switch {
		case errors.Is(err, market.ErrNotFound):
			return key, nil
		case err != nil:
			return "", err
		case out.State != outbox.Failed:
			return key, nil
		}
	}
}

// dispute proves on chain that the seller sealed a wrong key. It is called only
// with a key that was just found wrong: a dispute over a right one would publish
// it.
func (e *Engine) dispute(ctx context.Context, s *situation, opener, c seal.Key) error {
	if s.chain.Status == deal.StatusSettled || (s.chain.Status == deal.StatusRevealed && s.head.Time >= s.chain.Deadline) {
		// The contract would refuse each try.
		return errWait{"the seller sealed a wrong key, and the time to dispute it is over"}
	}
	d := e.Domain.Deal(*s.p.Sale)
	key, err := e.attempt(ctx, "dispute/"+s.p.OnChain.Hex())
	if err != nil {
		return err
	}
	if err := e.Chain.Dispute(ctx, key, d, e.Domain.Delivery(*s.p.Sale), opener, c); err != nil {
		return err
	}
	return errWait{"the seller sealed a wrong key; the price is being claimed back"}
}

// refund claims the price back from a seller who stayed silent.
func (e *Engine) refund(ctx context.Context, s *situation) error {
	key, err := e.attempt(ctx, "refund/"+s.p.OnChain.Hex())
	if err != nil {
		return err
	}
	if err := e.Chain.Refund(ctx, key, e.Domain.Deal(*s.p.Sale)); err != nil {
		return err
	}
	return errWait{"the seller did not deliver in time; the price is being refunded"}
}

func (e *Engine) refunded(ctx context.Context, s *situation) error {
	if !e.deep(*s, s.chain.Since) {
		return errWait{"refund is being confirmed"}
	}
	s.p.to(Revoked, "refunded", market.Hash{}, e.Clock().UTC())
	s.p.Reason = "the seller did not deliver; the price was refunded"
	return e.save(ctx, s)
}

// report hands the receipt to the seller and watches until the deal is settled.
func (e *Engine) report(ctx context.Context, s *situation) (done bool, err error) {
	if s.chain.Status == deal.StatusRefunded {
		// The seller did not settle in time, and somebody sent the price back.
		return false, e.refunded(ctx, s)
	}
	if s.chain.Status == deal.StatusSettled && e.deep(*s, s.chain.Since) && s.p.Stored {
		if until := time.Unix(int64(s.chain.AccessUntil), 0).UTC(); !until.Equal(s.p.ExpiresAt) {
			// Somebody finalized without the receipt; the chain's clock rules.
			s.p.ExpiresAt = until
			if err := e.save(ctx, s); err != nil {
				return false, err
			}
		}
		return true, e.Keyring.Destroy(ctx, e.sealedName(s.p))
	}
	noted := e.note(ctx, s)
	if !s.p.Stored {
		// What was paid for does not wait for the seller to take the receipt.
		if err := e.fetchRest(ctx, s); err != nil {
			return false, err
		}
	}
	return false, noted
}

// note hands the receipt to the seller, once.
func (e *Engine) note(ctx context.Context, s *situation) error {
	if s.p.Noted || s.chain.Status.Final() {
		return nil
	}
	err := e.Seller(s.m.Peers).Note(ctx, delivery.Receipt{Purchase: s.p.OnChain, OpenedAt: s.p.OpenedAt, Signature: s.p.Receipt})
	if err != nil {
		return err
	}
	s.p.Noted = true
	s.p.Steps = append(s.p.Steps, Step{At: e.Clock().UTC(), What: "receipt handed to the seller"})
	return e.save(ctx, s)
}

// forget destroys what an ended purchase no longer needs: sellers who refuse at
// last would fill the disk.
func (e *Engine) forget(ctx context.Context, s *situation) error {
	err := errors.Join(e.Keyring.Destroy(ctx, e.sealedName(s.p)), e.Keyring.Destroy(ctx, e.keyName(s.p)), e.Vault.Erase(ctx, string(s.p.ID)))
	for i := range s.m.Entries {
		err = errors.Join(err, e.Vault.Erase(ctx, restName(s.p, i)), e.Vault.Erase(ctx, keptName(s.p, i)))
	}
	return err
}
